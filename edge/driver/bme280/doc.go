// Package bme280 drives the Bosch BME280 temperature, humidity and pressure
// sensor on an I2C bus, at address 76 or 77 (hexadecimal; pin SDO low or high).
// Register work and compensation are periph's (devices/bmxx80); this package
// adds what an unattended station needs: typed errors, a limit in time, recovery
// after a dip of the supply or a swapped chip, and, since the chip sends no
// checksum, a second reading of everything to compare with.
//
// Facts used (Bosch BST-BME280-DS002): chip id 60 in register D0 (58 is a
// BMP280, without humidity; 55 a BMP180); -40 to 85 °C, 0 to 100 %RH, 300 to
// 1100 hPa; a measurement is forced by F4 and runs while F3 has bit 3 set;
// results from F7 on, where the humidity word 8000 is what stands there when
// humidity is not measured, as after a reset.
//
// periph 3.7.4 reads the two signed 12-bit humidity coefficients H4 and H5 as
// if they were unsigned. A chip where one is negative would give a wrong
// humidity; it is refused.
//
// It must not close the bus, which other chips share.
package bme280
