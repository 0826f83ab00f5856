// Package sps30 drives the Sensirion SPS30 particle sensor, over a serial port
// at 115200 baud, 8N1, or over I2C at address 69 (hexadecimal; its pin SEL
// decides which, tied to ground for I2C). Over 20 cm of cable the serial port is
// the one that works.
//
// On the serial port it speaks SHDLC: 7E, address, command, length, data, the
// inverted low byte of the sum of those, 7E; answers have a state before the
// length. The bytes 7E, 7D, 11 and 13 travel as 7D and the byte with bit 5
// inverted. On I2C it takes commands and words as package sensirion says. It
// measures once a second, after it was told to start: ten big-endian floats, of
// which the first four are PM1, PM2.5, PM4 and PM10 in µg/m³; an answer without
// them says that there is nothing new. 0 to 1000 µg/m³. 8 to 30 s after the
// start are not to be trusted, the longer the cleaner the air. Its fan cleans
// itself for 10 s every 168 h of running, while it measures nothing. A status
// register tells of a fan that stands (bit 4), a laser out of its range (5) and
// a fan too fast or too slow (21), from firmware 2.2 on. (Sensirion SPS30
// datasheet 1.0, §4 to §6.)
//
// It must not stop the sensor, which is made to run for ten years and whose
// values are best when it does.
package sps30
