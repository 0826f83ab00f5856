// Package reading is the vocabulary of Siaga: what a reading is, which
// quantities exist, how nodes, sensors and sites are named, and what a quality
// flag means. The table in quantity.go is the one place where a quantity's
// unit, limits, InfluxDB field and titles are written down; everything else is
// generated from it or checked against it.
//
// It must not do I/O, read a clock, or know how a reading travels or is stored.
package reading
