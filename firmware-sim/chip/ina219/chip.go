package ina219

import (
	"errors"
	"sync"
	"time"
)

// Sample is what is at the chip's pins: the bus voltage against ground and the
// voltage across the shunt, both in volts. The shunt's is negative when the
// current flows backwards.
type Sample struct {
	Bus, Shunt float64
}

// Registers (data sheet, table 2).
const (
	regConfig = iota
	regShunt
	regBus
	regPower
	regCurrent
	regCalibration
	registers
)

// Values at power-up and bits of the config and bus voltage registers (8.6.2,
// 8.6.3).
const (
	configReset = 0x399F

	bitReset  = 1 << 15
	bitUnused = 1 << 14
	bitBRNG   = 1 << 13
	bitCNVR   = 1 << 1
	bitOVF    = 1 << 0
)

// ErrSilent is what a transfer ends with while the chip does not answer: no
// acknowledge.
var ErrSilent = errors.New("no acknowledge")

// Fault is what is wrong in the chip or around it.
type Fault int

// The faults.
const (
	// None is a sound chip.
	None Fault = iota
	// Stuck converts and says so, but the results stay as they are.
	Stuck
	// ShuntOpen is a shunt that has burnt through: the amplifier sees the whole
	// supply and shows its range's end.
	ShuntOpen
)

// Chip is one INA219. Its methods may be called concurrently.
type Chip struct {
	pins func(at time.Time) (Sample, bool)

	mu        sync.Mutex // guards what follows
	fault     Fault
	registers [registers]uint16
	pointer   byte
	began     time.Time // the conversion under way; zero: at power-up, before anybody asked
	idle      bool      // nothing to convert, or the triggered conversion has ended
}

// New returns a chip that measures what pins says. Where pins says false the
// chip acknowledges nothing. pins must not call the chip.
func New(pins func(at time.Time) (Sample, bool)) *Chip {
	c := &Chip{pins: pins}
	c.reset()
	return c
}

func (c *Chip) reset() {
	c.registers = [registers]uint16{regConfig: configReset}
	c.pointer, c.began, c.idle = 0, time.Time{}, false
}

// PowerCycle cuts the supply for a moment: every register is as at power-up,
// the calibration too, so that current and power read 0. The supply came back
// long enough before the next transfer for a conversion.
func (c *Chip) PowerCycle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reset()
}

// SetFault puts a fault into the chip, or with None takes it away.
func (c *Chip) SetFault(f Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = f
}

// Tx is one I2C transfer: w is the pointer and, to write a register, its two
// bytes; r is filled from the register that the pointer was last set to, high
// byte first.
func (c *Chip) Tx(at time.Time, w, r []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.pins(at); !ok {
		return ErrSilent
	}
	c.advance(at)
	if len(w) > 0 {
		c.pointer = w[0]
	}
	if len(w) >= 3 {
		c.write(at, uint16(w[1])<<8|uint16(w[2]))
	}
	v := uint16(0)
	if c.pointer < registers {
		v = c.registers[c.pointer]
	}
	for i := range r {
		r[i] = byte(v >> (8 * (1 - i%2)))
	}
	if c.pointer == regPower && len(r) > 0 {
		c.registers[regBus] &^= bitCNVR
	}
	return nil
}

func (c *Chip) write(at time.Time, v uint16) {
	switch c.pointer {
	case regConfig:
		if v&bitReset != 0 {
			c.reset()
			c.began = at
			return
		}
		c.registers[regConfig] = v &^ bitUnused
		c.began, c.idle = at, v&3 == 0
		if !c.idle {
			c.registers[regBus] &^= bitCNVR
		}
	case regCalibration:
		c.registers[regCalibration] = v &^ 1 // bit 0 is always 0 (8.6.4)
	}
}

// advance brings the registers to a moment.
func (c *Chip) advance(at time.Time) {
	period := c.period()
	if c.began.IsZero() {
		c.began = at.Add(-period)
	}
	if c.began.After(at) { // the clock was set back
		c.began = at
	}
	done := at.Sub(c.began) / max(period, 1)
	if c.idle || done == 0 {
		return
	}
	if c.registers[regConfig]&4 == 0 { // triggered: one and no more
		done, c.idle = 1, true
	}
	c.began = c.began.Add(done * period)
	c.convert(c.began)
}

// conversion is how long an ADC takes by its four setting bits (table 5):
// 9 to 12 bits, then 12 bits averaged over 2 to 128 samples.
var conversion = [16]time.Duration{
	84 * time.Microsecond, 148 * time.Microsecond, 276 * time.Microsecond, 532 * time.Microsecond,
	84 * time.Microsecond, 148 * time.Microsecond, 276 * time.Microsecond, 532 * time.Microsecond,
	532 * time.Microsecond, 1060 * time.Microsecond, 2130 * time.Microsecond, 4260 * time.Microsecond,
	8510 * time.Microsecond, 17020 * time.Microsecond, 34050 * time.Microsecond, 68100 * time.Microsecond,
}

// adc is the settings of the two ADCs, 0 to 15.
func (c *Chip) adc() (bus, shunt uint16) {
	v := c.registers[regConfig]
	return v >> 7 & 15, v >> 3 & 15
}

// period is how long the conversions of the mode take, one after the other.
func (c *Chip) period() (p time.Duration) {
	bus, shunt := c.adc()
	if c.registers[regConfig]&1 != 0 {
		p += conversion[shunt]
	}
	if c.registers[regConfig]&2 != 0 {
		p += conversion[bus]
	}
	return p
}
