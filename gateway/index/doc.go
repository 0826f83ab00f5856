// Package index computes what readings say over time, and writes it into InfluxDB,
// so that every view works on InfluxQL alone and at little cost: each minute a
// point in the measurement "index" for every sensor of every node that is not
// retired, and hourly roll-ups of all quantities. appendIndex and appendHour list
// the fields. InfluxDB, embedded or not, is also the only place that it reads.
//
// A reading is good here unless its flag is suspect, bad or missing: what no check
// could judge counts. Where a sensor's values are corrected, the corrected ones
// are used, and it is said so.
//
// # Hours
//
// An hour of a node is rolled up when it has been over for two minutes, and again
// whenever the ledger is told that readings of it were stored later. Which hours
// wait stands in a file, durably before the ledger knows of their readings, so a
// crash forgets none. Where the file is missing or damaged, the last 30 days of
// all nodes are rolled up again; late readings older than 400 days are not. A node
// has at most 64 separate stretches that wait; beyond that the nearest two become
// one, and hours between them are rolled up for nothing. The newest hours go
// first, for at most 20 s of a minute, half of them resting. Readings that an
// ingester elsewhere stores and does not report count only if they come before
// their hour's first roll-up.
//
// # ISPU and completeness
//
// Both are of the last 24 whole hours and move on when an hour is rolled up. The
// completeness of an hour is its good readings in percent of those that the
// sensor's interval promises, as configured then, 100 at most: no hour makes up for
// another. The 24-hour mean is that of the hours' means, each weighted by its
// completeness. Without 75 % of its own readings a parameter has no mean; without
// any parameter there is no ISPU, and the point says that it is withheld.
//
// # Levels
//
// A gauge is judged by the mean of its newest minute with readings, three of its
// intervals old at most and three minutes at least, and is silent beyond that. A
// minute without a good reading is judged by its suspect ones, which is said: the
// front of a lahar is suspect too, and must not be hidden. Minutes that are over
// are not judged again.
//
// It must not decide about alarms, change readings, or invent a level: a gauge for
// which nobody has written levels down has no rank.
package index
