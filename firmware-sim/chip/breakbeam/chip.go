package breakbeam

import "time"

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

// Chip is one beam. It is not safe for concurrent use: the bus serialises what
// it carries.
type Chip struct {
	blocked   func(from, to time.Time) []Interval
	activeLow bool

	spans    []Interval // known, merged, in order; those long past are dropped
	from, to time.Time  // the time that spans tells about
}

// New returns a beam that is blocked as told: blocked returns the intervals
// that begin at or after from and before to, in order; they may overlap. With
// activeLow the line is low while the beam is blocked, as of a detector with an
// open collector, else high.
func New(activeLow bool, blocked func(from, to time.Time) []Interval) *Chip {
	return &Chip{blocked: blocked, activeLow: activeLow}
}

// Level reports whether the line is high at a moment.
func (c *Chip) Level(at time.Time) bool {
	c.reach(at)
	for c.to.Compare(at) <= 0 {
		c.extend()
	}
	for _, s := range c.spans {
		if !s.From.After(at) && s.To.After(at) {
			return !c.activeLow
		}
	}
	return c.activeLow
}

// NextEdge returns the line's first change after one moment and not after
// another, and whether it goes high; ok is false where there is none.
func (c *Chip) NextEdge(after, limit time.Time) (at time.Time, high, ok bool) {
	c.reach(after)
	for {
		at, active, ok := c.edge(after)
		// An edge is certain only once it is known that no other vehicle comes
		// before it.
		if ok && at.Before(c.to) {
			return at, active != c.activeLow, !at.After(limit)
		}
		if c.to.After(limit) {
			return time.Time{}, false, false
		}
		c.extend()
	}
}

// edge returns the first known change after a moment.
func (c *Chip) edge(after time.Time) (at time.Time, active, ok bool) {
	for _, s := range c.spans {
		switch {
		case s.From.After(after):
			return s.From, true, true
		case s.To.After(after):
			return s.To, false, true
		}
	}
	return time.Time{}, false, false
}

// reach makes sure that a moment is not before what is known, nor so far behind
// its end that asking for everything between would be waste; and forgets what
// is long past.
func (c *Chip) reach(at time.Time) {
	if c.from.IsZero() || at.Before(c.from) || at.Sub(c.to) > longest+window {
		c.spans, c.from = nil, at.Add(-longest)
		c.to = c.from
		return
	}
	for len(c.spans) > 0 && at.Sub(c.spans[0].To) > longest {
		c.from = c.spans[0].To
		c.spans = c.spans[1:]
	}
}

// extend asks for one more window of the road.
func (c *Chip) extend() {
	end := c.to.Add(window)
	for _, s := range c.blocked(c.to, end) {
		if !s.To.After(s.From) {
			continue
		}
		if n := len(c.spans); n > 0 && !s.From.After(c.spans[n-1].To) {
			if s.To.After(c.spans[n-1].To) {
				c.spans[n-1].To = s.To
			}
			continue
		}
		c.spans = append(c.spans, s)
	}
	c.to = end
}
