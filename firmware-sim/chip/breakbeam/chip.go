package breakbeam

import (
	"slices"
	"sync"
	"time"
)

// Interval is a time during which something blocks the beam.
type Interval struct {
	From, To time.Time
}

const (
	// window is how much of the road is asked for at once.
	window = time.Minute
	// longest is how far back a vehicle may have come that still stands in the
	// beam when the line is first looked at.
	longest = time.Minute
)

// Chip is one beam or loop. Its methods may be called concurrently.
type Chip struct {
	blocked   func(from, to time.Time) []Interval
	activeLow bool

	mu       sync.Mutex // guards what follows
	fault    Fault
	spans    []Interval // known, apart, in order; those long past are dropped
	from, to time.Time  // the time that spans tells about
	asked    time.Time  // the latest moment that was asked for, or told of
}

// New returns a detector that is blocked as told: blocked returns the intervals
// that begin at or after from and before to, in order; they may overlap, and it
// must not call the chip. With activeLow the line is low while the beam is
// blocked, as of an open collector or of a relay's contact that closes to
// ground, else high.
func New(activeLow bool, blocked func(from, to time.Time) []Interval) *Chip {
	return &Chip{blocked: blocked, activeLow: activeLow}
}

// PowerCycle changes nothing: the detector keeps nothing in mind.
func (c *Chip) PowerCycle() {}

// Level reports whether the line is high at a moment.
func (c *Chip) Level(at time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reach(at)
	for c.to.Compare(at) <= 0 {
		c.extend()
	}
	if i := c.after(at); i < len(c.spans) && !c.spans[i].From.After(at) {
		return !c.activeLow
	}
	return c.activeLow
}

// NextEdge returns the line's first change after one moment and not after
// another, and whether it goes high; ok is false where there is none.
func (c *Chip) NextEdge(after, limit time.Time) (at time.Time, high, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reach(after)
	for {
		at, active, ok := c.edge(after)
		// An edge is certain only once it is known that no other vehicle comes
		// before it.
		if ok && at.Before(c.to) {
			if at.After(limit) {
				return time.Time{}, false, false
			}
			c.asked = at
			return at, active != c.activeLow, true
		}
		if c.to.After(limit) {
			return time.Time{}, false, false
		}
		c.extend()
	}
}

// edge returns the first known change after a moment.
func (c *Chip) edge(after time.Time) (at time.Time, active, ok bool) {
	i := c.after(after)
	switch {
	case i == len(c.spans):
		return time.Time{}, false, false
	case c.spans[i].From.After(after):
		return c.spans[i].From, true, true
	}
	return c.spans[i].To, false, true
}

// after returns the index of the first span that ends after a moment.
func (c *Chip) after(at time.Time) int {
	i, _ := slices.BinarySearchFunc(c.spans, at, func(s Interval, at time.Time) int {
		if s.To.After(at) {
			return 1
		}
		return -1
	})
	return i
}

// reach makes sure that a moment is not before what is known, nor so far behind
// its end that asking for everything between would be waste; and forgets what
// is long past.
func (c *Chip) reach(at time.Time) {
	if c.from.IsZero() || at.Before(c.from) || at.Sub(c.to) > longest+window {
		c.spans, c.from = nil, at.Add(-longest)
		c.to, c.asked = c.from, at
		return
	}
	if at.After(c.asked) {
		c.asked = at
	}
	if old := c.after(at.Add(-longest - 1)); old > 0 {
		c.from = c.spans[old-1].To
		c.spans = c.spans[old:]
	}
}

// extend asks for one more window of the road.
func (c *Chip) extend() {
	end := c.to.Add(window)
	switch c.fault {
	case Stuck:
		c.add(Interval{c.to, end})
	case Blind:
	default:
		for _, s := range c.blocked(c.to, end) {
			if c.fault == Chattering {
				c.chatter(s)
			} else {
				c.add(s)
			}
		}
	}
	c.to = end
}

// add remembers a span, joined to the last one where they touch.
func (c *Chip) add(s Interval) {
	if !s.To.After(s.From) {
		return
	}
	if n := len(c.spans); n > 0 && !s.From.After(c.spans[n-1].To) {
		if s.To.After(c.spans[n-1].To) {
			c.spans[n-1].To = s.To
		}
		return
	}
	c.spans = append(c.spans, s)
}
