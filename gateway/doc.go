// Package gateway is the Command Center's server: it composes the embedded
// broker and InfluxDB engine (or connections to external ones), the ingester,
// the registry, the live hub and the HTTP API, starts them in the order in
// which they need each other, and stops them the other way round.
//
// Packs take one path: broker, ingester, InfluxDB. The hub only looks on. It
// must not import edge or the simulator: demonstration villages are ordinary
// MQTT clients that somebody else starts.
//
// Once a minute it writes into InfluxDB how every registered node does, also the
// silent ones (vitals, appendNode), and it is the only one who does. What
// Prometheus may ask about is listed at metrics.
package gateway
