package sds011

import (
	"math"
	"sync"
	"time"
)

// Baud is the speed of the chip's UART.
const Baud = 9600

// Sample is particulate matter in µg/m³, cumulative. The chip says tenths of
// it, up to 999.9 for PM2.5 and 1999.9 for PM10.
type Sample struct {
	PM2_5, PM10 float64
}

const (
	// cadence is how often the chip reports when it works continuously.
	cadence = time.Second
	// work is how long the fan runs in every working period, and how long after
	// waking readings are not yet good.
	work = 30 * time.Second
	// behind is how many frames of an unread line are kept: the older ones ran
	// out of the wire with nobody there.
	behind = 8
)

// Chip is one SDS011. SetFault and PowerCycle may be called concurrently with
// everything else; calls of Receive and Send come one at a time.
type Chip struct {
	mu  sync.Mutex
	air func(at time.Time) (Sample, bool)

	// What survives the loss of power.
	id      [2]byte
	onQuery bool          // reports only when queried
	period  time.Duration // 0 works continuously

	asleep bool
	cold   bool      // the supply came back and nobody has called since
	since  time.Time // when the fan started; zero is long ago
	wakes  int
	blank  bool      // the next reading is 0 and 0
	next   time.Time // of the next report

	last    Sample // the last reading said
	said    bool
	fault   Fault
	in      []byte // an unfinished command
	answers [][]byte
}

// New returns a chip that breathes what air says, with the id A160, as it comes
// from the factory: reporting by itself and working continuously. It has been
// running for long. Where air says false the chip is silent: it sends no frame
// and answers no query.
func New(air func(at time.Time) (Sample, bool)) *Chip {
	return &Chip{air: air, id: [2]byte{0xA1, 0x60}}
}

// Send returns the next message that the chip has sent by now, which the caller
// owns, or nil and when to ask again; a zero time means not before something is
// received.
func (c *Chip) Send(now time.Time) (message []byte, next time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(now)
	if len(c.answers) > 0 {
		message, c.answers = c.answers[0], c.answers[1:]
		return message, now
	}
	if c.asleep || c.onQuery {
		return nil, time.Time{}
	}
	every := c.every()
	if late := now.Sub(c.next); late > behind*every {
		c.next = c.next.Add((late/every - behind) * every)
	}
	for !c.next.After(now) {
		at := c.next
		c.next = at.Add(every)
		if s, ok := c.read(at); ok {
			return c.report(s), now
		}
	}
	return nil, c.next
}

// every is the time between two reports.
func (c *Chip) every() time.Duration {
	if c.period > 0 {
		return c.period
	}
	return cadence
}

// settle takes note of a supply that came back, a first call, or a clock that
// was set back.
func (c *Chip) settle(now time.Time) {
	switch {
	case c.cold:
		c.wake(now)
	case c.next.IsZero():
		c.arm(now)
	case c.next.After(now.Add(max(work, c.every()))):
		if !c.since.IsZero() {
			c.since = now
		}
		c.arm(now)
	}
}

// wake starts the fan. Every second time the first reading afterwards comes too
// early and is 0 and 0.
func (c *Chip) wake(at time.Time) {
	c.cold, c.asleep, c.since = false, false, at
	c.wakes++
	c.blank = c.period == 0 && c.wakes%2 == 1
	c.arm(at)
}

// arm begins the reports anew.
func (c *Chip) arm(at time.Time) {
	c.next = at.Add(cadence)
	if c.period > 0 {
		c.next = at.Add(work)
	}
}

// read returns the chip's reading at a moment. While it rests in a working
// period this is what it read at the end of its work.
func (c *Chip) read(at time.Time) (Sample, bool) {
	age := at.Sub(c.since)
	if c.period > 0 {
		age %= c.period
		if age > work {
			at, age = at.Add(work-age), work
		}
	}
	s, ok := c.air(at)
	if !ok {
		return Sample{}, false
	}
	if !c.since.IsZero() && age < work {
		part := 1 - math.Exp(-age.Seconds()/8)
		s.PM2_5, s.PM10 = part*s.PM2_5, part*s.PM10
	}
	switch {
	case c.fault == Stuck && c.said:
		return c.last, true
	case c.fault == FanStopped || c.blank:
		s = Sample{}
	case c.fault == Blinded:
		s = Sample{math.Inf(1), math.Inf(1)}
	}
	c.blank, c.last, c.said = false, s, true
	return s, true
}
