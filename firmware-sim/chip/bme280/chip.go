package bme280

import (
	"errors"
	"math"
	"time"
)

// Sample is the air around the chip: °C, percent relative humidity, hPa. Beyond
// the chip's range (-40 to 85 °C, 0 to 100 %, 300 to 1100 hPa) it shows the
// range's end.
type Sample struct {
	Temperature, Humidity, Pressure float64
}

// Registers (data sheet, table 18).
const (
	regCalibLow  = 0x88
	regID        = 0xD0
	regReset     = 0xE0
	regCalibHigh = 0xE1
	regCtrlHum   = 0xF2
	regStatus    = 0xF3
	regCtrlMeas  = 0xF4
	regConfig    = 0xF5
	regData      = 0xF7

	chipID    = 0x60
	resetWord = 0xB6
	measuring = 1 << 3
)

// ErrSilent is what a transfer ends with while the chip does not answer: no
// acknowledge.
var ErrSilent = errors.New("no acknowledge")

// Chip is one BME280. It is not safe for concurrent use: the bus serialises
// what it carries.
type Chip struct {
	air func(at time.Time) (Sample, bool)
	cal calibration

	registers [256]byte
	pointer   byte
	humidity  byte // ctrl_hum as of the last write to ctrl_meas
	// started is when the conversion under way began, or in normal mode the
	// first one; done counts the conversions since then that are in the
	// registers.
	started time.Time
	done    int64
	// filtered is what the IIR filter holds.
	filtered *conversion
}

// New returns a chip in the air that air tells of. Where air says false the
// chip acknowledges nothing.
func New(air func(at time.Time) (Sample, bool)) *Chip {
	c := &Chip{air: air, cal: factory}
	c.reset()
	return c
}

func (c *Chip) reset() {
	c.registers = [256]byte{regID: chipID}
	copy(c.registers[regCalibLow:], c.cal.low())
	copy(c.registers[regCalibHigh:], c.cal.high())
	copy(c.registers[regData:], []byte{0x80, 0, 0, 0x80, 0, 0, 0x80, 0}) // reset state
	c.humidity, c.filtered, c.done = 0, nil, 0
}

// Tx is one I2C transfer: w is written, then r is read, with a repeated start
// between. The first byte written sets the register pointer; further bytes are
// the value for it, then register and value in turn, as the data sheet's
// multiple write goes (6.2.1). Reading counts the pointer up.
func (c *Chip) Tx(at time.Time, w, r []byte) error {
	if _, ok := c.air(at); !ok {
		return ErrSilent
	}
	for i := 0; i < len(w); i += 2 {
		c.pointer = w[i]
		if i+1 < len(w) {
			c.advance(at)
			c.write(at, w[i], w[i+1])
		}
	}
	if len(r) == 0 {
		return nil
	}
	c.advance(at)
	for i := range r {
		r[i] = c.registers[c.pointer]
		c.pointer++
	}
	return nil
}

func (c *Chip) write(at time.Time, register, value byte) {
	switch register {
	case regReset:
		if value == resetWord {
			c.reset()
		}
	case regCtrlHum, regConfig:
		c.registers[register] = value
	case regCtrlMeas:
		c.registers[regCtrlMeas] = value
		c.humidity = c.registers[regCtrlHum] & 7 // takes effect only now (5.4.3)
		c.started, c.done = at, 0
		if c.mode() != sleep {
			c.registers[regStatus] |= measuring
		} else {
			c.registers[regStatus] &^= measuring
		}
	}
}

// Modes, the low bits of ctrl_meas; 2 is forced too.
const (
	sleep  = 0
	forced = 1
	normal = 3
)

func (c *Chip) mode() byte {
	switch m := c.registers[regCtrlMeas] & 3; m {
	case sleep, normal:
		return m
	}
	return forced
}

// advance brings the registers to a moment: a conversion that has ended since
// is in them.
func (c *Chip) advance(at time.Time) {
	since := at.Sub(c.started)
	busy := c.measureTime()
	switch c.mode() {
	case forced:
		if since < 0 || since >= busy {
			c.convert(at, 1)
			c.registers[regCtrlMeas] &^= 3
			c.registers[regStatus] &^= measuring
		}
	case normal:
		if since < 0 { // the clock was set back
			c.started, c.done, since = at, 0, 0
		}
		cycle := busy + standby[c.registers[regConfig]>>5]
		c.registers[regStatus] &^= measuring
		if since%cycle < busy {
			c.registers[regStatus] |= measuring
		}
		if done := int64((since-busy)/cycle) + 1; since >= busy && done > c.done {
			end := c.started.Add(time.Duration(done-1)*cycle + busy)
			c.convert(end, done-c.done)
			c.done = done
		}
	}
}

// standby is the pause between conversions in normal mode (table 27).
var standby = [8]time.Duration{
	500 * time.Microsecond, 62500 * time.Microsecond, 125 * time.Millisecond, 250 * time.Millisecond,
	500 * time.Millisecond, time.Second, 10 * time.Millisecond, 20 * time.Millisecond,
}

// oversampling is how often a quantity is converted (tables 20, 23, 24); 0
// skips it.
func oversampling(setting byte) int {
	return [8]int{0, 1, 2, 4, 8, 16, 16, 16}[setting&7]
}

// measureTime is the typical time that a conversion takes (appendix 9.1).
func (c *Chip) measureTime() time.Duration {
	t, p, h := c.settings()
	us := 1000 + 2000*oversampling(t)
	if n := oversampling(p); n > 0 {
		us += 2000*n + 500
	}
	if n := oversampling(h); n > 0 {
		us += 2000*n + 500
	}
	return time.Duration(us) * time.Microsecond
}

func (c *Chip) settings() (temperature, pressure, humidity byte) {
	m := c.registers[regCtrlMeas]
	return m >> 5, m >> 2 & 7, c.humidity
}

// clamp keeps a value within the chip's range.
func clamp(v, low, high float64) float64 { return math.Max(low, math.Min(high, v)) }
