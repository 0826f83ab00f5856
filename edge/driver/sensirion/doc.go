// Package sensirion is the way that Sensirion's I2C sensors talk: a command of
// 16 bits, and words of 16 bits each followed by a checksum, high byte first.
//
// The checksum is a CRC-8 of the word's two bytes: polynomial 31, initial FF,
// nothing reflected, no final XOR (hexadecimal; Sensirion SCD4x datasheet §3.12,
// SGP30 §6.6, SPS30 §6.2, with BE EF giving 92 as the check value).
//
// It must not know any sensor's commands.
package sensirion
