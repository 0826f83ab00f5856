// Package bus opens the I2C buses, serial ports and GPIO pins of the machine,
// for drivers that take what it returns. It is the only importer of periph's
// host and of the serial library, so that another platform or library is a
// change here alone. Its errors tell a technician what to do.
//
// It must not know any sensor.
package bus
