package aht20

import (
	"errors"
	"math"
	"sync"
	"time"
)

// Address is the chip's on the bus.
const Address = 0x38

// Sample is the air around the chip: °C and percent relative humidity. Beyond
// its range (-40 to 85 °C, 0 to 100 %) it shows the range's end.
type Sample struct {
	Temperature, Humidity float64
}

// ErrNoAcknowledge is what a transfer ends with when the chip does not
// acknowledge it.
var ErrNoAcknowledge = errors.New("no acknowledge")

// Commands, with the bytes that belong to them.
const (
	cmdStatus  = 0x71
	cmdInit    = 0xBE // 08 00
	cmdTrigger = 0xAC // 33 00
	cmdReset   = 0xBA
)

// Bits of the status.
const (
	busy       = 1 << 7
	calibrated = 1<<4 | 1<<3 // bit 4 is reserved, yet the manual wants both
)

const (
	initTakes    = 10 * time.Millisecond
	measureTakes = 80 * time.Millisecond
	resetTakes   = 20 * time.Millisecond
)

// Chip is one AHT20. SetFault and PowerCycle may be called concurrently with
// everything else; calls of Tx come one at a time.
type Chip struct {
	mu    sync.Mutex
	air   func(at time.Time) (Sample, bool)
	fault Fault

	calibrated bool
	deaf       time.Time // resetting: until when it acknowledges nothing
	busy       time.Time // until when; zero is idle
	measures   bool      // that is a measurement
	data       [5]byte   // 20 bits of humidity and 20 of temperature
	measured   bool      // there are any
}

// New returns a chip in the air that air tells of, as after power-up. Where air
// says false it acknowledges nothing.
func New(air func(at time.Time) (Sample, bool)) *Chip {
	c := &Chip{air: air}
	c.boot()
	return c
}

// boot is the state after power-up and reset.
func (c *Chip) boot() {
	c.calibrated = c.fault != Uncalibrated && c.fault != CalibrationLost
	c.busy, c.measures = time.Time{}, false
	if c.fault != Stuck {
		c.data, c.measured = [5]byte{}, false
	}
}

// Tx is one transfer: w is a command, then r is filled with status, data and
// CRC, and FF behind. A chip that is busy says so in its status and still shows
// the data before; it does not begin anew. While it resets it acknowledges
// nothing, and never a command that it does not have.
func (c *Chip) Tx(at time.Time, w, r []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deaf.Sub(at) > resetTakes || c.busy.Sub(at) > measureTakes { // the clock was set back
		c.deaf, c.busy = at, at
	}
	if _, alive := c.air(at); !alive || at.Before(c.deaf) {
		return ErrNoAcknowledge
	}
	c.finish(at)
	if len(w) > 0 && !c.command(at, w) {
		return ErrNoAcknowledge
	}
	if len(r) == 0 {
		return nil
	}
	if at.Before(c.deaf) {
		return ErrNoAcknowledge
	}
	for i := range r {
		r[i] = 0xFF
	}
	answer := append([]byte{c.status()}, c.data[:]...)
	copy(r, append(answer, crc(answer)))
	return nil
}

func (c *Chip) status() (s byte) {
	if c.calibrated {
		s |= calibrated
	}
	if !c.busy.IsZero() {
		s |= busy
	}
	return s
}

func (c *Chip) command(at time.Time, w []byte) bool {
	idle := c.busy.IsZero()
	switch {
	case len(w) == 1 && w[0] == cmdStatus:
	case len(w) == 1 && w[0] == cmdReset:
		c.boot()
		c.deaf = at.Add(resetTakes)
	case len(w) == 3 && w[0] == cmdInit && w[1] == 0x08 && w[2] == 0:
		if idle {
			c.busy, c.measures = at.Add(initTakes), false
		}
	case len(w) == 3 && w[0] == cmdTrigger && w[1] == 0x33 && w[2] == 0:
		if idle {
			c.busy, c.measures = at.Add(measureTakes), true
		}
	default:
		return false
	}
	return true
}

// finish ends what the chip was busy with.
func (c *Chip) finish(at time.Time) {
	if c.busy.IsZero() || at.Before(c.busy) {
		return
	}
	end := c.busy
	c.busy = time.Time{}
	if !c.measures {
		c.calibrated = c.fault != CalibrationLost
		return
	}
	if c.fault == Stuck && c.measured || !c.calibrated {
		return
	}
	if s, ok := c.air(end); ok {
		c.data, c.measured = encode(s), true
	}
}

// encode is a measurement: humidity in 2^-20 of 100 %, temperature in 2^-20 of
// 200 K above -50 °C.
func encode(s Sample) [5]byte {
	part := func(v, low, high, zero, span float64) uint32 {
		v = math.Max(low, math.Min(high, v))
		return uint32(math.Min(1<<20-1, math.Round((v-zero)/span*(1<<20))))
	}
	h, t := part(s.Humidity, 0, 100, 0, 100), part(s.Temperature, -40, 85, -50, 200)
	return [5]byte{byte(h >> 12), byte(h >> 4), byte(h<<4) | byte(t>>16), byte(t >> 8), byte(t)}
}

// crc has the polynomial 31 and starts with FF.
func crc(b []byte) byte {
	sum := byte(0xFF)
	for _, v := range b {
		sum ^= v
		for range 8 {
			carry := sum&0x80 != 0
			sum <<= 1
			if carry {
				sum ^= 0x31
			}
		}
	}
	return sum
}
