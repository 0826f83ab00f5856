package ina219

import (
	"math"
	"time"
)

// Steps of the registers: 4 mV and 10 µV at every range (8.6.3.1, 8.6.3.2).
const (
	busStep   = 4e-3
	shuntStep = 10e-6
)

// Ranges in steps: 16 V or 32 V, and ±40 mV times 1, 2, 4 or 8.
const (
	bus16V   = 4000
	bus32V   = 8000
	shunt40m = 4000
)

// convert puts what is at the pins into the registers and works out the rest.
func (c *Chip) convert(at time.Time) {
	s, ok := c.pins(at)
	if !ok {
		return
	}
	config := c.registers[regConfig]
	if c.fault != Stuck {
		busADC, shuntADC := c.adc()
		if config&1 != 0 {
			c.registers[regShunt] = uint16(int16(c.shunt(s.Shunt, shuntADC)))
		}
		if config&2 != 0 {
			c.registers[regBus] = uint16(bus(s.Bus, config, busADC)) << 3
		}
		c.multiply()
	}
	c.registers[regBus] |= bitCNVR
}

// bus is a bus voltage in steps, clipped to the range.
func bus(volts float64, config, adc uint16) int {
	full := bus32V
	if config&bitBRNG == 0 {
		full = bus16V
	}
	return coarse(math.Max(0, math.Min(float64(full), volts/busStep)), adc)
}

// shunt is a shunt voltage in steps, clipped to the gain's range.
func (c *Chip) shunt(volts float64, adc uint16) int {
	full := float64(int(shunt40m) << (c.registers[regConfig] >> 11 & 3))
	if c.fault == ShuntOpen {
		volts = 1
	}
	return coarse(math.Max(-full, math.Min(full, volts/shuntStep)), adc)
}

// coarse rounds to what the ADC's resolution tells apart: 9 to 12 bits.
func coarse(steps float64, adc uint16) int {
	size := 1.0
	if adc < 8 {
		size = float64(int(1) << (3 - adc&3))
	}
	return int(math.Round(steps/size) * size)
}

// multiply works out current and power (8.5.2) and whether they have overflown.
func (c *Chip) multiply() {
	current := int(int16(c.registers[regShunt])) * int(c.registers[regCalibration]) / 4096
	power := max(current, -current) * int(c.registers[regBus]>>3) / 5000
	c.registers[regBus] &^= bitOVF
	if current < math.MinInt16 || current > math.MaxInt16 || power > math.MaxUint16 {
		c.registers[regBus] |= bitOVF
	}
	c.registers[regCurrent] = uint16(current)
	c.registers[regPower] = uint16(power)
}
