// Package up runs a Command Center as `siaga up` does, for benchmarks, and asks it
// what its metrics say and what its InfluxDB holds.
//
// It must not load the center, nor judge what it says.
package up
