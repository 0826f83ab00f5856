package breakbeam

import "time"

// Fault is what is wrong with the detector.
type Fault int

// The faults. They take hold after the edge that was last looked at.
const (
	// None is a sound detector.
	None Fault = iota
	// Stuck is mud on the lens, a parked vehicle or a welded relay: active
	// without end.
	Stuck
	// Blind is a beam reflected past the vehicles, or a loop that is cut: never
	// active.
	Blind
	// Chattering is a worn relay: its contact opens once more, 2 ms after it
	// has closed and for 3 ms.
	Chattering
)

// When a chattering contact opens and closes again, after it has closed.
const (
	chatterOpen  = 2 * time.Millisecond
	chatterClose = 5 * time.Millisecond
)

// SetFault puts a fault into the detector, or with None takes it away.
func (c *Chip) SetFault(f Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.fault
	c.fault = f
	if c.from.IsZero() || f == was {
		return
	}
	// What lies ahead has to be looked at anew; a vehicle that stands in the
	// beam now stays in it.
	i := c.after(c.asked)
	if i < len(c.spans) && !c.spans[i].From.After(c.asked) {
		if was == Stuck {
			c.spans[i].To = c.asked.Add(1)
		}
		i++
	}
	c.spans, c.to = c.spans[:i], c.asked
}

// chatter remembers a span as a chattering contact shows it.
func (c *Chip) chatter(s Interval) {
	if open := s.From.Add(chatterOpen); s.To.After(s.From.Add(chatterClose)) {
		c.add(Interval{s.From, open})
		s.From = s.From.Add(chatterClose)
	}
	c.add(s)
}
