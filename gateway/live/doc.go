// Package live holds what the center knows of this moment: the latest reading
// of every series, whether each node is online, and who is told when that
// changes. Latest is by the time of the reading, never by its arrival.
//
// It must not store anything, nor be asked for history: after a restart it is
// seeded from what was stored.
package live
