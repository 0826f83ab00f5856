package maxbotix

import (
	"fmt"
	"math"
	"sync"
	"time"
)

// Baud is the speed of the chip's serial output.
const Baud = 9600

// Output is how the chip ends its lines.
type Output int

// The outputs.
const (
	// TTL ends a line with a carriage return: the HRXL-WR.
	TTL Output = iota
	// USB puts a space before it: the HRUSB.
	USB
)

// Fault is what is wrong with the chip.
type Fault int

// The faults.
const (
	// None is a sound chip.
	None Fault = iota
	// EchoLost hears nothing: 5000.
	EchoLost
	// TooNear hears something before the transducer, a drop or a spider: 300.
	TooNear
	// StrayFF sends bytes FF before its lines.
	StrayFF
)

const (
	nearest = 300  // mm; anything nearer reads as this
	nothing = 5000 // mm; the range's end, and what it says when nothing is heard

	cadence = 150 * time.Millisecond // 6.67 Hz
	// start is from power-up to the first of its lines.
	start = 50 * time.Millisecond
	// line is how long a line about itself takes at 9600 baud, and some.
	line = 30 * time.Millisecond
	// behind is how many lines of an unread output are kept: the older ones ran
	// out of the wire with nobody there.
	behind = 8
)

// banner is what it says of itself at power-up. One line begins with an R as a
// range does.
var banner = [...]string{
	"HRXL-MaxSonar-WR\r", "PN:MB7389\r", "Copyright 2011-2013\r", "MaxBotix Inc.\r", "RoHS 1.8b090  0713\r", "TempI\r",
}

// Chip is one ranger. Its methods may be called concurrently.
type Chip struct {
	output   Output
	distance func(at time.Time) (mm float64, ok bool)

	mu    sync.Mutex // guards what follows
	fault Fault
	next  time.Time // of the next line
	said  int       // lines of the banner
}

// New returns a chip above a surface at the given distance in mm that has been
// running for long. NaN is a surface that gives no echo. Where distance says
// false the chip is silent. distance must not call the chip.
func New(o Output, distance func(at time.Time) (mm float64, ok bool)) *Chip {
	return &Chip{output: o, distance: distance, said: len(banner)}
}

// PowerCycle cuts the supply for a moment: the chip begins again with the lines
// about itself.
func (c *Chip) PowerCycle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next, c.said = time.Time{}, 0
}

// SetFault puts a fault into the chip, or with None takes it away.
func (c *Chip) SetFault(f Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = f
}

// Receive ignores what the host sends: the chip's pin 4 is left high.
func (c *Chip) Receive(time.Time, []byte) {}

// Send returns the next line that the chip has sent by now, which the caller
// owns, or nil and when to ask again.
func (c *Chip) Send(now time.Time) (message []byte, next time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next.IsZero() || c.next.After(now.Add(cadence)) {
		// Just started, or the clock was set.
		c.next = now.Add(start)
		return nil, c.next
	}
	if oldest := now.Add(-behind * cadence); c.next.Before(oldest) {
		c.next = oldest
	}
	for !c.next.After(now) {
		at := c.next
		if c.said < len(banner) {
			c.next = at.Add(line)
			c.said++
			return []byte(banner[c.said-1]), now
		}
		c.next = at.Add(cadence)
		if mm, ok := c.distance(at); ok {
			return c.encode(c.hear(mm)), now
		}
	}
	return nil, c.next
}

// hear turns the true distance into what the chip makes of it.
func (c *Chip) hear(mm float64) int {
	switch {
	case c.fault == TooNear:
		return nearest
	case c.fault == EchoLost || math.IsNaN(mm) || mm > nothing:
		return nothing
	case mm < nearest:
		return nearest
	}
	return int(math.Round(mm))
}

func (c *Chip) encode(mm int) []byte {
	before, after := "", "\r"
	if c.fault == StrayFF {
		before = "\xFF\xFF"
	}
	if c.output == USB {
		after = " \r"
	}
	return fmt.Appendf(nil, "%sR%04d%s", before, mm, after)
}
