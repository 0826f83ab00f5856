package simbus

import (
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/pin"
)

// Pin is a GPIO line as periph knows it. Beyond a real one it can say when an
// edge came (EdgeTime), and it loses none: edges that came while nobody waited
// are given one by one, and Read gives the level after the edge last given.
// Its methods may be called concurrently; one goroutine should wait for edges.
type Pin struct {
	plug   *Plug
	chip   PinChip
	clock  Clock
	number int

	// What follows is guarded by the plug's mu.
	edge    gpio.Edge
	pull    gpio.Pull
	setups  int       // counts In and Halt, which end a wait
	given   time.Time // everything up to here has been given
	at      time.Time // of the edge last given
	high    bool      // after the edge last given
	bounces int       // still to come of the edge last given
	dead    bool      // the chip did not drive the line when it was last looked at
}

var (
	_ gpio.PinIn = (*Pin)(nil)
	_ pin.Pin    = (*Pin)(nil)
)

// bounce is the time between the edges of a noisy contact.
const bounce = 300 * time.Microsecond

// Name implements pin.Pin.
func (p *Pin) Name() string { return p.plug.name }

// String implements conn.Resource.
func (p *Pin) String() string { return p.plug.name }

// Number implements pin.Pin. It counts lines as they were plugged, from 0.
func (p *Pin) Number() int { return p.number }

// Function implements pin.Pin.
func (p *Pin) Function() string { return "In" }

// DefaultPull implements gpio.PinIn.
func (p *Pin) DefaultPull() gpio.Pull { return gpio.Float }

// Pull implements gpio.PinIn.
func (p *Pin) Pull() gpio.Pull {
	p.plug.mu.Lock()
	defer p.plug.mu.Unlock()
	return p.pull
}

// Halt implements conn.Resource: no more edges are given, and WaitForEdge
// returns false.
func (p *Pin) Halt() error {
	p.setUp(gpio.PullNoChange, gpio.NoEdge)
	return nil
}

// In implements gpio.PinIn. Edges from before are forgotten.
func (p *Pin) In(pull gpio.Pull, edge gpio.Edge) error {
	p.setUp(pull, edge)
	return nil
}

func (p *Pin) setUp(pull gpio.Pull, edge gpio.Edge) {
	p.plug.mu.Lock()
	defer p.plug.mu.Unlock()
	if pull != gpio.PullNoChange {
		p.pull = pull
	}
	p.edge = edge
	p.setups++
	p.given, p.bounces = p.clock.Now(), 0
	p.high = p.level(p.given)
	p.plug.wake()
}

// Read implements gpio.PinIn.
func (p *Pin) Read() gpio.Level {
	p.plug.mu.Lock()
	defer p.plug.mu.Unlock()
	if p.edge == gpio.BothEdges {
		return gpio.Level(p.high)
	}
	return gpio.Level(p.level(p.clock.Now()))
}

// EdgeTime returns when the edge last given by WaitForEdge came: world time
// since the board's clock began.
func (p *Pin) EdgeTime() time.Duration {
	p.plug.mu.Lock()
	defer p.plug.mu.Unlock()
	return p.at.Sub(p.clock.Start())
}

// WaitForEdge implements gpio.PinIn as periph's interface has it: a timeout
// below 0 waits without end, 0 only looks. Timeouts are real time.
func (p *Pin) WaitForEdge(timeout time.Duration) bool {
	var limit <-chan time.Time
	if timeout >= 0 {
		t := time.NewTimer(timeout)
		defer t.Stop()
		limit = t.C
	}
	p.plug.mu.Lock()
	setups := p.setups
	p.plug.mu.Unlock()
	for {
		given, wait, stir, over := p.look(setups)
		if given || over {
			return given
		}
		if timeout == 0 {
			return false
		}
		soon := time.NewTimer(wait)
		select {
		case <-limit:
			soon.Stop()
			return false
		case <-soon.C:
		case <-stir:
			soon.Stop()
		}
	}
}

// look gives the next edge if it has come, or says how long to sleep and what
// to wake for; over means that the wait was ended by In or Halt.
func (p *Pin) look(setups int) (given bool, wait time.Duration, stir <-chan struct{}, over bool) {
	const ahead = time.Second // real time to look ahead, and the longest sleep
	p.plug.mu.Lock()
	defer p.plug.mu.Unlock()
	if p.setups != setups {
		return false, 0, nil, true
	}
	now := p.clock.Now()
	for p.edge != gpio.NoEdge {
		horizon := now.Add(time.Duration(float64(ahead) * p.clock.Speed()))
		at, high, ok := p.next(now, horizon)
		if !ok {
			break
		}
		if at.After(now) {
			return false, min(ahead, p.until(at, now)), p.plug.stir, false
		}
		p.given, p.at, p.high = at, at, high
		if p.bounces > 0 {
			p.bounces--
		} else if p.plug.fault == Garbage {
			p.bounces = 2
		}
		if p.edge == gpio.BothEdges || high == (p.edge == gpio.RisingEdge) {
			return true, 0, nil, false
		}
	}
	return false, ahead, p.plug.stir, false
}

// until returns how long to sleep for an edge to come. Under a fast clock
// edges are let gather: EdgeTime tells them apart.
func (p *Pin) until(at, now time.Time) time.Duration {
	real := time.Duration(float64(at.Sub(now)) / p.clock.Speed())
	if p.clock.Speed() > 1 {
		return max(real, nap)
	}
	return real
}

// next returns the first edge after what has been given. It wants the plug's mu.
func (p *Pin) next(now, horizon time.Time) (at time.Time, high, ok bool) {
	if now.Before(p.given) { // the clock was set back
		p.given = now
	}
	if p.bounces > 0 {
		return p.given.Add(bounce), !p.high, true
	}
	if p.dead || !p.alive() {
		// The wire was cut, or has been mended: the line is where it is now, and
		// what passed in between is lost.
		p.dead = !p.alive()
		if level := p.level(now); level != p.high {
			return now, level, true
		}
		p.given = now
		if p.dead {
			return time.Time{}, false, false
		}
	}
	return p.chip.NextEdge(p.given, horizon)
}

// alive reports whether the chip drives the line.
func (p *Pin) alive() bool { return p.plug.fault == None || p.plug.fault == Garbage }

// level is where the line is: a chip that does not drive it leaves it to the
// pull, or without one where it was. It wants the plug's mu.
func (p *Pin) level(at time.Time) bool {
	switch {
	case p.alive():
		return p.chip.Level(at)
	case p.pull == gpio.PullUp:
		return true
	case p.pull == gpio.PullDown:
		return false
	}
	return p.high
}
