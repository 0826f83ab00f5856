package scd4x

import (
	"errors"
	"sync"
	"time"
)

// Address is the chip's on the bus.
const Address = 0x62

// Sample is the air around the chip: CO2 in ppm, °C, percent relative humidity.
// It is what the chip says with its factory settings.
type Sample struct {
	CO2, Temperature, Humidity float64
}

// ErrNoAcknowledge is what a transfer ends with when the chip does not
// acknowledge it.
var ErrNoAcknowledge = errors.New("no acknowledge")

// Words of the variant (get_sensor_variant): the highest four bits tell.
const (
	variantSCD40   = 0x0440
	variantSCD41   = 0x1440
	variantForeign = 0xF440
)

type mode int

const (
	idle mode = iota
	measuring
	asleep
)

const (
	// periodic and lowPower are how often there is a measurement (3.5.1, 3.8.1).
	periodic = 5 * time.Second
	lowPower = 30 * time.Second
)

// settings are what the EEPROM holds (3.6, 3.7): words as the wire carries them.
type settings struct {
	offset   uint16 // of the temperature, 175/65535 K
	altitude uint16 // m
	asc      uint16 // automatic self-calibration, 1 is on
	target   uint16 // ppm
	initial  uint16 // h
	standard uint16 // h
}

// factory is 4 °C, sea level, and self-calibration to 400 ppm after 44 and then
// every 156 h.
var factory = settings{offset: 1498, asc: 1, target: 400, initial: 44, standard: 156}

// pressure is the ambient pressure in hPa after power-up. It is not persisted.
const pressure = 1013

// Chip is one SCD4x. SetFault and PowerCycle may be called concurrently with
// everything else; calls of Tx come one at a time.
type Chip struct {
	mu      sync.Mutex
	air     func(at time.Time) (Sample, bool)
	variant uint16
	fault   Fault

	eeprom     settings
	correction float64 // ppm, of forced recalibration; in an EEPROM of its own

	settings settings
	pressure uint16
	mode     mode
	begun    time.Time     // measuring
	cadence  time.Duration // of measuring
	taken    int64         // how many measurements are read or gone
	ran      time.Duration // how long it measured before it was stopped
	shot     time.Time     // when a single measurement is done; zero is none
	noCO2    bool          // that is of temperature and humidity only
	last     []uint16      // the last measurement given out

	busy   time.Time     // until when it acknowledges nothing
	took   time.Duration // what it is busy for
	answer []uint16      // to be fetched; nil is nothing
}

// New returns an SCD41 in the air that air tells of, idle as after power-up.
// Where air says false it acknowledges nothing.
func New(air func(at time.Time) (Sample, bool)) *Chip {
	c := &Chip{air: air, variant: variantSCD41, eeprom: factory}
	c.boot()
	return c
}

// NewSCD40 is New for an SCD40: it has no single measurements, no sleep, and no
// periods of self-calibration.
func NewSCD40(air func(at time.Time) (Sample, bool)) *Chip {
	c := New(air)
	c.variant = variantSCD40
	return c
}

// boot is the state after power-up.
func (c *Chip) boot() {
	c.settings, c.pressure = c.eeprom, pressure
	c.halt()
	c.ran, c.answer = 0, nil
}

// halt ends measuring.
func (c *Chip) halt() {
	c.mode, c.shot, c.taken = idle, time.Time{}, 0
}

// Tx is one transfer: w is a command with its words, then r is filled with the
// words of the answer, each with its CRC, and FF where they end. The chip
// acknowledges nothing while it is busy with a command, no command that it does
// not have or not in its state, no wrong CRC, and no reading of an answer that
// there is not. A command that takes 1 ms is done by the time it is over the
// wire; all others want a transfer of their own for the answer.
func (c *Chip) Tx(at time.Time, w, r []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(at)
	if _, alive := c.air(at); !alive || at.Before(c.busy) || len(w) == 0 && c.mode == asleep {
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

// settle takes note of a clock that was set back.
func (c *Chip) settle(at time.Time) {
	if c.busy.Sub(at) > c.took {
		c.busy = at
	}
	if c.mode == measuring && c.begun.After(at) {
		c.begun, c.taken = at, 0
	}
	if c.shot.Sub(at) > periodic {
		c.shot = at
	}
}
