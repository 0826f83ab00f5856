package pulse_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/pulse"
	"github.com/siaga-id/siaga/edge/driver/pulse/pulsetest"
)

const (
	ms = time.Millisecond
	s  = time.Second
)

// count runs a test with a counter on a pin, in the bubble's time.
func count(t *testing.T, pin func(*pulsetest.Line) gpio.PinIn, debounce time.Duration,
	test func(t *testing.T, l *pulsetest.Line, c *pulse.Line[pulse.Window]),
) {
	synctest.Test(t, func(t *testing.T) {
		l := pulsetest.New()
		c, err := pulse.New(pin(l), pulse.Wiring{Now: l.Now}, debounce)
		if err != nil {
			t.Fatal(err)
		}
		test(t, l, c)
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if !l.Halted() {
			t.Error("Close did not halt the pin")
		}
	})
}

func plain(l *pulsetest.Line) gpio.PinIn { return l }
func timed(l *pulsetest.Line) gpio.PinIn { return pulsetest.Timed{Line: l} }

// train sends n pulses, 200 a second.
func train(l *pulsetest.Line, n int) {
	from := l.Now() + 3*ms // after a pause
	for i := range time.Duration(n) {
		l.Pulse(from+i*5*ms, from+i*5*ms+2*ms)
	}
}

func wantCount(t *testing.T, c *pulse.Line[pulse.Window], want int) {
	t.Helper()
	w, err := c.Cut(t.Context())
	if err != nil || w.Count != want {
		t.Errorf("%+v, %v, want %d pulses", w, err, want)
	}
}

// TestNoPulseIsLostWhileConsumersBlock sends 200 pulses a second for 10 s to a
// counter from which nobody takes anything, and again to one whose takers have
// no patience.
func TestNoPulseIsLostWhileConsumersBlock(t *testing.T) {
	for name, pin := range map[string]func(*pulsetest.Line) gpio.PinIn{"plain": plain, "timed": timed} {
		t.Run(name, func(t *testing.T) {
			count(t, pin, ms, func(t *testing.T, l *pulsetest.Line, c *pulse.Line[pulse.Window]) {
				train(l, 2000)
				wantCount(t, c, 2000)

				served := make(chan int)
				ctx, cancel := context.WithTimeout(t.Context(), 10*s)
				defer cancel()
				for range 3 {
					go func() {
						n := 0
						for ctx.Err() == nil {
							hasty, cancel := context.WithTimeout(ctx, ms/2)
							w, err := c.Cut(hasty)
							cancel()
							if err != nil && !errors.Is(err, driver.ErrNoAnswer) {
								t.Error(err)
							}
							n += w.Count
							time.Sleep(7 * ms)
						}
						served <- n
					}()
				}
				train(l, 2000)
				n := <-served + <-served + <-served
				wantCount(t, c, 2000-n)
				if n := l.Lost(); n != 0 {
					t.Errorf("the kernel's queue lost %d edges", n)
				}
			})
		})
	}
}

// TestLateGoroutine has the goroutine run late by most of the kernel's queue.
func TestLateGoroutine(t *testing.T) {
	for name, tc := range map[string]struct {
		pin      func(*pulsetest.Line) gpio.PinIn
		debounce time.Duration
	}{
		"timed":                   {timed, ms},
		"plain, without debounce": {plain, 0},
	} {
		t.Run(name, func(t *testing.T) {
			count(t, tc.pin, tc.debounce, func(t *testing.T, l *pulsetest.Line, c *pulse.Line[pulse.Window]) {
				for range 20 {
					l.Lag(30 * ms) // 12 edges
					time.AfterFunc(20*ms, func() { l.Lag(0) })
					train(l, 10)
					time.Sleep(100 * ms)
				}
				wantCount(t, c, 200)
			})
		})
	}
}

// TestBurst sends more edges at once than the kernel keeps: what it kept
// counts, and what comes after it counts right.
func TestBurst(t *testing.T) {
	count(t, plain, 0, func(t *testing.T, l *pulsetest.Line, c *pulse.Line[pulse.Window]) {
		l.Burst(40) // 20 pulses
		time.Sleep(s)
		if lost := l.Lost(); lost != 40-pulsetest.Queue {
			t.Errorf("lost %d edges", lost)
		}
		wantCount(t, c, pulsetest.Queue/2)
		l.Burst(21) // an odd number, which leaves the line active
		time.Sleep(s)
		wantCount(t, c, 8)
		l.Turn()
		train(l, 5)
		wantCount(t, c, 5)
	})
}

func TestReedThatBouncesIsOnePulse(t *testing.T) {
	count(t, plain, 30*ms, func(t *testing.T, l *pulsetest.Line, c *pulse.Line[pulse.Window]) {
		bounce := func(at time.Duration) {
			for i := range time.Duration(9) { // odd: it ends at the other level
				l.Until(at + i*300*time.Microsecond)
				l.Turn()
			}
		}
		bounce(1 * s)
		bounce(1*s + 90*ms)
		l.Until(60 * s)
		wantCount(t, c, 1)
	})
}

func TestFirstWindowBeginsAtOnce(t *testing.T) {
	count(t, plain, ms, func(t *testing.T, l *pulsetest.Line, c *pulse.Line[pulse.Window]) {
		l.Pulse(1*s, 2*s)
		l.Until(5 * s)
		w, err := c.Cut(t.Context())
		if want := (pulse.Window{Count: 1, Length: 5 * s, Held: s}); w != want || err != nil {
			t.Errorf("%+v, %v, want %+v", w, err, want)
		}
	})
}

func TestCloseWhileCutWaits(t *testing.T) {
	count(t, plain, ms, func(t *testing.T, l *pulsetest.Line, c *pulse.Line[pulse.Window]) {
		done := make(chan error, 1)
		time.Sleep(10 * ms)
		go func() {
			_, err := c.Cut(t.Context())
			done <- err
		}()
		synctest.Wait()
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil && !errors.Is(err, driver.ErrClosed) {
			t.Error(err)
		}
		if _, err := c.Cut(t.Context()); !errors.Is(err, driver.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}

func TestBrokenPinDoesNotSpin(t *testing.T) {
	count(t, plain, ms, func(t *testing.T, l *pulsetest.Line, _ *pulse.Line[pulse.Window]) {
		l.Break()
		synctest.Wait() // returns only when the goroutine rests
	})
}

func TestNewRefuses(t *testing.T) {
	if _, err := pulse.New(pulsetest.New(), pulse.Wiring{}, -1); err == nil {
		t.Error("accepted a negative debounce")
	}
	if _, err := pulse.New(pulsetest.Timed{Line: pulsetest.New()}, pulse.Wiring{}, 0); err == nil {
		t.Error("accepted EdgeTime without its clock")
	}
	if _, err := pulse.New(gpio.INVALID, pulse.Wiring{}, 0); err == nil {
		t.Error("accepted a pin that cannot be configured")
	}
}
