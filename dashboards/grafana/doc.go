// Package grafana is Siaga's Grafana dashboards as Go: typed panels, one file a
// view, and the JSON that Grafana provisions, which is generated from them and
// committed. Units, titles and limits come from the table of quantities; every
// text is written once, in Indonesian and English.
//
// It emits the classic dashboard JSON (schema version 41), which every Grafana
// from 11 on loads from files; the newer schema cannot be provisioned from files
// everywhere. It must not talk to Grafana or InfluxDB.
//
// Queries are InfluxQL alone, without SLIMIT, SOFFSET and tz(). Those that make
// tables select tags as columns from a subquery and group by one tag at most:
// Grafana's streaming parser mixes up the columns of several. What an operator
// needs first stands first by sorting and limiting in the browser, because
// InfluxQL sorts by time only.
package grafana

//go:generate go run ./generate
