// Package standalone is an ingester as a process of its own, beside an external
// broker and InfluxDB: it composes a subscription, an ingester, the InfluxDB
// client and the reports to the Command Center.
//
// Any number of them may run in one share group. It must not keep anything that
// its spools do not hold: killed at any moment and started again, it goes on.
package standalone
