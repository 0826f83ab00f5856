// Package aht20 is an Aosong (ASAIR) AHT20 temperature and humidity sensor as
// I2C address 0x38 shows it: a status byte with busy and calibrated, a
// measurement of 80 ms on request, 20 bits of each quantity, and a CRC.
//
// Commands, times and conversions are from Aosong's AHT20 and DHT20 product
// manuals (version 1.0; sections 5.3 and 5.4 and 7.3 and 7.4), which are the
// same chip. It has no identity to be read.
//
// It must not import anything of ours or any driver: a simulator that shared a
// driver's arithmetic would share its bugs.
package aht20
