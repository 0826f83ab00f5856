// Package drivertest is the contract of every sensor driver as a test suite,
// and a serial port for it whose other end a test holds.
//
// It must not know any chip: each driver's test brings its own golden bytes.
package drivertest
