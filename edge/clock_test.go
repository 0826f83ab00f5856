package edge

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/internal/wire"
)

func TestTheBestOfSystemAndCenter(t *testing.T) {
	const at = 100 * time.Second // boot time when the center spoke
	center := centerTime{known: true, at: at, unixMS: 1_000_000, errS: 2}
	for _, tc := range []struct {
		name   string
		center centerTime
		sys    Offset
		now    time.Duration
		want   Offset
	}{
		{"nothing known", centerTime{}, Offset{UnixMS: 5, State: wire.Unknown}, at, Offset{UnixMS: 5, State: wire.Unknown}},
		{"only the center", center, Offset{UnixMS: 5, State: wire.Unknown}, at, Offset{UnixMS: 900_000, State: wire.Estimated, ErrS: 2}},
		{"the system is synchronised", center, Offset{UnixMS: 5, State: wire.Synced, ErrS: 3}, at, Offset{UnixMS: 5, State: wire.Synced, ErrS: 3}},
		{"the system's estimate is better", center, Offset{UnixMS: 5, State: wire.Estimated, ErrS: 1}, at, Offset{UnixMS: 5, State: wire.Estimated, ErrS: 1}},
		{"the center's estimate is better", center, Offset{UnixMS: 5, State: wire.Estimated, ErrS: 9}, at, Offset{UnixMS: 900_000, State: wire.Estimated, ErrS: 2}},
		{"drift counts", center, Offset{State: wire.Unknown}, at + 10_000*time.Second, Offset{UnixMS: 900_000, State: wire.Estimated, ErrS: 3}},
	} {
		got := tc.center.best(tc.sys, tc.now)
		if d := got.ErrS - tc.want.ErrS; got.UnixMS != tc.want.UnixMS || got.State != tc.want.State || d > 1e-9 || d < -1e-9 {
			t.Errorf("%s: %+v, want %+v", tc.name, got, tc.want)
		}
	}
}

func TestAWorseTimeOfTheCenterIsNotTaken(t *testing.T) {
	var c centerTime
	c.heard(0, 1000, 2)
	c.heard(time.Second, 9000, 3)
	if c.unixMS != 1000 {
		t.Errorf("took %+v", c)
	}
	c.heard(time.Hour*4, 14_401_000, 3) // by now the first has drifted by 1.4 s
	if c.unixMS != 14_401_000 {
		t.Errorf("kept %+v", c)
	}
}

func TestSystemClock(t *testing.T) {
	c, err := NewSystemClock()
	if err != nil {
		t.Fatal(err)
	}
	again, err := NewSystemClock()
	if err != nil {
		t.Fatal(err)
	}
	if c.BootID() != again.BootID() || len(c.BootID()) != 12 {
		t.Errorf("boot ids %q and %q", c.BootID(), again.BootID())
	}
	o, now := c.UTC(), time.Now()
	if d := now.UnixMilli() - (o.UnixMS + c.Boot().Milliseconds()); d < -1000 || d > 1000 {
		t.Errorf("UTC is %d ms off", d)
	}
	if err := c.WaitUntil(t.Context(), c.Boot()-time.Second); err != nil {
		t.Errorf("WaitUntil(the past): %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.WaitUntil(ctx, c.Boot()+time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("WaitUntil(cancelled): %v", err)
	}
}

func TestWithStopSamplingSendingGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		center.setOfflineQuietly()
		r := start(t, testConfig(t), newTestClock("b1", wire.Synced), center)
		r.agent.sealer.add(manyReadings(r.clock, 0))
		r.agent.StopSampling()
		r.agent.StopSampling()
		if n := r.agent.Counts(); n.QueuedReadings != 60 || n.WaitingPacks != 1 {
			t.Errorf("%+v when sampling has stopped, want everything queued", n)
		}
		center.setOffline(false)
		r.eventually("sent and acknowledged", func() bool { return r.waiting() == 0 })
		r.stop()
		if len(center.stored) != 60 {
			t.Errorf("%d readings stored, want 60", len(center.stored))
		}
		r.agent.StopSampling() // after Run it does not wait
	})
}
