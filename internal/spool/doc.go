// Package spool is a durable queue of opaque records in a directory. The edge
// agent keeps its packs in it until the Command Center has acknowledged them,
// and ingest keeps line protocol in it until InfluxDB has taken it.
//
// Append returns when the records are on the disk; reading removes nothing;
// Ack removes, in any order. Every record has a sequence that is never used
// twice in the life of the directory. What the disk destroys costs only the
// destroyed records, and these are named. README.md gives the file format, the
// crash assumptions, how recovery goes and the limits.
//
// It must not know what is in a record, start goroutines, write logs, or repair
// damaged files.
package spool
