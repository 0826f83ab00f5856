// Package bench measures the whole center from end to end; all of it is
// benchmarks, which `make bench` runs. The load comes from a process of its own,
// so that its processor time is not taken for the center's.
//
// It must not be imported, and asserts nothing about speed: machines differ.
package bench
