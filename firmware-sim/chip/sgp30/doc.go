// Package sgp30 is a Sensirion SGP30 gas sensor as I2C address 0x58 shows it:
// total volatile organic compounds and equivalent CO2, raw signals, baselines,
// humidity, self test, feature set and serial number.
//
// Commands, execution times and the signals' formulas are from Sensirion's SGP30
// data sheet (version 1.0, May 2020; section 6) and the order and length of what
// is read from Sensirion's embedded-sgp driver. The general call that resets
// every chip of a bus goes to another address and is not heard here. A
// humidity or baseline that is set has no effect on the signals: what the sensor
// finds is right with it.
//
// It must not import anything of ours or any driver: a simulator that shared a
// driver's arithmetic would share its bugs.
package sgp30
