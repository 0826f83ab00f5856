package pms5003

import (
	"math"
	"sync"
	"time"
)

// Baud is the speed of the chip's UART.
const Baud = 9600

// Mass is particulate matter in µg/m³, cumulative.
type Mass struct {
	PM1, PM2_5, PM10 float64
}

// Sample is what the chip finds in the air, by both of its calibrations.
type Sample struct {
	CF1, Atmospheric Mass
}

// Cadence of active mode (manual, "mode"): slow while the air is steady, fast
// while it changes. The manual's fast mode is 0.2 to 0.8 s.
const (
	slow = 2300 * time.Millisecond
	fast = 800 * time.Millisecond
	// steady is the change of PM2.5 in µg/m³ up to which the air is steady.
	steady = 10
	// warmUp is how long after waking the fan has not yet settled.
	warmUp = 30 * time.Second
	// behind is how many frames of an unread line are kept: the older ones ran
	// out of the wire with nobody there.
	behind = 8
)

// Chip is one PMS5003. It has been running for long when it is made. SetFault
// and PowerCycle may be called concurrently with everything else; calls of
// Receive and Send come one at a time.
type Chip struct {
	mu      sync.Mutex
	air     func(at time.Time) (Sample, bool)
	passive bool
	asleep  bool
	cold    bool // the supply came back and nobody has called since
	woke    time.Time
	next    time.Time // of the next frame in active mode
	last    Sample    // of the frame before
	said    bool      // there was one
	fault   Fault
	in      []byte // an unfinished command
	answers [][]byte
}

// New returns a chip that breathes what air says. Where air says false the chip
// is silent: it sends no frame and answers no request for one.
func New(air func(at time.Time) (Sample, bool)) *Chip {
	return &Chip{air: air}
}

// Send returns the next message that the chip has sent by now, which the caller
// owns, or nil and when to ask again; a zero time means not before something is
// received.
func (c *Chip) Send(now time.Time) (message []byte, next time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.power(now)
	if len(c.answers) > 0 {
		message, c.answers = c.answers[0], c.answers[1:]
		return message, now
	}
	if c.asleep || c.passive {
		return nil, time.Time{}
	}
	if c.next.IsZero() || c.next.After(now.Add(slow)) {
		// Just started, or the clock was set.
		c.next = now.Add(fast)
		return nil, c.next
	}
	if oldest := now.Add(-behind * slow); c.next.Before(oldest) {
		c.next = oldest
	}
	for !c.next.After(now) {
		at := c.next
		before := c.last.Atmospheric.PM2_5
		f, ok := c.frame(at)
		if !ok {
			c.next = at.Add(slow)
			continue
		}
		c.next = at.Add(slow)
		if math.Abs(c.last.Atmospheric.PM2_5-before) > steady {
			c.next = at.Add(fast)
		}
		return f, now
	}
	return nil, c.next
}

// power takes note of a supply that came back.
func (c *Chip) power(now time.Time) {
	if c.cold {
		c.cold, c.woke, c.next = false, now, time.Time{}
	}
}

// frame is what the chip says at a moment, faults and all.
func (c *Chip) frame(at time.Time) ([]byte, bool) {
	s, ok := c.breathe(at)
	if !ok {
		return nil, false
	}
	if c.fault != None && c.said {
		s = c.last
	}
	c.last, c.said = s, true
	return encode(s, c.fault == FanStopped), true
}

// breathe returns what the chip finds: too little while its fan spins up.
func (c *Chip) breathe(at time.Time) (Sample, bool) {
	s, ok := c.air(at)
	if !ok || c.woke.IsZero() || at.Sub(c.woke) >= warmUp {
		return s, ok
	}
	part := 1 - math.Exp(-at.Sub(c.woke).Seconds()/8)
	for _, m := range []*Mass{&s.CF1, &s.Atmospheric} {
		m.PM1, m.PM2_5, m.PM10 = part*m.PM1, part*m.PM2_5, part*m.PM10
	}
	return s, true
}
