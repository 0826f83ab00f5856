// Package scan finds what is wired to a board: it asks every I2C address and
// listens at every serial port for the chips that it is given, says of each
// trouble what to do about it, and writes what it found into a configuration.
//
// It only reads. At an I2C address it first asks as the chips that can have that
// address want it; where none of them knows itself, and at all other addresses,
// it reads a single byte, as i2cdetect -r does, but not in the ranges of
// memories and clocks, which may take a byte that is read amiss. To a serial
// port it writes only the chips' own harmless questions. What is found is opened
// for one measurement, as the agent would open it.
//
// It must not touch what a running agent has open, nor know any chip by itself.
package scan
