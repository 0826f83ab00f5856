package provision

import (
	"time"

	"github.com/siaga-id/siaga/dashboards/grafana"
)

// Rule is an alert rule: a query with one series of each thing that is watched,
// whose last value is held against a limit.
type Rule struct {
	// UID is fixed, the same in both languages: Grafana knows a rule by it.
	UID      string
	Title    grafana.Text
	Summary  grafana.Text // with Grafana's templates
	Remedy   grafana.Text
	Severity string // warning or critical
	// Query is InfluxQL with $timeFilter, which covers the last Window.
	Query  string
	Window time.Duration
	// Above fires beyond Limit; else below it.
	Above bool
	Limit float64
	// For is how long it must be so before anybody is told.
	For time.Duration
	// Heartbeat fires where there is nothing or InfluxDB cannot be asked. All
	// others keep their state then: silence is no good news.
	Heartbeat bool
}

// Fires reports whether a series whose last value is v is beyond the limit, as
// Grafana's expressions "reduce" and "threshold" find it.
func (r *Rule) Fires(v float64) bool {
	if r.Above {
		return v > r.Limit
	}
	return v < r.Limit
}

// Grafana's words for what a rule becomes without data and with an error.
const (
	stateAlerting = "Alerting"
	stateKeepLast = "KeepLast"
)

const (
	// AlertFolder is Grafana's folder of our rules. It is not that of the
	// dashboards: Grafana makes folders of rules first and by title, and would then
	// make a second one of the same title for the dashboards, by uid.
	AlertFolder = "Siaga: alarm"
	// every is the rules' interval: the center writes how nodes do once a minute.
	every = "1m"
	// missingEvals is after how many minutes a series that is gone, as of a retired
	// node, counts as well again. Grafana's own default is 2, which a restart of the
	// center takes.
	missingEvals = 5
)

// alerting is a file of everything about alerts. Contact points and the rules that
// name them are in one file, so that no rule ever names one that is not there.
type alerting struct {
	APIVersion          int                  `yaml:"apiVersion"`
	Groups              []ruleGroup          `yaml:"groups"`
	ContactPoints       []contactPoint       `yaml:"contactPoints,omitempty"`
	DeleteContactPoints []deleteContactPoint `yaml:"deleteContactPoints,omitempty"`
}

type ruleGroup struct {
	OrgID    int64  `yaml:"orgId"`
	Name     string `yaml:"name"`
	Folder   string `yaml:"folder"`
	Interval string `yaml:"interval"`
	Rules    []rule `yaml:"rules"`
}

type rule struct {
	UID                         string                `yaml:"uid"`
	Title                       string                `yaml:"title"`
	Condition                   string                `yaml:"condition"`
	Data                        []query               `yaml:"data"`
	NoDataState                 string                `yaml:"noDataState"`
	ExecErrState                string                `yaml:"execErrState"`
	For                         string                `yaml:"for"`
	MissingSeriesEvalsToResolve int64                 `yaml:"missing_series_evals_to_resolve"`
	Annotations                 map[string]string     `yaml:"annotations"` // taken raw
	Labels                      map[string]string     `yaml:"labels"`
	NotificationSettings        *notificationSettings `yaml:"notification_settings,omitempty"`
}

type query struct {
	RefID             string            `yaml:"refId"`
	RelativeTimeRange relativeTimeRange `yaml:"relativeTimeRange"`
	DataSourceUID     string            `yaml:"datasourceUid"`
	Model             map[string]any    `yaml:"model"` // taken raw
}

// relativeTimeRange is in seconds before now.
type relativeTimeRange struct {
	From int `yaml:"from"`
	To   int `yaml:"to"`
}

// notificationSettings send a rule's alerts to a contact point past the policies.
type notificationSettings struct {
	Receiver       string   `yaml:"receiver"`
	GroupBy        []string `yaml:"group_by"`
	GroupWait      string   `yaml:"group_wait"`
	GroupInterval  string   `yaml:"group_interval"`
	RepeatInterval string   `yaml:"repeat_interval"`
}

// expressions is the uid of what Grafana computes itself.
const expressions = "__expr__"

func (o *Options) rule(r *Rule) rule {
	comparison := "lt"
	if r.Above {
		comparison = "gt"
	}
	without := stateKeepLast
	if r.Heartbeat {
		without = stateAlerting
	}
	title := o.say(r.Title)
	labels := map[string]string{"severity": r.Severity, "source": "siaga"}
	if o.Set.Simulated {
		title = "SIMULASI: " + title
		labels["simulated"] = "yes"
	}
	span := relativeTimeRange{From: int(r.Window.Seconds())}
	out := rule{
		UID: r.UID, Title: title, Condition: "C", NoDataState: without, ExecErrState: without,
		For: minutes(r.For), MissingSeriesEvalsToResolve: missingEvals, Labels: labels,
		Annotations: map[string]string{"summary": o.say(r.Summary), "description": o.say(r.Remedy)},
		Data: []query{
			{RefID: "A", RelativeTimeRange: span, DataSourceUID: grafana.DataSourceUID, Model: map[string]any{
				"refId": "A", "rawQuery": true, "query": r.Query, "resultFormat": "time_series",
				"intervalMs": 60_000, "maxDataPoints": 100,
			}},
			{RefID: "B", RelativeTimeRange: span, DataSourceUID: expressions, Model: map[string]any{
				"refId": "B", "type": "reduce", "expression": "A", "reducer": "last", "settings": map[string]any{"mode": "dropNN"},
			}},
			{RefID: "C", RelativeTimeRange: span, DataSourceUID: expressions, Model: map[string]any{
				"refId": "C", "type": "threshold", "expression": "B",
				"conditions": []any{map[string]any{"evaluator": map[string]any{"type": comparison, "params": []float64{r.Limit}}}},
			}},
		},
	}
	if o.Receivers.any() {
		out.NotificationSettings = &notificationSettings{
			Receiver: contactName, GroupBy: []string{"grafana_folder", "alertname"},
			GroupWait: "30s", GroupInterval: "5m", RepeatInterval: map[string]string{"critical": "1h", "warning": "12h"}[r.Severity],
		}
	}
	return out
}

// alerting is all rules, and whom they tell. gone are uids of receivers that are
// no longer asked for.
func (o *Options) alerting(gone []string) alerting {
	group := ruleGroup{OrgID: o.Org, Name: "siaga", Folder: AlertFolder, Interval: every}
	for i := range rules {
		group.Rules = append(group.Rules, o.rule(&rules[i]))
	}
	out := alerting{APIVersion: 1, Groups: []ruleGroup{group}}
	if o.Receivers.any() {
		out.ContactPoints = []contactPoint{o.contactPoint()}
		for _, uid := range gone {
			out.DeleteContactPoints = append(out.DeleteContactPoints, deleteContactPoint{o.Org, uid})
		}
	}
	return out
}
