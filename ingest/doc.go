// Package ingest takes packs of readings in at the Command Center: it checks
// them, makes them durable as line protocol, acknowledges them, and moves them
// into InfluxDB. What it cannot use goes to the quarantine with a reason that a
// person understands, and is acknowledged too, so that no node sends it for ever.
//
// A packet passes these stages, each with a bounded queue before it:
//
//	Offer ─► queue ─► workers ─► committer ─► data spool ─► drainer ─► InfluxDB
//	                  decode,    fsync of a   (disk)        batches,
//	                  check,     group, then                bisects what
//	                  encode     acknowledge                is refused
//	                     │           │                         │
//	                 Observer    refused spool ◄───────────────┤
//	                (live hub)       └─► Registry.Quarantine   ▼
//	                                     Registry.Stored ◄── stored spool
//
// What is acknowledged is on disk. A record leaves the data spool only after
// InfluxDB has it and the report about it is on disk, so whatever is killed in
// between, everything is written at least once; and since a point's identity is
// fixed at the node, writing it again changes nothing. Only on a full disk the report
// is in memory, so that packs leave it; the node's next state says the same.
//
// When a queue is full, the stage before it waits; when the first one is, Offer
// says no and the node sends the pack again. When a disk or the quarantine is
// full, acknowledgements stop: see Ingester.Accepting.
//
// The package must not add anything to a point that the pack did not say, speak
// MQTT, know who is enrolled, or keep readings to answer queries.
package ingest
