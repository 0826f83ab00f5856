package tippingbucket

import (
	"slices"
	"sync"
	"time"
)

// Fault is what is wrong with the gauge.
type Fault int

// The faults. They take hold with the first tip that has not been looked at
// yet.
const (
	// None is a sound gauge.
	None Fault = iota
	// Bouncing is a worn reed: the contact opens and closes a few times within
	// 2 ms of closing and of opening.
	Bouncing
	// DoubleClosing is a bucket that swings back: every tip closes the contact
	// a second time, 15 ms after it has opened.
	DoubleClosing
	// Blocked is a funnel full of leaves: the water runs over it.
	Blocked
	// Welded is a reed that stays closed.
	Welded
)

const (
	// step is the grid on which rain is added up. It lies at whole seconds of
	// the clock, so that the tips do not depend on when somebody looks.
	step = time.Second
	// closed is how long the contact is closed at a tip.
	closed = 80 * time.Millisecond
	// turn is the shortest time between two tips; faster water waits.
	turn = 250 * time.Millisecond
	// keep is how long past tips are known. A gauge that nobody looks at for
	// longer begins anew: nobody was there to count.
	keep = 24 * time.Hour
)

// pulse is a time during which the contact is closed.
type pulse struct {
	from, to time.Time
}

// Chip is one gauge. Its methods may be called concurrently.
type Chip struct {
	tipMM float64
	rain  func(at time.Time) (mmPerHour float64, ok bool)

	mu       sync.Mutex // guards what follows
	fault    Fault
	pulses   []pulse   // known, in order, apart
	from, to time.Time // the time that pulses tells about
	waterMM  float64   // in the bucket at to
	tipped   time.Time // the last tip
}

// New returns an empty gauge that tips at every tipMM millimetres of rain, which
// must be above 0: 0.1, 0.2, 0.25, 0.2794, 0.5 and 1 are common. rain is the
// rate; where it says false, or less than 0, no rain falls. rain must not call
// the chip. The gauge begins at the moment it is first looked at.
func New(tipMM float64, rain func(at time.Time) (mmPerHour float64, ok bool)) *Chip {
	return &Chip{tipMM: tipMM, rain: rain}
}

// PowerCycle changes nothing: a reed has no supply, and the water stays in the
// bucket.
func (c *Chip) PowerCycle() {}

// SetFault puts a fault into the gauge, or with None takes it away.
func (c *Chip) SetFault(f Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = f
}

// Level reports whether the line is high, which is that the contact is open.
func (c *Chip) Level(at time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reach(at)
	for !c.to.After(at) {
		c.extend()
	}
	i := c.after(at)
	return i == len(c.pulses) || c.pulses[i].from.After(at)
}

// NextEdge returns the line's first change after one moment and not after
// another, and whether it goes high; ok is false where there is none.
func (c *Chip) NextEdge(after, limit time.Time) (at time.Time, high, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reach(after)
	for {
		if i := c.after(after); i < len(c.pulses) {
			at, high = c.pulses[i].from, false
			if !at.After(after) {
				at, high = c.pulses[i].to, true
			}
			// What lies at the end of what is known may yet be prolonged.
			if at.Before(c.to) {
				return at, high, !at.After(limit)
			}
		}
		if c.to.After(limit) {
			return time.Time{}, false, false
		}
		c.extend()
	}
}

// after returns the index of the first pulse that ends after a moment.
func (c *Chip) after(at time.Time) int {
	i, _ := slices.BinarySearchFunc(c.pulses, at, func(p pulse, at time.Time) int {
		if p.to.After(at) {
			return 1
		}
		return -1
	})
	return i
}

// reach makes sure that a moment is not before what is known nor too far behind
// its end, and forgets what is long past.
func (c *Chip) reach(at time.Time) {
	if c.from.IsZero() || at.Before(c.from) || at.Sub(c.to) > keep {
		c.pulses = nil
		c.from = at.Truncate(step)
		c.to, c.tipped = c.from, time.Time{}
		return
	}
	if old := at.Add(-2 * keep); c.from.Before(old) {
		c.from = old.Add(keep)
		c.pulses = slices.Clone(c.pulses[c.after(c.from):])
	}
}

// extend adds up one more step of rain.
func (c *Chip) extend() {
	end := c.to.Add(step)
	if c.fault == Welded {
		c.close(pulse{c.to, end})
	}
	rate, ok := c.rain(c.to.Add(step / 2))
	if !ok || !(rate > 0) || c.fault == Blocked {
		rate = 0
	}
	fallen := rate * step.Hours()
	start := c.waterMM
	for c.waterMM = start + fallen; c.waterMM >= c.tipMM; c.waterMM -= c.tipMM {
		at := c.to
		if start < c.tipMM {
			at = at.Add(time.Duration((c.tipMM - start) / fallen * float64(step)))
		}
		if soonest := c.tipped.Add(turn); at.Before(soonest) {
			at = soonest
		}
		if !at.Before(end) {
			break // the funnel holds the rest back
		}
		c.tip(at)
		start -= c.tipMM
	}
	c.to = end
}

// tip closes the contact as a tip does.
func (c *Chip) tip(at time.Time) {
	c.tipped = at
	end := at.Add(closed)
	switch c.fault {
	case Welded:
	case Bouncing:
		for _, p := range []struct{ from, to time.Duration }{
			{0, 300}, {700, 1100}, {1900, 80000}, {80500, 80800}, {81500, 81700},
		} {
			c.close(pulse{at.Add(p.from * time.Microsecond), at.Add(p.to * time.Microsecond)})
		}
	case DoubleClosing:
		c.close(pulse{at, end})
		again := end.Add(15 * time.Millisecond)
		c.close(pulse{again, again.Add(closed / 2)})
	default:
		c.close(pulse{at, end})
	}
}

// close adds a pulse, joined to the last one where they touch.
func (c *Chip) close(p pulse) {
	if n := len(c.pulses); n > 0 && !p.from.After(c.pulses[n-1].to) {
		if p.to.After(c.pulses[n-1].to) {
			c.pulses[n-1].to = p.to
		}
		return
	}
	c.pulses = append(c.pulses, p)
}
