// Package grafana is Siaga's Grafana dashboards as Go: typed panels, one file a
// view, and the JSON that Grafana provisions, which is generated from them and
// committed. Units, titles and limits come from the table of quantities.
//
// It emits the classic dashboard JSON (schema version 41), which every Grafana
// from 11 on loads from files; the newer schema cannot be provisioned from files
// everywhere. Queries are InfluxQL only. It must not talk to Grafana or InfluxDB.
package grafana

//go:generate go run ./generate
