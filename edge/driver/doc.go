// Package driver says what every sensor driver gives: values in canonical
// units, and errors that tell by type what is wrong with a sensor. The drivers
// are its subpackages, one a chip; each takes an open bus, port or pin and
// returns a *Dev with Sense and Close.
//
// It must not open ports, know node or sensor names, or put a time on a value:
// the agent does that.
package driver
