// Package bme280 is a Bosch BME280 climate sensor as its I2C registers show it:
// identity, calibration words, control, configuration and status, and raw
// conversions that a driver must compensate.
//
// Registers, modes, timing and formulas are from Bosch's data sheet
// BST-BME280-DS002. The raw conversions are found by bisecting the data sheet's
// floating-point formulas (appendix 8.1), which drivers for small machines do
// not use.
//
// It must not import anything of ours or any driver: a simulator that shared a
// driver's arithmetic would share its bugs.
package bme280
