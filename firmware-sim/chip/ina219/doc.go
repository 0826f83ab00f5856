// Package ina219 is a Texas Instruments INA219 current and power monitor as its
// I2C bus shows it: six registers of 16 bits, conversions that take the time
// they take, and ranges beyond which it shows the range's end.
//
// Registers, ranges and timing are from the data sheet (SBOS448).
//
// It must not import anything of ours or any driver: a simulator that shared a
// driver's arithmetic would share its bugs.
package ina219
