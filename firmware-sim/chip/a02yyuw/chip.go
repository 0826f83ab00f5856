package a02yyuw

import (
	"math"
	"time"
)

// Baud is the speed of the chip's UART.
const Baud = 9600

// What the chip can hear.
const (
	// blind is the nearest distance in mm; anything nearer reads as this.
	blind = 30
	// farthest is the greatest distance in mm that still gives an echo. The chip
	// is good up to 4500 only, yet says what it hears beyond.
	farthest = 5500
	// lost is what it says when no echo comes back.
	lost = 0
)

// Cadence of the smoothed output: 100 to 300 ms.
const (
	slow = 300 * time.Millisecond
	fast = 100 * time.Millisecond
	// steady is the change in mm up to which the chip takes its time.
	steady = 15
	// behind is how many frames of an unread line are kept: the older ones ran
	// out of the wire with nobody there.
	behind = 8
)

// Chip is one A02YYUW. It is not safe for concurrent use: the bus serialises
// what it carries.
type Chip struct {
	distance func(at time.Time) (mm float64, ok bool)
	next     time.Time
	last     float64
}

// New returns a chip above a surface at the given distance in mm. NaN is a
// surface that gives no echo. Where distance says false the chip is silent.
func New(distance func(at time.Time) (mm float64, ok bool)) *Chip {
	return &Chip{distance: distance}
}

// Receive ignores what the host sends.
func (c *Chip) Receive(time.Time, []byte) {}

// Send returns the next frame that the chip has sent by now, which the caller
// owns, or nil and when to ask again.
func (c *Chip) Send(now time.Time) (frame []byte, next time.Time) {
	if c.next.IsZero() || c.next.After(now.Add(slow)) {
		// Just started, or the clock was set.
		c.next = now.Add(fast)
		return nil, c.next
	}
	if oldest := now.Add(-behind * slow); c.next.Before(oldest) {
		c.next = oldest
	}
	for !c.next.After(now) {
		mm, ok := c.distance(c.next)
		if !ok {
			c.next = c.next.Add(slow)
			continue
		}
		cadence := slow
		if math.Abs(mm-c.last) > steady {
			cadence = fast
		}
		c.next, c.last = c.next.Add(cadence), mm
		return encode(hear(mm)), now
	}
	return nil, c.next
}

// hear turns the true distance into what the chip makes of it.
func hear(mm float64) uint16 {
	switch {
	case math.IsNaN(mm) || mm > farthest:
		return lost
	case mm < blind:
		return blind
	}
	return uint16(math.Round(mm))
}

// encode is FF, high byte, low byte, low byte of their sum.
func encode(mm uint16) []byte {
	h, l := byte(mm>>8), byte(mm)
	return []byte{0xFF, h, l, 0xFF + h + l}
}
