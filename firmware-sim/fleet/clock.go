package fleet

import (
	"context"
	"crypto/rand"
	"strings"
	"sync/atomic"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/firmware-sim/simbus"
	"github.com/siaga-id/siaga/firmware-sim/world"
	"github.com/siaga-id/siaga/internal/wire"
)

// clock is the time of a fleet: of its boards, its chips and its nodes. It
// stands at its start until begin. It may be used concurrently.
type clock struct {
	start time.Time
	speed float64
	// lead is the boot time at the start.
	lead time.Duration
	// step, where not 0, makes the boot clock stand still between multiples of it
	// after the start, so that what a node does late, as it does by much under a
	// fast clock, still belongs to the moment that it was meant for.
	step time.Duration

	running atomic.Pointer[world.Clock]
}

var _ simbus.Clock = (*clock)(nil)

// newRealClock returns a clock that shows the computer's time and runs already.
func newRealClock() *clock {
	w := world.RealClock()
	c := &clock{start: w.Start(), speed: 1}
	c.running.Store(w)
	return c
}

// newReplayClock returns a clock that will run as r's does, for nodes that
// sample as s says.
func newReplayClock(r *world.Replay, s schedule) *clock {
	c := r.Clock()
	return &clock{start: c.Start(), speed: c.Speed(), lead: s.lead(), step: s.step()}
}

// begin makes the clock run. To call it again does nothing.
func (c *clock) begin() error {
	if c.running.Load() != nil {
		return nil
	}
	w, err := world.NewClock(c.start, c.speed)
	if err == nil {
		c.running.CompareAndSwap(nil, w)
	}
	return err
}

// Now implements simbus.Clock.
func (c *clock) Now() time.Time {
	if w := c.running.Load(); w != nil {
		return w.Now()
	}
	return c.start
}

// Start implements simbus.Clock.
func (c *clock) Start() time.Time { return c.start.Add(-c.lead) }

// Speed implements simbus.Clock.
func (c *clock) Speed() float64 { return c.speed }

// Boot is the time since Start.
func (c *clock) Boot() time.Duration {
	since := c.Now().Sub(c.start)
	if c.step > 0 {
		since -= since % c.step
	}
	return since + c.lead
}

// WaitUntil returns when Boot has reached that time, or with ctx's error.
func (c *clock) WaitUntil(ctx context.Context, boot time.Duration) error {
	since := boot - c.lead
	if c.step > 0 {
		since = (since + c.step - 1) / c.step * c.step
	}
	return c.waitFor(ctx, c.start.Add(since))
}

// waitFor returns when it is that time in the world, or with ctx's error.
func (c *clock) waitFor(ctx context.Context, at time.Time) error {
	for {
		left := at.Sub(c.Now())
		if left <= 0 {
			return ctx.Err()
		}
		t := time.NewTimer(max(1, time.Duration(float64(left)/c.speed)))
		select {
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		case <-t.C:
		}
	}
}

// nodeClock is the fleet's time as one node's boot clock. The simulator knows
// its time, so the node counts as synchronised.
type nodeClock struct {
	*clock
	boot string
	// stepped is how many milliseconds the system's clock of this one node is
	// ahead of the world.
	stepped *atomic.Int64
}

var _ edge.Clock = nodeClock{}

// newNodeClock begins a boot of its own: boot times count from the clock's
// start, so another start is another boot.
func newNodeClock(c *clock) nodeClock {
	return nodeClock{clock: c, boot: strings.ToLower(rand.Text()[:12]), stepped: new(atomic.Int64)}
}

func (c nodeClock) BootID() string { return c.boot }

func (c nodeClock) UTC() edge.Offset {
	return edge.Offset{UnixMS: c.Start().UnixMilli() + c.stepped.Load(), State: wire.Synced}
}
