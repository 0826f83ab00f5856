// Package registry is what the Command Center remembers apart from readings:
// the sites, the nodes and their sensors, the ledger of packs that have
// arrived, wait or are lost, and the quarantine. It is one SQLite file in WAL
// mode, and this package is the only one that imports the SQLite driver.
//
// The inventory is what people write down: sites, nodes with their boards, where
// sensors are mounted, gauges' levels, maintenance, and planned events. What the
// node says of itself stands beside it and is never mixed with it. An Asset or a
// Site has a Version, which is a digest of what it holds, so that two people do
// not overwrite each other in silence. Every change is in the audit log, in the
// same transaction. Of what a node reports of its calibrations nothing is kept
// here.
//
// A commit is durable when a method returns: the node has deleted what the
// quarantine holds. One process writes a file at a time; others may read it.
//
// It must not hold readings, correct what a node says about itself, or decide
// whether a node is online: it keeps what was last said, the live hub judges.
package registry
