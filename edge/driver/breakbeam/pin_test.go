package breakbeam

import (
	"errors"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// kernelQueue is how many edges the kernel keeps for a line.
const kernelQueue = 16

// line is a pin as the kernel gives it: it keeps a few edges for whoever is
// late, does not say which way they went, and its level is always today's.
// Level High is what it starts with; the barrier under test is blocked at Low.
type line struct {
	gpio.PinIO // for what the driver does not use

	start time.Time
	edges chan time.Duration

	mu     sync.Mutex
	level  gpio.Level
	lag    time.Duration // how late WaitForEdge returns
	last   time.Duration // when the edge came that was told last
	broken bool
	halted bool
}

var _ gpio.PinIn = (*line)(nil)

func newLine() *line {
	return &line{PinIO: gpio.INVALID, start: time.Now(), edges: make(chan time.Duration, kernelQueue), level: gpio.High}
}

func (l *line) now() time.Duration { return time.Since(l.start) }

func (l *line) In(_ gpio.Pull, edge gpio.Edge) error {
	if edge != gpio.BothEdges {
		return errors.New("the driver needs both edges")
	}
	return nil
}

func (l *line) Read() gpio.Level {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.level
}

func (l *line) WaitForEdge(timeout time.Duration) bool {
	l.mu.Lock()
	lag, broken := l.lag, l.broken
	l.mu.Unlock()
	if broken {
		return false
	}
	select {
	case t := <-l.edges:
		time.Sleep(lag)
		l.mu.Lock()
		l.last = t
		l.mu.Unlock()
		return true
	case <-time.After(timeout):
		return false
	}
}

func (l *line) Halt() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.halted = true
	return nil
}

// turn changes the level; tell says whether the kernel notices.
func (l *line) turn(tell bool) {
	l.mu.Lock()
	l.level = !l.level
	l.mu.Unlock()
	if !tell {
		return
	}
	select {
	case l.edges <- l.now():
	default: // the kernel's queue is full
	}
}

// until sleeps until t of the line's clock.
func (l *line) until(t time.Duration) { time.Sleep(t - l.now()) }

// pulse blocks the beam from one time of the line's clock to another.
func (l *line) pulse(from, to time.Duration) {
	l.until(from)
	l.turn(true)
	l.until(to)
	l.turn(true)
}

// timedLine also tells when its edges came.
type timedLine struct{ *line }

var _ edgeTimer = timedLine{}

func (l timedLine) EdgeTime() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}
