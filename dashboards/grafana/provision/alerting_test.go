package provision

import (
	"slices"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/siaga-id/siaga/dashboards/grafana"
)

func checkAlerting(t *testing.T, f File) {
	t.Helper()
	all := read[theirAlerting](t, f.Name, f.Data)
	receivers := map[string]bool{}
	for _, c := range all.ContactPoints {
		receivers[c.Name] = true
		for _, r := range c.Receivers {
			switch r.Type {
			case "webhook":
				w := readNode[theirWebhook](t, f.Name, &r.Settings)
				checkTemplates(t, w.Title, w.Message)
			case "telegram":
				s := readNode[theirTelegram](t, f.Name, &r.Settings)
				checkTemplates(t, s.Message)
				if s.ChatID == "" || !strings.HasPrefix(s.BotToken, "$__file{") {
					t.Errorf("%s: %+v", f.Name, s)
				}
			case "email":
				e := readNode[theirEmail](t, f.Name, &r.Settings)
				checkTemplates(t, e.Subject, e.Message)
			default:
				t.Errorf("%s: receiver of type %q", f.Name, r.Type)
			}
		}
	}
	for _, p := range all.Policies {
		if p.Receiver != contactName {
			t.Errorf("%s: %+v", f.Name, p)
		}
	}
	for _, g := range all.Groups {
		if g.Folder != AlertFolder || strings.Contains(g.Folder, "/") || g.Interval != "1m" || len(g.Rules) != len(rules) {
			t.Errorf("%s: %s in %s every %s: %d rules", f.Name, g.Name, g.Folder, g.Interval, len(g.Rules))
		}
		for i, r := range g.Rules {
			if r.NotificationSettings == nil || !receivers[r.NotificationSettings.Receiver] {
				t.Errorf("%s: %s tells %+v of %v", f.Name, r.UID, r.NotificationSettings, receivers)
			}
			want := "KeepLast"
			if r.UID == "siaga-center-silent" {
				want = "Alerting"
			}
			if r.NoDataState != want || r.ExecErrState != want || r.MissingSeriesEvalsToResolve < 3 || r.Condition != "C" || len(r.Data) != 3 {
				t.Errorf("%s: %s: %+v", f.Name, r.UID, r)
			}
			if _, err := time.ParseDuration(r.For); err != nil {
				t.Errorf("%s: %s: for %q", f.Name, r.UID, r.For)
			}
			a := readNode[theirInfluxQL](t, r.UID, &r.Data[0].Model)
			b := readNode[theirReduce](t, r.UID, &r.Data[1].Model)
			c := readNode[theirThreshold](t, r.UID, &r.Data[2].Model)
			if !a.RawQuery || a.ResultFormat != "time_series" || a.Query != rules[i].Query || r.Data[0].DatasourceUID != grafana.DataSourceUID ||
				b.Type != "reduce" || b.Expression != a.RefID || b.Reducer != "last" || b.Settings.Mode != "dropNN" ||
				c.Type != "threshold" || c.Expression != b.RefID || c.RefID != r.Condition || len(c.Conditions) != 1 {
				t.Errorf("%s: %s: %+v, %+v, %+v", f.Name, r.UID, a, b, c)
			}
			for _, d := range r.Data {
				if d.RelativeTimeRange.From <= d.RelativeTimeRange.To || d.RelativeTimeRange.From != int(rules[i].Window.Seconds()) {
					t.Errorf("%s: %s: range %+v", f.Name, r.UID, d.RelativeTimeRange)
				}
			}
			for _, text := range r.Annotations {
				checkTemplates(t, text)
			}
		}
	}
}

// ofAlert is what Grafana's templates of annotations and messages know, as far as
// ours use it.
var ofAlert = template.FuncMap{
	"humanizeDuration": func(any) string { return "" },
	"humanize1024":     func(any) string { return "" },
}

// checkTemplates parses texts as Grafana does: annotations have two variables.
func checkTemplates(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if _, err := template.New("").Funcs(ofAlert).Parse("{{ $labels := .Labels }}{{ $values := .Values }}" + text); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestNobodyToTell(t *testing.T) {
	o := options("/g")
	o.Receivers = Receivers{}
	all, err := files(&o, []string{"siaga-email"})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(f File) bool { return f.Name == AlertingFile })
	for _, key := range []string{"notification_settings", "contactPoints", "deleteContactPoints"} {
		if strings.Contains(string(all[i].Data), key) {
			t.Errorf("without receivers there is %s", key)
		}
	}
}

func TestSimulatedAlertsSaySo(t *testing.T) {
	o := options("/g")
	o.Set.Simulated = true
	for _, r := range o.alerting(nil).Groups[0].Rules {
		if !strings.HasPrefix(r.Title, "SIMULASI: ") || r.Labels["simulated"] == "" {
			t.Errorf("%s: %q %v", r.UID, r.Title, r.Labels)
		}
	}
}
