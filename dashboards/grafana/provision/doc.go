// Package provision makes the files from which an installed Grafana gets Siaga's
// data sources, dashboards, alert rules and contact points at its start, and puts
// them into its provisioning folder without touching what is not ours.
//
// The keys are those of Grafana 12.3 (pkg/services/provisioning), whose casing is
// mixed and which passes over a key that it does not know. It must not talk to
// Grafana, InfluxDB or a center: what it is not told, it does not know.
package provision

//go:generate go run ./generate ../provisioning
