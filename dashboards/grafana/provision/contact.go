package provision

import (
	"fmt"
	"strings"

	"github.com/siaga-id/siaga/dashboards/grafana"
)

// contactName is the contact point that our rules tell.
const contactName = "Siaga"

type contactPoint struct {
	OrgID     int64      `yaml:"orgId"`
	Name      string     `yaml:"name"`
	Receivers []receiver `yaml:"receivers"`
}

type receiver struct {
	UID      string         `yaml:"uid"`
	Type     string         `yaml:"type"`
	Settings map[string]any `yaml:"settings"`
}

type deleteContactPoint struct {
	OrgID int64  `yaml:"orgId"`
	UID   string `yaml:"uid"`
}

// What is sent, in Grafana's templates: one line an alert.
var (
	subject = grafana.Text{
		ID: `Siaga: {{ len .Alerts.Firing }} gangguan{{ if .Alerts.Resolved }}, {{ len .Alerts.Resolved }} selesai{{ end }}`,
		EN: `Siaga: {{ len .Alerts.Firing }} faults{{ if .Alerts.Resolved }}, {{ len .Alerts.Resolved }} over{{ end }}`,
	}
	message = grafana.Text{
		ID: `{{ range .Alerts.Firing }}⚠ {{ .Labels.alertname }}: {{ .Annotations.summary }}
{{ .Annotations.description }}
{{ end }}{{ range .Alerts.Resolved }}✓ selesai: {{ .Labels.alertname }}{{ if .Labels.node }} ({{ .Labels.node }}){{ end }}
{{ end }}`,
		EN: `{{ range .Alerts.Firing }}⚠ {{ .Labels.alertname }}: {{ .Annotations.summary }}
{{ .Annotations.description }}
{{ end }}{{ range .Alerts.Resolved }}✓ over: {{ .Labels.alertname }}{{ if .Labels.node }} ({{ .Labels.node }}){{ end }}
{{ end }}`,
	}
)

func (o *Options) contactPoint() contactPoint {
	out := contactPoint{OrgID: o.Org, Name: contactName}
	for i, url := range o.Receivers.Webhooks {
		settings := map[string]any{
			"url": literal(url), "httpMethod": "POST", "title": o.say(subject), "message": o.say(message),
		}
		if o.Receivers.WebhookToken != "" {
			settings["authorization_scheme"] = "Bearer"
			settings["authorization_credentials"] = o.secret(webhookSecret)
		}
		out.Receivers = append(out.Receivers, receiver{fmt.Sprintf("siaga-webhook-%d", i+1), "webhook", settings})
	}
	if o.Receivers.TelegramChat != "" {
		out.Receivers = append(out.Receivers, receiver{"siaga-telegram", "telegram", map[string]any{
			"bottoken": o.secret(telegramSecret),
			// It stands here, and not in a variable: Grafana makes a number of a
			// variable that looks like one, and then does not take it.
			"chatid": literal(o.Receivers.TelegramChat), "parse_mode": "None", "message": o.say(message),
		}})
	}
	if len(o.Receivers.Emails) > 0 {
		out.Receivers = append(out.Receivers, receiver{"siaga-email", "email", map[string]any{
			"addresses": literal(strings.Join(o.Receivers.Emails, ";")), "singleEmail": true,
			"subject": o.say(subject), "message": o.say(message),
		}})
	}
	return out
}

// policies is a file that replaces all notification policies of an organisation.
type policies struct {
	APIVersion int      `yaml:"apiVersion"`
	Policies   []policy `yaml:"policies"`
}

type policy struct {
	OrgID          int64    `yaml:"orgId"`
	Receiver       string   `yaml:"receiver"`
	GroupBy        []string `yaml:"group_by"`
	GroupWait      string   `yaml:"group_wait"`
	GroupInterval  string   `yaml:"group_interval"`
	RepeatInterval string   `yaml:"repeat_interval"`
}

func (o *Options) policies() policies {
	return policies{APIVersion: 1, Policies: []policy{{
		OrgID: o.Org, Receiver: contactName, GroupBy: []string{"grafana_folder", "alertname"},
		GroupWait: "30s", GroupInterval: "5m", RepeatInterval: "4h",
	}}}
}
