package tfluna

import (
	"sync"
	"time"
)

// Baud is the speed of the chip's UART.
const Baud = 115200

// Model is which of the two lidars it is.
type Model int

// The lidars.
const (
	// TFLuna sees 8 m far, and 2.5 m to a black surface. Without a sound echo
	// its distance is 0.
	TFLuna Model = iota
	// TFminiPlus sees 12 m far. Without a sound echo its distance is -1, -2 or
	// -4.
	TFminiPlus
)

// Sample is what is before the chip.
type Sample struct {
	// DistanceM is to the road or to the vehicle on it, in metres.
	DistanceM float64
	// Reflectivity is of the surface, 0 to 1: 0.1 is black, 0.9 white.
	Reflectivity float64
	// TemperatureC is of the chip itself, in °C.
	TemperatureC float64
}

// Fault is what is wrong before the lens.
type Fault int

// The faults.
const (
	// None is a clean lens.
	None Fault = iota
	// WeakSignal is dirt on the lens: hardly any echo.
	WeakSignal
	// Overexposed is a mirror before the lens: strength 65535.
	Overexposed
	// AmbientLight is the sun in the lens: -4 with a TFmini-Plus, as good as no
	// echo with a TF-Luna.
	AmbientLight
)

// behind is how long an unread line's frames are kept: the older ones ran out
// of the wire with nobody there.
const behind = 10 * time.Second

// maxAnswers bounds what a host can make the chip hold by never reading.
const maxAnswers = 8

// settings are what commands change; saving keeps them over a power cut.
type settings struct {
	hertz  int // frames a second; 0 sends on request only
	off    bool
	millis bool // distance in mm
}

var factory = settings{hertz: 100}

// Chip is one lidar. Its methods may be called concurrently.
type Chip struct {
	model  Model
	sample func(at time.Time) (Sample, bool)

	mu      sync.Mutex // guards what follows
	fault   Fault
	set     settings
	saved   settings
	next    time.Time // of the next frame
	in      []byte    // an unfinished command
	answers [][]byte
}

// New returns a lidar that looks at what sample says. Where sample says false it
// sends no frame. sample must not call the chip.
func New(m Model, sample func(at time.Time) (Sample, bool)) *Chip {
	return &Chip{model: m, sample: sample, set: factory, saved: factory}
}

// PowerCycle cuts the supply for a moment: settings that were not saved are
// lost.
func (c *Chip) PowerCycle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reset()
}

func (c *Chip) reset() {
	c.set, c.in, c.answers, c.next = c.saved, nil, nil, time.Time{}
}

// SetFault puts a fault before the lens, or with None takes it away.
func (c *Chip) SetFault(f Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = f
}

// Send returns the next message that the chip has sent by now, which the caller
// owns, or nil and when to ask again; a zero time means not before something is
// received.
func (c *Chip) Send(now time.Time) (message []byte, next time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.answers) > 0 {
		message, c.answers = c.answers[0], c.answers[1:]
		return message, now
	}
	if c.set.off || c.set.hertz == 0 {
		c.next = time.Time{}
		return nil, time.Time{}
	}
	cadence := time.Second / time.Duration(c.set.hertz)
	if c.next.IsZero() || c.next.After(now.Add(cadence)) {
		// Just started, or the clock was set.
		c.next = now.Add(cadence)
		return nil, c.next
	}
	if late := now.Add(-behind).Sub(c.next); late > 0 {
		c.next = c.next.Add(late)
	}
	for !c.next.After(now) {
		at := c.next
		c.next = at.Add(cadence)
		if s, ok := c.sample(at); ok {
			return c.frame(s), now
		}
	}
	return nil, c.next
}
