// Package scd4x drives the Sensirion SCD40 and SCD41 CO2 sensors on an I2C bus,
// at address 62 (hexadecimal). The measurement is periph's (devices/scd4x); this
// package adds what an unattended station needs: settings, typed errors, an end
// to waiting, and recovery from a reset.
//
// Once started it measures CO2 (ppm), temperature and humidity every 5 s; the
// low 11 bits of its data-ready word are 0 until there is something new. Output
// is 0 to 40000 ppm; its accuracy is stated for 400 to 2000 ppm (SCD40) or 400
// to 5000 ppm (SCD41), and values outside come out Suspect. Settings can be
// written only while it is idle, and are lost with the supply; this package
// writes them at each start and never to the sensor's own memory, which bears
// 2000 writes. (Sensirion SCD4x datasheet 1.6, §1, §3.)
//
// Automatic self-calibration takes the lowest CO2 of a week for fresh air's 400
// ppm. It is on as the sensor comes, which is right outdoors; a sensor that
// never sees fresh air drifts with it.
//
// Facts of periph 3.7.4: Sense polls for 6 s whatever its errors, so this
// package polls by itself, and ends periph's loop on an error; configuration
// calls leave the sensor idle and convert the temperature offset wrongly both
// ways, so none is used.
//
// It must not close the bus, which other chips share.
package scd4x
