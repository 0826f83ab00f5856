package ads1115

import (
	"errors"
	"math"
	"sync"
	"time"
)

// Registers, by the two low bits of the pointer (data sheet, 9.6.1).
const (
	regConversion = iota
	regConfig
	regLow
	regHigh
)

// Values at power-up and bits of the config register (9.6.3, 9.6.4).
const (
	configReset = 0x8583
	lowReset    = 0x8000
	highReset   = 0x7FFF

	bitOS     = 1 << 15 // written: start; read: no conversion under way
	bitSingle = 1 << 8  // power down after a conversion
)

// wake is how long the chip takes to power up for a single conversion (9.4.2.1).
const wake = 25 * time.Microsecond

// ErrSilent is what a transfer ends with while the chip does not answer: no
// acknowledge.
var ErrSilent = errors.New("no acknowledge")

// Fault is what is wrong within the chip.
type Fault int

// The faults.
const (
	// None is a sound chip.
	None Fault = iota
	// Stuck converts and says so, but the result stays as it is.
	Stuck
	// Slow is an oscillator at the slow end of its tolerance: a conversion
	// takes a tenth longer (7.5, data rate variation ±10 %).
	Slow
)

// Chip is one ADS1115. Its methods may be called concurrently.
type Chip struct {
	inputs func(at time.Time) (volts [4]float64, ok bool)

	mu        sync.Mutex // guards what follows
	fault     Fault
	registers [4]uint16 // config without its OS bit
	pointer   byte
	busy      bool
	began     time.Time // the conversion under way
	with      uint16    // config that it began with
}

// New returns a chip whose inputs AIN0 to AIN3 carry what inputs says, in volts
// against ground. Where inputs says false the chip acknowledges nothing. inputs
// must not call the chip.
func New(inputs func(at time.Time) (volts [4]float64, ok bool)) *Chip {
	c := &Chip{inputs: inputs}
	c.reset()
	return c
}

func (c *Chip) reset() {
	c.registers = [4]uint16{regConfig: configReset &^ bitOS, regLow: lowReset, regHigh: highReset}
	c.pointer, c.busy = 0, false
}

// PowerCycle cuts the supply for a moment: every register is as at power-up.
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
	if _, ok := c.inputs(at); !ok {
		return ErrSilent
	}
	c.advance(at)
	if len(w) > 0 {
		c.pointer = w[0] & 3
	}
	if len(w) >= 3 {
		c.write(at, uint16(w[1])<<8|uint16(w[2]))
	}
	v := c.registers[c.pointer]
	if c.pointer == regConfig && !c.busy {
		v |= bitOS
	}
	for i := range r {
		r[i] = byte(v >> (8 * (1 - i%2)))
	}
	return nil
}

func (c *Chip) write(at time.Time, v uint16) {
	switch c.pointer {
	case regConversion: // read-only
		return
	case regConfig:
		c.registers[regConfig] = v &^ bitOS
		if !c.busy && (v&bitOS != 0 || v&bitSingle == 0) {
			c.busy, c.began, c.with = true, at, v
		}
	default:
		c.registers[c.pointer] = v
	}
}

// advance brings the registers to a moment. A change of the config takes effect
// when the conversion under way has ended (9.4.2.2).
func (c *Chip) advance(at time.Time) {
	if c.began.After(at) { // the clock was set back
		c.began = at
	}
	for c.busy {
		period := c.period(c.with)
		done := at.Sub(c.began) / period
		if done == 0 {
			return
		}
		config := c.registers[regConfig]
		if config&^bitOS != c.with&^bitOS {
			done = 1
		}
		if config&bitSingle != 0 {
			done, c.busy = 1, false
		}
		c.began = c.began.Add(done * period)
		c.convert(c.began)
		c.with = config
	}
}

// period is how long a conversion takes: one over the data rate.
func (c *Chip) period(config uint16) time.Duration {
	p := time.Second / time.Duration([8]int{8, 16, 32, 64, 128, 250, 475, 860}[config>>5&7])
	if config&bitSingle != 0 {
		p += wake
	}
	if c.fault == Slow {
		p += p / 10
	}
	return p
}

// fullScale is the span of the gain amplifier in volts, to both sides of 0.
var fullScale = [8]float64{6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256}

// convert puts what the inputs carry into the conversion register.
func (c *Chip) convert(at time.Time) {
	volts, ok := c.inputs(at)
	if !ok || c.fault == Stuck {
		return
	}
	v := 0.0
	switch mux := c.with >> 12 & 7; mux {
	case 0:
		v = volts[0] - volts[1]
	case 1, 2, 3:
		v = volts[mux-1] - volts[3]
	default:
		v = volts[mux-4]
	}
	code := math.Round(v / fullScale[c.with>>9&7] * (1 << 15))
	code = math.Max(math.MinInt16, math.Min(math.MaxInt16, code))
	c.registers[regConversion] = uint16(int16(code))
}
