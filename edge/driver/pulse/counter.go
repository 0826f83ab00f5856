package pulse

import (
	"fmt"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// Window is what happened from one Cut to the next.
type Window struct {
	// Count is how many pulses began. Each is in one window.
	Count int
	// Length is how long the window was; 0 where no time has passed since the last
	// Cut.
	Length time.Duration
	// Held is how long the line was active without a break, of all times that it
	// was in this window the longest; it counts from before the window.
	Held time.Duration
	// Early is that the line has been active without a break since before New:
	// nobody knows how long.
	Early bool
}

// New counts the pulses on a pin. The first window begins now. debounce is how
// long after an edge others are bounce; 0 takes every edge.
func New(pin gpio.PinIn, w Wiring, debounce time.Duration) (*Line[Window], error) {
	if debounce < 0 {
		return nil, fmt.Errorf("debounce %v is negative", debounce)
	}
	return Watch(pin, w, &counter{debounce: debounce})
}

// counter counts pulses. It is a Follower.
type counter struct {
	debounce time.Duration
	active   bool          // the level after all edges so far
	newest   time.Duration // the newest edge
	settled  bool          // the level without bounce
	since    time.Duration // when settled began
	early    bool          // it began before Begin
	taken    time.Duration // the last edge that was no bounce

	start  time.Duration // of the window
	window Window
}

var _ Follower[Window] = (*counter)(nil)

// Begin implements Follower. A pulse that has begun is not counted.
func (c *counter) Begin(active bool, at time.Duration) {
	c.active, c.settled, c.early = active, active, active
	c.newest, c.since, c.taken, c.start = at, at, at-c.debounce, at
}

// Active implements Follower.
func (c *counter) Active() bool { return c.active }

// Edge implements Follower.
func (c *counter) Edge(t time.Duration) {
	t = max(t, c.newest)
	c.Settle(t)
	c.active, c.newest = !c.active, t
	if t-c.taken >= c.debounce {
		c.turn(t)
	}
}

// Miss implements Follower.
func (c *counter) Miss(now time.Duration) {
	c.active, c.newest = !c.active, max(now, c.newest)
	if c.active != c.settled { // else only the end of a bounce was missed
		c.turn(c.newest)
	}
}

// Settle implements Follower. Where bounce ended at the other level than it
// began with, that level counts from here on: what closed again before it could
// be open was no pulse.
func (c *counter) Settle(now time.Duration) {
	if c.active == c.settled || now-c.taken < c.debounce {
		return
	}
	c.leave(c.newest)
	c.settled, c.since, c.early = c.active, c.newest, false
}

// Cut implements Follower.
func (c *counter) Cut(end time.Duration) Window {
	c.Settle(end)
	c.leave(end)
	w := c.window
	w.Length, w.Early = max(0, end-c.start), c.early
	c.window, c.start = Window{}, max(end, c.start)
	return w
}

func (c *counter) turn(t time.Duration) {
	c.leave(t)
	c.settled, c.since, c.taken, c.early = c.active, t, t, false
	if c.active {
		c.window.Count++
	}
}

// leave notes how long the line has been active until t.
func (c *counter) leave(t time.Duration) {
	if c.settled {
		c.window.Held = max(c.window.Held, t-c.since)
	}
}
