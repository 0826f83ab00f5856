package provision

import "go.yaml.in/yaml/v3"

// What follows is Grafana's own reading of provisioning files, version 12.3.3, with
// its wrappers of values made plain: every key of ours must be one of these, in this
// casing. Grafana passes over all others without a word.

// pkg/services/provisioning/datasources/types.go: configsV1 and
// upsertDataSourceFromConfigV1, deleteDatasourceConfigV1.
type theirDataSources struct {
	APIVersion        int64 `yaml:"apiVersion"`
	DeleteDatasources []struct {
		OrgID int64  `yaml:"orgId"`
		Name  string `yaml:"name"`
	} `yaml:"deleteDatasources"`
	DataSources []struct {
		OrgID     int64  `yaml:"orgId"`
		Name      string `yaml:"name"`
		Type      string `yaml:"type"`
		Access    string `yaml:"access"`
		URL       string `yaml:"url"`
		User      string `yaml:"user"`
		IsDefault bool   `yaml:"isDefault"`
		// pkg/tsdb/influxdb/models/datasource_info.go; the headers and TLS are
		// grafana-plugin-sdk-go/backend/common.go and http_settings.go.
		JSONData struct {
			DbName            string `yaml:"dbName"`
			Version           string `yaml:"version"`
			HTTPMode          string `yaml:"httpMode"`
			TimeInterval      string `yaml:"timeInterval"`
			HTTPHeaderName1   string `yaml:"httpHeaderName1"`
			TLSAuthWithCACert bool   `yaml:"tlsAuthWithCACert"`
			// Of our own plugin.
			URL    string `yaml:"url"`
			CACert string `yaml:"caCert"`
		} `yaml:"jsonData"`
		SecureJSONData struct {
			HTTPHeaderValue1 string `yaml:"httpHeaderValue1"`
			TLSCACert        string `yaml:"tlsCACert"`
			Password         string `yaml:"password"`
			Token            string `yaml:"token"` // of our own plugin
		} `yaml:"secureJsonData"`
		Editable bool   `yaml:"editable"`
		UID      string `yaml:"uid"`
	} `yaml:"datasources"`
}

// pkg/services/provisioning/dashboards/types.go: configV1 and configs.
type theirProviders struct {
	APIVersion int64 `yaml:"apiVersion"`
	Providers  []struct {
		Name      string `yaml:"name"`
		Type      string `yaml:"type"`
		OrgID     int64  `yaml:"orgId"`
		Folder    string `yaml:"folder"`
		FolderUID string `yaml:"folderUid"`
		Options   struct {
			Path string `yaml:"path"`
		} `yaml:"options"`
		DisableDeletion       bool  `yaml:"disableDeletion"`
		UpdateIntervalSeconds int64 `yaml:"updateIntervalSeconds"`
		AllowUIUpdates        bool  `yaml:"allowUiUpdates"`
	} `yaml:"providers"`
}

// pkg/services/provisioning/alerting/types.go: AlertingFileV1.
type theirAlerting struct {
	APIVersion          int64          `yaml:"apiVersion"`
	Groups              []theirGroup   `yaml:"groups"`
	ContactPoints       []theirContact `yaml:"contactPoints"`
	DeleteContactPoints []struct {
		OrgID int64  `yaml:"orgId"`
		UID   string `yaml:"uid"`
	} `yaml:"deleteContactPoints"`
	// notification_policy_types.go, and definition.Route of grafana/alerting.
	Policies []struct {
		OrgID          int64    `yaml:"orgId"`
		Receiver       string   `yaml:"receiver"`
		GroupBy        []string `yaml:"group_by"`
		GroupWait      string   `yaml:"group_wait"`
		GroupInterval  string   `yaml:"group_interval"`
		RepeatInterval string   `yaml:"repeat_interval"`
	} `yaml:"policies"`
}

