// Package sps30 is a Sensirion SPS30 particulate matter sensor as its two links
// show it: SHDLC over a UART at 115200 8N1, and I2C at address 0x69. Which one
// a sensor speaks is decided by its SEL pin when it gets its supply, so each has
// a type of its own over one measuring core.
//
// Commands, states, timing and status bits are from Sensirion's SPS30 datasheet
// (version 1.0, March 2020; sections 4 to 6) and from Sensirion's own drivers
// embedded-uart-sps30 and embedded-i2c-sps30. The firmware is 2.2.
//
// It must not import anything of ours or any driver: a simulator that shared a
// driver's arithmetic would share its bugs.
package sps30
