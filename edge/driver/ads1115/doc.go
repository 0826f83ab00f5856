// Package ads1115 is the way to a TI ADS1115 analogue-to-digital converter on an
// I2C bus, at addresses 48 to 4B (hexadecimal; pin ADDR at GND, VDD, SDA, SCL). It
// is no sensor by itself: drivers of analogue sensors read its inputs.
//
// Facts used (TI SBAS444, Registers and Functional Modes): registers of 16 bits,
// high byte first: 0 conversion, 1 config, 2 and 3 thresholds, 8000 and 7FFF
// after power-up. Config: bit 15 written as 1 starts a single conversion, and
// reads as 0 while one runs; bits 14-12 input, 11-9 span, 8 single-shot, 7-5 data
// rate. A conversion at 8 samples a second takes 125 ms, by an oscillator good to
// 10 %; slow conversions average out mains hum. The code 7FFF is all that can be
// shown, and means that much or more.
//
// Sensors share a converter: a conversion belongs to whoever set input and span
// for it. Whoever in this process opens the same converter shares one lock, which
// is held over one conversion. Another process must leave the converter alone.
//
// The chip sends no checksum, so that the settings and the result are read
// twice. An input that hangs in the air reads as some voltage, and one above the
// supply as the supply: a driver must tell both by what its sensor can give.
package ads1115
