package provision

import (
	"github.com/siaga-id/siaga/dashboards/grafana"
)

// dataSources is a file of data sources. Grafana's own "prune" is not used: version
// 12.3 forgets it of a data source that it has only started with once.
type dataSources struct {
	APIVersion        int                `yaml:"apiVersion"`
	DeleteDataSources []deleteDataSource `yaml:"deleteDatasources,omitempty"`
	DataSources       []dataSource       `yaml:"datasources"`
}

type deleteDataSource struct {
	OrgID int64  `yaml:"orgId"`
	Name  string `yaml:"name"`
}

// pluginName is the data source of our plugin, as people see it.
const pluginName = "Siaga Command Center"

type dataSource struct {
	OrgID          int64             `yaml:"orgId"`
	Name           string            `yaml:"name"`
	UID            string            `yaml:"uid"`
	Type           string            `yaml:"type"`
	Access         string            `yaml:"access"`
	URL            string            `yaml:"url,omitempty"`
	User           string            `yaml:"user,omitempty"`
	IsDefault      bool              `yaml:"isDefault"`
	Editable       bool              `yaml:"editable"`
	JSONData       map[string]any    `yaml:"jsonData"`
	SecureJSONData map[string]string `yaml:"secureJsonData,omitempty"`
}

// everySeconds is the shortest step of a graph: a node sends every few seconds at
// the most.
const everySeconds = "10s"

func (o *Options) dataSources() dataSources {
	all := dataSources{APIVersion: 1, DataSources: []dataSource{o.influx()}}
	if o.Plugin {
		all.DataSources = append(all.DataSources, o.plugin())
	} else {
		all.DeleteDataSources = []deleteDataSource{{o.Org, pluginName}}
	}
	return all
}

func (o *Options) influx() dataSource {
	d := dataSource{
		OrgID: o.Org, Name: "Siaga", UID: grafana.DataSourceUID, Type: "influxdb", Access: "proxy", URL: literal(o.Influx.URL), IsDefault: true,
		JSONData:       map[string]any{"version": "InfluxQL", "dbName": literal(o.Influx.Database), "httpMode": "POST", "timeInterval": everySeconds},
		SecureJSONData: map[string]string{},
	}
	header := func(value string) {
		d.JSONData["httpHeaderName1"] = "Authorization"
		d.SecureJSONData["httpHeaderValue1"] = value
	}
	switch {
	case o.Influx.ThroughGateway:
		if o.Gateway.Token != "" {
			header("Bearer " + o.secret(GatewaySecret))
		}
	case o.Influx.Secret == "":
	case o.Influx.Kind == Influx1:
		d.User = literal(o.Influx.User)
		d.SecureJSONData["password"] = o.secret(influxSecret)
	case o.Influx.Kind == Influx2:
		header("Token " + o.secret(influxSecret))
	default:
		header("Bearer " + o.secret(influxSecret))
	}
	// A center's certificate is by its own authority; that of another InfluxDB is
	// somebody else's.
	if o.Influx.ThroughGateway && o.Gateway.CA != "" {
		d.JSONData["tlsAuthWithCACert"] = true
		d.SecureJSONData["tlsCACert"] = o.secret(caFile)
	}
	return d
}

func (o *Options) plugin() dataSource {
	d := dataSource{
		OrgID: o.Org, Name: pluginName, UID: grafana.PluginUID, Type: grafana.PluginID, Access: "proxy",
		JSONData: map[string]any{"url": literal(o.Gateway.URL)}, SecureJSONData: map[string]string{},
	}
	if o.Gateway.CA != "" {
		d.JSONData["caCert"] = literal(o.Gateway.CA)
	}
	if o.Gateway.Token != "" {
		d.SecureJSONData["token"] = o.secret(GatewaySecret)
	}
	return d
}

// providers is a file that names folders of dashboards.
type providers struct {
	APIVersion int        `yaml:"apiVersion"`
	Providers  []provider `yaml:"providers"`
}

type provider struct {
	Name                  string            `yaml:"name"`
	OrgID                 int64             `yaml:"orgId"`
	Type                  string            `yaml:"type"`
	Folder                string            `yaml:"folder"`
	FolderUID             string            `yaml:"folderUid"`
	AllowUIUpdates        bool              `yaml:"allowUiUpdates"`
	DisableDeletion       bool              `yaml:"disableDeletion"`
	UpdateIntervalSeconds int64             `yaml:"updateIntervalSeconds"`
	Options               map[string]string `yaml:"options"`
}

func (o *Options) providers() providers {
	return providers{APIVersion: 1, Providers: []provider{{
		Name: "siaga", OrgID: o.Org, Type: "file", Folder: "Siaga", FolderUID: "siaga",
		DisableDeletion: true, UpdateIntervalSeconds: 30,
		Options: map[string]string{"path": literal(o.at(DashboardsFolder))},
	}}}
}
