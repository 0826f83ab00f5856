// Package registry is what the Command Center remembers apart from readings:
// the sites, the nodes and their sensors, the ledger of packs that have
// arrived, wait or are lost, and the quarantine. It is one SQLite file in WAL
// mode, and this package is the only one that imports the SQLite driver.
//
// A commit is durable when a method returns: the node has deleted what the
// quarantine holds. One process writes a file at a time; others may read it.
//
// It must not hold readings, correct what a node says about itself, or decide
// whether a node is online: it keeps what was last said, the live hub judges.
package registry
