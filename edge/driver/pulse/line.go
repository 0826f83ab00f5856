package pulse

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"

	"github.com/siaga-id/siaga/edge/driver"
)

// Wiring is how a pin is wired.
type Wiring struct {
	// Active is the pin's level in a pulse. The zero value, gpio.Low, suits a
	// contact to ground or an open collector, with a pull-up.
	Active gpio.Level
	// Pull is the pin's own resistor; the zero value leaves it as it is.
	Pull gpio.Pull
	// Now is a clock that never goes back. It must be given for a pin with
	// EdgeTime, and be the one that EdgeTime is read from; nil otherwise means
	// Go's monotonic clock.
	Now func() time.Duration
}

// Follower makes sense of a line's edges, and gives what happened in a window.
// A Line calls it from one goroutine, after Begin; it must not block. Times are
// of Wiring.Now.
type Follower[W any] interface {
	// Begin says what the level is at first.
	Begin(active bool, at time.Duration)
	// Active returns the level after all edges so far, bounce or not.
	Active() bool
	// Edge turns the level at t, which may be a little before the last t.
	Edge(t time.Duration)
	// Miss turns the level, at some time before now that nobody knows.
	Miss(now time.Duration)
	// Settle says that there was no edge until now.
	Settle(now time.Duration)
	// Cut ends the window at end and begins the next one there.
	Cut(end time.Duration) W
}

// EdgeTimer is what a pin can also do: tell when the edge came that the last
// WaitForEdge returned for.
type EdgeTimer interface {
	EdgeTime() time.Duration
}

// Line follows a pin in a goroutine of its own. Its methods may be called
// concurrently.
type Line[W any] struct {
	pin    gpio.PinIn
	active gpio.Level
	now    func() time.Duration
	edge   func() time.Duration // when the last edge came
	follow Follower[W]          // the goroutine's

	cuts chan *cut[W] // holds one
	stop chan struct{}
	done chan struct{}

	closeOnce sync.Once
	closeErr  error
}

// Watch configures the pin as an input and begins to follow it. The Follower is
// the Line's from now on.
func Watch[W any](pin gpio.PinIn, w Wiring, f Follower[W]) (*Line[W], error) {
	l := &Line[W]{
		pin:    pin,
		active: w.Active,
		now:    w.Now,
		follow: f,
		cuts:   make(chan *cut[W], 1),
		stop:   make(chan struct{}),
		done:   make(chan struct{}),
	}
	timer, timed := pin.(EdgeTimer)
	if l.now == nil {
		if timed {
			return nil, errors.New("a pin with EdgeTime needs the clock it is read from")
		}
		began := time.Now()
		l.now = func() time.Duration { return time.Since(began) }
	}
	l.edge = l.now
	if timed {
		l.edge = timer.EdgeTime
	}
	if err := pin.In(w.Pull, gpio.BothEdges); err != nil {
		return nil, fmt.Errorf("configure pin %s: %w", pin.Name(), err)
	}
	f.Begin(pin.Read() == l.active, l.now())
	go l.watch()
	return l, nil
}

// Cut ends the window and returns what the Follower made of it. It waits, at
// most about a tenth of a second on real pins, until the edges that came before
// it have been taken. Errors: driver.ErrNoAnswer when ctx's deadline passes
// before that, driver.ErrClosed, or ctx's own when it is cancelled; the window
// then goes on.
func (l *Line[W]) Cut(ctx context.Context) (W, error) {
	w, err := l.cutNow(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("%w: pin %s is not being watched", driver.ErrNoAnswer, l.pin.Name())
	}
	return w, err
}

func (l *Line[W]) cutNow(ctx context.Context) (none W, _ error) {
	if err := ctx.Err(); err != nil {
		return none, err
	}
	select {
	case <-l.done:
		return none, driver.ErrClosed
	default:
	}
	c := &cut[W]{end: l.now(), window: make(chan W, 1)}
	select {
	case l.cuts <- c:
	case <-l.done:
		return none, driver.ErrClosed
	case <-ctx.Done():
		return none, ctx.Err()
	}
	ended := ctx.Done()
	for {
		select {
		case w := <-c.window:
			return w, nil
		case <-l.done:
			return none, driver.ErrClosed
		case <-ended:
			if c.taken.CompareAndSwap(false, true) {
				return none, ctx.Err()
			}
			ended = nil // too late: the window is being cut, and must not be lost
		}
	}
}

// Close stops following and waits for that, at most a tenth of a second on real
// pins, then halts the pin.
func (l *Line[W]) Close() error {
	l.closeOnce.Do(func() {
		close(l.stop)
		// The pin is halted only when nothing waits on it: periph's Halt and
		// WaitForEdge are not safe beside each other.
		<-l.done
		if err := l.pin.Halt(); err != nil {
			l.closeErr = fmt.Errorf("halt pin %s: %w", l.pin.Name(), err)
		}
	})
	return l.closeErr
}
