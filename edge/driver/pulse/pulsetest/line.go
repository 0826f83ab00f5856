package pulsetest

import (
	"errors"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// Queue is how many edges the kernel keeps for a line (Linux GPIO character
// device, v2: 16 for each line requested). When more come it drops the oldest.
const Queue = 16

// Line is a pin as the kernel gives it: it keeps a few edges for whoever is
// late, does not say which way they went, and its level is always today's. It
// begins at gpio.High. Its methods may be called concurrently.
type Line struct {
	gpio.PinIO // for what drivers of lines do not use

	start time.Time

	mu     sync.Mutex
	edges  []time.Duration
	told   chan struct{} // closed and replaced at each edge
	level  gpio.Level
	lag    time.Duration
	last   time.Duration // when the edge came that was told last
	lost   int
	broken bool
	halted bool
}

var _ gpio.PinIn = (*Line)(nil)

// New returns a pin whose clock begins now.
func New() *Line {
	return &Line{PinIO: gpio.INVALID, start: time.Now(), told: make(chan struct{}), level: gpio.High}
}

// Now is the line's clock, from New on.
func (l *Line) Now() time.Duration { return time.Since(l.start) }

// In implements gpio.PinIn.
func (l *Line) In(_ gpio.Pull, edge gpio.Edge) error {
	if edge != gpio.BothEdges {
		return errors.New("the driver needs both edges")
	}
	return nil
}

// Read implements gpio.PinIn.
func (l *Line) Read() gpio.Level {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.level
}

// WaitForEdge implements gpio.PinIn. It returns late where Lag was called.
func (l *Line) WaitForEdge(timeout time.Duration) bool {
	limit := time.NewTimer(timeout)
	defer limit.Stop()
	for {
		l.mu.Lock()
		if l.broken {
			l.mu.Unlock()
			return false
		}
		told, lag, some := l.told, l.lag, len(l.edges) > 0
		if some {
			l.last, l.edges = l.edges[0], l.edges[1:]
		}
		l.mu.Unlock()
		if some {
			time.Sleep(lag)
			return true
		}
		select {
		case <-told:
		case <-limit.C:
			return false
		}
	}
}

// Halt implements conn.Resource.
func (l *Line) Halt() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.halted = true
	return nil
}

// Halted reports whether Halt was called.
func (l *Line) Halted() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.halted
}

// Turn changes the level.
func (l *Line) Turn() { l.turn(true) }

// Burst changes the level n times before anybody can read.
func (l *Line) Burst(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for range n {
		l.change(true)
	}
}

// TurnUntold changes the level without an edge that the kernel notices.
func (l *Line) TurnUntold() { l.turn(false) }

// Tell tells of an edge that was none.
func (l *Line) Tell() {
	l.turn(false)
	l.turn(true)
}

func (l *Line) turn(tell bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.change(tell)
}

// change wants the lock.
func (l *Line) change(tell bool) {
	l.level = !l.level
	if !tell {
		return
	}
	if len(l.edges) == Queue {
		l.edges = l.edges[1:]
		l.lost++
	}
	l.edges = append(l.edges, time.Since(l.start))
	close(l.told)
	l.told = make(chan struct{})
}

// Pulse turns the level at one time of the line's clock, and back at another.
func (l *Line) Pulse(from, to time.Duration) {
	l.Until(from)
	l.Turn()
	l.Until(to)
	l.Turn()
}

// Until sleeps until t of the line's clock.
func (l *Line) Until(t time.Duration) { time.Sleep(t - l.Now()) }

// Lag makes WaitForEdge return that late from now on.
func (l *Line) Lag(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lag = d
}

// Break makes WaitForEdge refuse to wait.
func (l *Line) Break() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = true
}

// Lost returns how many edges the queue has dropped.
func (l *Line) Lost() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lost
}

// Timed is a Line that also tells when its edges came.
type Timed struct{ *Line }

// EdgeTime returns when the edge came that WaitForEdge told last.
func (l Timed) EdgeTime() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}
