package provision

import (
	"path"
	"strings"
)

// Examples are what `siaga grafana provision` writes, for people to read: for the
// center on Grafana's own machine with every receiver and a policy, and besides the
// data sources of the other kinds of InfluxDB. The files of secrets are left out.
func Examples() ([]File, error) {
	o := Options{
		Dir: "/etc/grafana/provisioning", Org: 1, Plugin: true,
		Influx:  Influx{Kind: Embedded, URL: "http://127.0.0.1:8086", Database: "siaga"},
		Gateway: Gateway{URL: "http://127.0.0.1:8088", Token: "siaga_contoh"},
		Receivers: Receivers{
			Webhooks: []string{"https://contoh.invalid/siaga"}, WebhookToken: "contoh",
			TelegramChat: "-1001234567890", TelegramToken: "contoh", Emails: []string{"posko@contoh.invalid", "teknisi@contoh.invalid"},
		},
		Policy: true,
	}
	all, err := files(&o, nil)
	if err != nil {
		return nil, err
	}
	var kept []File
	for _, f := range all {
		if !strings.HasPrefix(f.Name, "siaga/") {
			kept = append(kept, f)
		}
	}
	others := []struct {
		name    string
		influx  Influx
		gateway Gateway
	}{
		{"gateway", Influx{Kind: Embedded, URL: "https://siaga.contoh.invalid:8883/api/v1/influx", ThroughGateway: true}, Gateway{Token: "siaga_contoh", CA: "contoh"}},
		{"influxdb-1", Influx{Kind: Influx1, URL: "http://influx:8086", User: "grafana", Secret: "contoh"}, Gateway{}},
		{"influxdb-2", Influx{Kind: Influx2, URL: "http://influx:8086", Secret: "contoh"}, Gateway{}},
		{"influxdb-3", Influx{Kind: Influx3, URL: "http://influx:8181", Secret: "contoh"}, Gateway{}},
	}
	for _, other := range others {
		o.Plugin, o.Influx, o.Gateway = false, other.influx, other.gateway
		o.Influx.Database = "siaga"
		f, err := encode(path.Join("other-datasources", other.name+".yaml"), o.dataSources())
		if err != nil {
			return nil, err
		}
		kept = append(kept, f)
	}
	return kept, nil
}
