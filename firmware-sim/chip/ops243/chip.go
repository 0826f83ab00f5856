package ops243

import (
	"math"
	"sync"
	"time"
)

// Baud is the speed of the chip's UART as it comes from the factory.
const Baud = 19200

// Dialect is how the firmware writes JSON.
type Dialect int

// The dialects.
const (
	// Quoted writes every value as a string and the speed with its sign:
	// {"speed":"-12.3","direction":"outbound"}. Firmware 1.3.
	Quoted Dialect = iota
	// Bare writes numbers, the speed without a sign, and always the time:
	// {"speed":12.3, "direction":"outbound","time":105,"tick":135}. Older.
	Bare
)

// Fault is what is wrong with the radar.
type Fault int

// The faults.
const (
	// None is a sound radar.
	None Fault = iota
	// Blind is a radar behind wet leaves or metal: it answers commands but sees
	// no vehicle.
	Blind
	// Clutter is rain or a moving branch before the antenna: slow speeds to and
	// fro whenever there is no vehicle.
	Clutter
)

const (
	// report is the time between two reports: 1024 samples at 10 kHz.
	report = 100 * time.Millisecond
	// resolution is the step of speed in m/s (the manual's ?? answer).
	resolution = 0.0607
	// boot is from power-up to the first line.
	boot = 500 * time.Millisecond
	// behind is how long an unread line's reports are kept: the older ones ran
	// out of the wire with nobody there.
	behind = time.Minute
	// maxAnswers bounds what a host can make the chip hold by never reading.
	maxAnswers = 64
)

// settings are what commands change; A! keeps them over a power cut.
type settings struct {
	units     byte // of the U commands
	decimals  int
	baud      int
	json      bool
	magnitude bool
	time      bool
	showUnits bool
}

var factory = settings{units: 'M', decimals: 1, baud: Baud}

// Chip is one radar. Its methods may be called concurrently.
type Chip struct {
	dialect Dialect

	mu      sync.Mutex // guards what follows
	road    road
	fault   Fault
	set     settings
	saved   settings
	started time.Time // power-up, or when it was first asked
	next    time.Time // of the next look at the road
	in      []byte    // an unfinished command
	answers [][]byte
}

// New returns a radar beside the road that vehicles tells of, which has been
// running for long: vehicles returns the passages from one moment on and before
// another. It must not call the radar.
func New(d Dialect, vehicles func(from, to time.Time) []Passage) *Chip {
	return &Chip{dialect: d, road: road{vehicles: vehicles}, set: factory, saved: factory}
}

// PowerCycle cuts the supply for a moment: settings that were not saved are
// lost, and the radar begins with the lines about itself.
func (c *Chip) PowerCycle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set, c.in, c.answers = c.saved, nil, nil
	c.started, c.next = time.Time{}, time.Time{}
	c.info()
}

// SetFault puts a fault into the radar, or with None takes it away.
func (c *Chip) SetFault(f Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = f
}

// Send returns the next line that the chip has sent by now, which the caller
// owns, or nil and when to ask again.
func (c *Chip) Send(now time.Time) (message []byte, next time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next.IsZero() || c.next.After(now.Add(boot)) {
		// Just started, or the clock was set.
		c.started, c.next = now, now.Add(boot)
		return nil, c.next
	}
	if len(c.answers) > 0 && now.Sub(c.started) >= boot {
		message, c.answers = c.answers[0], c.answers[1:]
		return message, now
	}
	if late := now.Add(-behind).Sub(c.next); late > 0 {
		c.next = c.next.Add(late.Truncate(report))
	}
	for !c.next.After(now) {
		at := c.next
		c.next = at.Add(report)
		if mps, magnitude, ok := c.look(at); ok {
			return c.line(at, mps, magnitude), now
		}
	}
	return nil, c.next
}

// look returns what the radar sees at a moment.
func (c *Chip) look(at time.Time) (mps, magnitude float64, ok bool) {
	if c.fault == Blind {
		return 0, 0, false
	}
	mps, magnitude, ok = c.road.strongest(at)
	if !ok && c.fault == Clutter {
		mps, magnitude, ok = math.Sin(at.Sub(c.started).Seconds()*2.3), 12, true
	}
	mps = math.Round(mps/resolution) * resolution
	return mps, magnitude, ok && mps != 0
}
