// Package ads1115 is a Texas Instruments ADS1115 analogue-to-digital converter
// as its I2C bus shows it: four inputs, four registers of 16 bits, single and
// continuous conversions that take the time they take.
//
// Registers, spans, data rates and timing are from the data sheet (SBAS444).
// The comparator's registers hold what is written to them; its ALERT pin is
// not wired.
//
// It must not import anything of ours or any driver: a simulator that shared a
// driver's arithmetic would share its bugs.
package ads1115
