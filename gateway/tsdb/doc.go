// Package tsdb runs InfluxDB 1.8.10's own storage and query engine inside the
// process, and answers on a loopback address as an InfluxDB 1.8 does: /ping,
// /health, /write, /api/v2/write and /query with InfluxQL. Writers and
// dashboards therefore use it as they use any InfluxDB, and moving to a real
// one is a change of address. Who writes in the same process may do so by Transport,
// without the network.
//
// It is the only importer of the InfluxDB engine. Its address must not be reachable
// from other machines nor from a page in a browser on this one; for them there is a
// Reader, behind whoever knows who may ask. It must not change data through /query
// without the admin token, and knows nothing of what is stored.
//
// On disk, below Options.Dir:
//
//	lock    held while the engine is open
//	meta/   databases, retention policies, shard groups (meta.db)
//	wal/    write-ahead log; every acknowledged write is fsynced there
//	data/   compressed TSM files and the tsi1 index
//
// It is the layout of an influxd of version 1.8: one can be pointed at it.
// A process that is killed loses nothing that was answered with 204. For that the
// package brings what is in memory to the files itself (caches): where the engine
// fails to, and succeeds later, it removes the log of what it has not written. It also
// gives back the memory of idle shards itself (freeing), which the engine's monitor does
// under the hands of writers, and deletes only while nothing is on its way from memory
// to a file (deletingStore), from where the engine does not delete.
//
// Writes are refused with 503 while the disk has less free space than
// Options.ReserveBytes. The engine keeps the error of a full disk for ever in the
// file that met it, and forgets on disk what it then still takes in memory; where
// one gets there all the same, nothing is acknowledged any more, and the engine is
// closed and opened again as soon as there is room, in the same process.
package tsdb
