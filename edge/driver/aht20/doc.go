// Package aht20 drives the Asair AHT20 temperature and humidity sensor on an I2C
// bus, at address 38 (hexadecimal). The measurement is periph's (devices/aht20),
// with its checksum; this package adds what an unattended station needs: typed
// errors, an end to waiting, and recovery from a reset.
//
// A measurement takes 80 ms: -40 to 85 °C, 0 to 100 %RH. What the sensor sends
// begins with its status: bit 7 says that it is busy, bit 3 that its calibration
// is in force, without which its values are none. It has no identity. (Asair
// AHT20 datasheet 1.1, §2, §5.)
//
// It must not close the bus, which other chips share.
package aht20
