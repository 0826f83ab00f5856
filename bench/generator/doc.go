// Package generator sends packs to a center from a process of its own, so that
// its processor time is not taken for the center's: as fast as the center
// acknowledges them (Burst), at a fixed rate as many nodes do (Pace), or as the
// real agent does (Fleet).
//
// A program that starts generators is one itself when Called says so: it then
// calls Main and nothing else. The parent tells the child its Order by standard
// input.
//
// Burst and Pace speak MQTT by themselves, only as much as a node needs, since a
// client's library would cost more than the center does. They must not be used for
// anything that has to survive a broken connection; a Fleet is for that.
package generator
