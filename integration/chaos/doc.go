// Package chaos proves the delivery contract on real processes: simulated nodes,
// a broker, ingesters, InfluxDB and a center are killed, paused, cut off, filled
// up, copied and edited by a schedule that a seed draws, and when everything is
// mended, every value that any node ever had on its card must be in InfluxDB once,
// as it was measured, and the center's ledger must take nothing for missing.
//
// What the nodes had is read from their cards themselves while they are dead, by
// a reader of its own: no program's word is taken for it.
//
// As root, disks of their own fill up, and some nodes and an ingester run in
// network namespaces whose lines break as cables and radio links do, without a
// packet that tells anybody. What a machine cannot do is left out, and the first
// line says so. What a killed test has left in the system, the next one removes.
//
// It holds no code, only tests behind the build tag integration; they need what
// package integration needs. Environment variables:
//
//	CHAOS_SEED      the first seed; without it one by the time, which is printed
//	CHAOS_RUNS      how many seeds, one after the other (1)
//	CHAOS_SETUP     external, machine, or both (both)
//	CHAOS_DURATION  how long each storm lasts (1m)
//	CHAOS_NODES     how many nodes there are (60)
//	CHAOS_LOGS      a folder for everything that the processes said and kept;
//	                without it that is removed
//
// The end prints a line for each storm. A storm of a minute takes 65 to 100 s.
package chaos
