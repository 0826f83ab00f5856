// Package backup copies what a center keeps, while it serves, into one encrypted
// archive, and makes a data directory of it again.
//
// An archive is an age file (age-encryption.org/v1, which the program age opens as
// well) that holds a tar: first head.json, then the copies, last manifest.json
// with the SHA-256 of every one of them. Nothing is compressed: the time series,
// which are nearly all of it, are already.
//
//	head.json         format, program, moment
//	registry.db       SQLite, as of one moment
//	ca/…              certificates and keys of the center's authority
//	spool/…           records, each behind its length (4 bytes, big-endian)
//	influx/…          meta data and TSM files, without indexes
//	manifest.json     what is in it and what not
//
// Everything that was acknowledged to a node before the moment is in it, and what
// the ledger says is stored is. What came later is marked by a restoration as lost
// (see registry.Restore).
//
// It must not change anything of a running center, write into a directory that
// holds anything, or keep or log keys and passphrases.
package backup
