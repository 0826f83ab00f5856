// Package bus opens the I2C buses, serial ports and GPIO pins of the machine,
// for drivers that take what it returns. It is the only importer of periph's
// host and of the serial library, so that another platform or library is a
// change here alone. Its errors tell a technician what to do.
//
// Record writes down what passes between a machine and its user, and Replay is a
// machine that says it again: one visit to real hardware is a test for ever. A
// tape is text, one JSON object a line: a Header, then what happened, each with
// the microseconds since the beginning and bytes in hexadecimal.
//
// It must not know any sensor.
package bus
