package world

import (
	"context"
	"fmt"
	"time"
)

// Clock is the time of a simulated world: the computer's own, or one that
// starts elsewhere and runs faster. It may be used concurrently.
type Clock struct {
	start time.Time
	speed float64
	began time.Time // real; its monotonic part drives a clock that is not real
	real  bool
}

// RealClock returns a clock that shows the computer's UTC. It follows the
// computer through suspend and through steps of its clock, so Boot may step too.
func RealClock() *Clock {
	now := time.Now()
	return &Clock{start: now.UTC().Round(0), speed: 1, began: now, real: true}
}

// NewClock returns a clock that shows start now and runs speed times as fast as
// real time. A speed that is not a number from 1 to 1,000,000 is an error.
func NewClock(start time.Time, speed float64) (*Clock, error) {
	if !(speed >= 1 && speed <= 1e6) {
		return nil, fmt.Errorf("make clock: speed %v is not within 1 to 1000000", speed)
	}
	return &Clock{start: start.UTC().Round(0), speed: speed, began: time.Now()}, nil
}

// Now returns the world's time, UTC, without a monotonic part.
func (c *Clock) Now() time.Time {
	if c.real {
		return time.Now().UTC().Round(0)
	}
	return c.start.Add(time.Duration(float64(time.Since(c.began)) * c.speed))
}

// Start returns the world's time when the clock was made.
func (c *Clock) Start() time.Time { return c.start }

// Speed returns how many world seconds pass in a real one; at least 1.
func (c *Clock) Speed() float64 { return c.speed }

// Boot returns the world time since Start. It stands for a node's
// CLOCK_BOOTTIME.
func (c *Clock) Boot() time.Duration { return c.Now().Sub(c.start) }

// After sends once when d of world time has passed. What it sends is the real
// time: ask Now for the world's.
func (c *Clock) After(d time.Duration) <-chan time.Time {
	return time.After(c.Real(d))
}

// Real returns how long d of world time takes.
func (c *Clock) Real(d time.Duration) time.Duration {
	return time.Duration(float64(d) / c.speed)
}

// Sleep waits for d of world time, or until ctx ends, whose error it returns.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(c.Real(d))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