// rules_types.go: AlertRuleGroupV1, AlertRuleV1, QueryV1, NotificationSettingsV1;
// the range is pkg/services/ngalert/models/alert_query.go, which takes whole
// numbers of seconds alone.
type theirGroup struct {
	OrgID    int64  `yaml:"orgId"`
	Name     string `yaml:"name"`
	Folder   string `yaml:"folder"`
	Interval string `yaml:"interval"`
	Rules    []struct {
		UID       string `yaml:"uid"`
		Title     string `yaml:"title"`
		Condition string `yaml:"condition"`
		Data      []struct {
			RefID             string `yaml:"refId"`
			QueryType         string `yaml:"queryType"`
			RelativeTimeRange struct {
				From int `yaml:"from"`
				To   int `yaml:"to"`
			} `yaml:"relativeTimeRange"`
			DatasourceUID string    `yaml:"datasourceUid"`
			Model         yaml.Node `yaml:"model"`
		} `yaml:"data"`
		NoDataState                 string            `yaml:"noDataState"`
		ExecErrState                string            `yaml:"execErrState"`
		For                         string            `yaml:"for"`
		KeepFiringFor               string            `yaml:"keepFiringFor"`
		MissingSeriesEvalsToResolve int64             `yaml:"missing_series_evals_to_resolve"`
		Annotations                 map[string]string `yaml:"annotations"`
		Labels                      map[string]string `yaml:"labels"`
		NotificationSettings        *struct {
			Receiver       string   `yaml:"receiver"`
			GroupBy        []string `yaml:"group_by"`
			GroupWait      string   `yaml:"group_wait"`
			GroupInterval  string   `yaml:"group_interval"`
			RepeatInterval string   `yaml:"repeat_interval"`
		} `yaml:"notification_settings"`
	} `yaml:"rules"`
}

// The models: what pkg/tsdb/influxdb/models/model_parser.go, pkg/expr/commands.go
// (reduce) and pkg/expr/threshold.go read, with refId, intervalMs and maxDataPoints
// of pkg/services/ngalert/models/alert_query.go.
type theirInfluxQL struct {
	RefID         string `yaml:"refId"`
	RawQuery      bool   `yaml:"rawQuery"`
	Query         string `yaml:"query"`
	ResultFormat  string `yaml:"resultFormat"`
	IntervalMs    int    `yaml:"intervalMs"`
	MaxDataPoints int    `yaml:"maxDataPoints"`
}

type theirReduce struct {
	RefID      string `yaml:"refId"`
	Type       string `yaml:"type"`
	Expression string `yaml:"expression"`
	Reducer    string `yaml:"reducer"`
	Settings   struct {
		Mode string `yaml:"mode"`
	} `yaml:"settings"`
}

type theirThreshold struct {
	RefID      string `yaml:"refId"`
	Type       string `yaml:"type"`
	Expression string `yaml:"expression"`
	Conditions []struct {
		Evaluator struct {
			Params []float64 `yaml:"params"`
			Type   string    `yaml:"type"`
		} `yaml:"evaluator"`
	} `yaml:"conditions"`
}

// contact_point_types.go: ContactPointV1 and ReceiverV1. The settings are those of
// grafana/alerting, receivers/{webhook,telegram,email}/v1/config.go.
type theirContact struct {
	OrgID     int64  `yaml:"orgId"`
	Name      string `yaml:"name"`
	Receivers []struct {
		UID                   string    `yaml:"uid"`
		Type                  string    `yaml:"type"`
		Settings              yaml.Node `yaml:"settings"`
		DisableResolveMessage bool      `yaml:"disableResolveMessage"`
	} `yaml:"receivers"`
}

type theirWebhook struct {
	URL                      string `yaml:"url"`
	HTTPMethod               string `yaml:"httpMethod"`
	AuthorizationScheme      string `yaml:"authorization_scheme"`
	AuthorizationCredentials string `yaml:"authorization_credentials"`
	Title                    string `yaml:"title"`
	Message                  string `yaml:"message"`
}

type theirTelegram struct {
	BotToken  string `yaml:"bottoken"`
	ChatID    string `yaml:"chatid"`
	Message   string `yaml:"message"`
	ParseMode string `yaml:"parse_mode"`
}

type theirEmail struct {
	SingleEmail bool   `yaml:"singleEmail"`
	Addresses   string `yaml:"addresses"`
	Message     string `yaml:"message"`
	Subject     string `yaml:"subject"`
}
