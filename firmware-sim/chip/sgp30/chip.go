package sgp30

import (
	"errors"
	"math"
	"sync"
	"time"
)

// Address is the chip's on the bus.
const Address = 0x58

// Sample is what the chip finds in the air: total volatile organic compounds in
// ppb, up to 60000, and equivalent CO2 in ppm, 400 to 60000.
type Sample struct {
	TVOC, ECO2 float64
}

// ErrNoAcknowledge is what a transfer ends with when the chip does not
// acknowledge it.
var ErrNoAcknowledge = errors.New("no acknowledge")

const (
	// initial is how long after init_air_quality the chip says clean air.
	initial = 15 * time.Second
	clean   = 400 // ppm
	most    = 60000

	// featureSet is product type 0, version 22 of an SGP30; an SGPC3 has product
	// type 1.
	featureSet        = 0x0022
	foreignFeatureSet = 0x1006

	testPassed = 0xD400
	testFailed = 0x0000

	// What the baselines become by themselves: usual values.
	usualCO2  = 0x8973
	usualTVOC = 0x8AAE
)

// Chip is one SGP30. SetFault and PowerCycle may be called concurrently with
// everything else; calls of Tx come one at a time.
type Chip struct {
	mu    sync.Mutex
	air   func(at time.Time) (Sample, bool)
	fault Fault

	running           bool // air quality was initialised
	begun             time.Time
	co2Base, tvocBase uint16
	last              []uint16 // the last air quality given out

	busy   time.Time     // until when it acknowledges nothing
	took   time.Duration // what it is busy for
	answer []uint16      // to be fetched; nil is nothing
}

// New returns a chip in the air that air tells of, idle as after power-up. Where
// air says false it acknowledges nothing.
func New(air func(at time.Time) (Sample, bool)) *Chip {
	return &Chip{air: air}
}

// Tx is one transfer: w is a command with its words, then r is filled with the
// words of the answer, each with its CRC, and FF where they end. While a command
// executes the chip acknowledges nothing, so that an answer wants a transfer of
// its own; nor does it acknowledge a command that it does not have, a wrong CRC,
// or a read when there is no answer.
func (c *Chip) Tx(at time.Time, w, r []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy.Sub(at) > c.took { // the clock was set back
		c.busy = at
	}
	if c.begun.After(at) {
		c.begun = at
	}
	if _, alive := c.air(at); !alive || at.Before(c.busy) {
		return ErrNoAcknowledge
	}
	if len(w) > 0 {
		if words, ok := decode(w); !ok || !c.command(at, words[0], words[1:]) {
			return ErrNoAcknowledge
		}
	}
	if len(r) == 0 {
		return nil
	}
	if c.answer == nil || at.Before(c.busy) {
		return ErrNoAcknowledge
	}
	for i := range r {
		r[i] = 0xFF
	}
	copy(r, encode(c.answer))
	c.answer = nil
	return nil
}

// measure is equivalent CO2 and TVOC as the chip says them. Without init it says
// clean air for ever, as after a reset that nobody noticed.
func (c *Chip) measure(at time.Time) []uint16 {
	s, ok := c.air(at)
	switch {
	case !ok:
		return nil
	case c.fault == Stuck && c.last != nil:
		return c.last
	case !c.running || at.Sub(c.begun) < initial || c.fault == HeaterOff:
		return []uint16{clean, 0}
	}
	c.last = []uint16{word(math.Max(clean, math.Min(most, s.ECO2))), word(math.Min(most, s.TVOC))}
	return c.last
}

// raw are the signals of H2 and ethanol that go with the sample: 512 ticks less
// for every factor e above the reference concentration.
func (c *Chip) raw(at time.Time) []uint16 {
	s, ok := c.air(at)
	if !ok {
		return nil
	}
	if c.fault == HeaterOff {
		return []uint16{0, 0}
	}
	ticks := func(reference, ratio float64) uint16 { return word(reference - 512*math.Log(math.Max(1, ratio))) }
	return []uint16{ticks(13500, s.ECO2/clean), ticks(18500, 1+s.TVOC/400)}
}

// baselines are those of equivalent CO2 and TVOC: 0 while there is none, until
// the chip has found its own or was given one.
func (c *Chip) baselines(at time.Time) (co2, tvoc uint16) {
	co2, tvoc = c.co2Base, c.tvocBase
	if c.running && at.Sub(c.begun) >= initial {
		if co2 == 0 {
			co2 = usualCO2
		}
		if tvoc == 0 {
			tvoc = usualTVOC
		}
	}
	return co2, tvoc
}

func word(v float64) uint16 { return uint16(math.Max(0, math.Round(v))) }
