// Package grafana tests what Grafana asks against an InfluxDB that is not ours.
package grafana
