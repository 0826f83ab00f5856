package jsnsr04t

import (
	"bytes"
	"math"
	"sync"
	"time"
)

// Baud is the speed of the chip's UART.
const Baud = 9600

// Model is which of the two boards it is.
type Model int

// The boards.
const (
	// JSNSR04T sums all three bytes, reaches from 250 to 6000 mm, sends every
	// 100 ms by itself and measures on 55.
	JSNSR04T Model = iota
	// AJSR04M sums the distance's two bytes only, reaches from 200 to 6000 mm,
	// sends every 120 ms by itself and measures on 01, and on 55 as well.
	AJSR04M
)

// Mode is what the mode resistor sets.
type Mode int

// The serial modes.
const (
	// FreeRun measures and sends by itself.
	FreeRun Mode = iota
	// OnRequest measures when it is told to.
	OnRequest
)

// Fault is what is wrong at the transducer.
type Fault int

// The faults.
const (
	// None is a sound chip.
	None Fault = iota
	// EchoLost is a surface that swallows the echo, or foam: distance 0.
	EchoLost
	// OutOfWindow is an echo that came back over a detour: a distance beyond
	// the chip's range.
	OutOfWindow
	// Wet is a drop on the transducer: always the nearest distance.
	Wet
)

const (
	farthest = 6000 // mm
	lost     = 0    // what it says when no echo comes back
	detour   = 9830 // mm
	// measuring is from a request to its answer: the longest echo takes 35 ms.
	measuring = 50 * time.Millisecond
	// behind is how many frames of an unread line are kept: the older ones ran
	// out of the wire with nobody there.
	behind = 8
)

// Chip is one ranger. Its methods may be called concurrently.
type Chip struct {
	model    Model
	mode     Mode
	distance func(at time.Time) (mm float64, ok bool)

	mu    sync.Mutex // guards what follows
	fault Fault
	next  time.Time // of the next frame; zero: none under way
}

// New returns a chip above a surface at the given distance in mm. NaN is a
// surface that gives no echo. Where distance says false the chip is silent.
// distance must not call the chip.
func New(model Model, mode Mode, distance func(at time.Time) (mm float64, ok bool)) *Chip {
	return &Chip{model: model, mode: mode, distance: distance}
}

// PowerCycle cuts the supply for a moment: a measurement under way is lost.
func (c *Chip) PowerCycle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next = time.Time{}
}

// SetFault puts a fault before the transducer, or with None takes it away.
func (c *Chip) SetFault(f Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = f
}

// Receive takes bytes that the host has sent. While the chip measures, further
// requests are not heard.
func (c *Chip) Receive(at time.Time, b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mode != OnRequest || !c.next.IsZero() {
		return
	}
	if bytes.IndexByte(b, 0x55) >= 0 || c.model == AJSR04M && bytes.IndexByte(b, 0x01) >= 0 {
		c.next = at.Add(measuring)
	}
}

// Send returns the next frame that the chip has sent by now, which the caller
// owns, or nil and when to ask again; a zero time means not before something is
// received.
func (c *Chip) Send(now time.Time) (frame []byte, next time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mode == OnRequest {
		return c.answer(now)
	}
	cadence := c.cadence()
	if c.next.IsZero() || c.next.After(now.Add(cadence)) {
		// Just started, or the clock was set.
		c.next = now.Add(cadence)
		return nil, c.next
	}
	if oldest := now.Add(-behind * cadence); c.next.Before(oldest) {
		c.next = oldest
	}
	for !c.next.After(now) {
		at := c.next
		c.next = at.Add(cadence)
		if mm, ok := c.distance(at); ok {
			return c.encode(c.hear(mm)), now
		}
	}
	return nil, c.next
}

// answer sends the frame that was asked for.
func (c *Chip) answer(now time.Time) (frame []byte, next time.Time) {
	if c.next.IsZero() || c.next.After(now) && c.next.Sub(now) <= measuring {
		return nil, c.next
	}
	at := c.next
	c.next = time.Time{}
	if mm, ok := c.distance(at); ok {
		return c.encode(c.hear(mm)), now
	}
	return nil, time.Time{}
}

func (c *Chip) cadence() time.Duration {
	if c.model == AJSR04M {
		return 120 * time.Millisecond
	}
	return 100 * time.Millisecond
}

// hear turns the true distance into what the chip makes of it.
func (c *Chip) hear(mm float64) uint16 {
	nearest := 250.0
	if c.model == AJSR04M {
		nearest = 200
	}
	switch {
	case c.fault == EchoLost:
		return lost
	case c.fault == OutOfWindow:
		return detour
	case c.fault == Wet || mm < nearest:
		return uint16(nearest)
	case math.IsNaN(mm) || mm > farthest:
		return lost
	}
	return uint16(math.Round(mm))
}

// encode is FF, high byte, low byte and their sum, of which the AJ-SR04M leaves
// the header out.
func (c *Chip) encode(mm uint16) []byte {
	h, l := byte(mm>>8), byte(mm)
	sum := h + l
	if c.model == JSNSR04T {
		sum += 0xFF
	}
	return []byte{0xFF, h, l, sum}
}
