// Package sgp30 drives the Sensirion SGP30 gas sensor on an I2C bus, at address
// 58 (hexadecimal).
//
// It gives the total of volatile organics (ppb) and from that an estimate of CO2
// (ppm), which is no measurement of CO2. After init it must be asked once a
// second, so that its own baseline follows the air: the driver does that in a
// goroutine, whatever the interval at which it is read. For 15 s after init it
// gives 400 ppm and 0 ppb, which are no values. Both go up to 60000, CO2 from
// 400. Every word has a checksum. (Sensirion SGP30 datasheet 1.0, §1, §6.)
//
// What has lost its power says the same for ever, until it is started again: it
// is known by the baseline that it had found and has no more. A power dip shorter
// than a second is not noticed before there was one.
//
// The baseline is not kept over a restart: for some 12 hours after one, values
// are relative to the cleanest air since. Nor is humidity compensated.
//
// periph's driver of the same chip is not used: it blocks for 20 s, checks no
// checksum and only prints its errors.
//
// It must not close the bus, which other chips share.
package sgp30
