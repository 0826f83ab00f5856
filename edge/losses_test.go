package edge

import (
	"errors"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/internal/wire"
)

// present says that an ingester is there, every 10 s until the returned function
// is called.
func (c *fakeCenter) present() (stop func()) {
	done := make(chan struct{})
	go func() {
		for {
			c.look(func() {
				c.say(wire.CenterTopic("center-1"), wire.CenterState{Ingester: "center-1", Online: true, Accepting: true, TimeMS: time.Now().UnixMilli()})
			})
			select {
			case <-done:
				return
			case <-time.After(10 * time.Second):
			}
		}
	}()
	return func() { close(done) }
}

// givenUp is what the newest node state says.
func (c *fakeCenter) givenUp() []wire.GivenUp {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.states[len(c.states)-1].GivenUp
}

// newState makes the node say how it is, and returns what it gave up.
func (r *rig) newState() []wire.GivenUp {
	time.Sleep(stateInterval + time.Second)
	synctest.Wait()
	return r.center.givenUp()
}

// damaged starts a node of which pack 3 to 4 were damaged before they were sent.
func damaged(t *testing.T, cfg Config, center *fakeCenter) *rig {
	center.setOfflineQuietly()
	r := start(t, cfg, newTestClock("b1", wire.Synced), center)
	for i := range 6 {
		r.measure(float64(i))
	}
	wipe(t, filepath.Join(cfg.DataDir, "queue", "00000000000000000001.seg"), 3, 4)
	center.setOffline(false)
	r.eventually("the rest acknowledged", func() bool { return r.waiting() == 0 })
	synctest.Wait() // until the sender has looked at what it met
	return r
}

func TestALossIsReportedUntilTheCenterKnows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		cfg := testConfig(t)
		r := damaged(t, cfg, center)
		if lost := r.agent.queue.Lost(); len(lost) != 0 {
			t.Errorf("the queue still lists %v: the losses have it", lost)
		}
		// Nobody is there who could have heard it: it is said again and again.
		time.Sleep(repeatFor + time.Hour)
		if got := r.newState(); len(got) != 1 || got[0].From != 3 || got[0].To != 4 {
			t.Fatalf("given up %+v, want 3 to 4", got)
		}
		r.stop()
		r = start(t, cfg, newTestClock("b2", wire.Synced), center)
		if got := r.newState(); len(got) != 1 || got[0].From != 3 {
			t.Errorf("after a restart: given up %+v, want 3 to 4", got)
		}
		stop := center.present()
		if got := r.newState(); len(got) != 1 {
			t.Errorf("told once: given up %+v, it is repeated for a day", got)
		}
		time.Sleep(repeatFor)
		r.newState()
		if got := r.newState(); len(got) != 0 {
			t.Errorf("a day later: given up %+v, want nothing", got)
		}
		stop()
		r.stop()
		r = start(t, cfg, newTestClock("b3", wire.Synced), center)
		if got := r.newState(); len(got) != 0 {
			t.Errorf("after another restart: given up %+v, want nothing", got)
		}
		r.stop()
	})
}

func TestANewEpochIsNotToldOldLosses(t *testing.T) {
	for name, tc := range map[string]struct {
		told bool
		want int
	}{
		"the center knows them":              {true, 0},
		"nobody was told: nothing is silent": {false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				center := newFakeCenter(t)
				cfg := testConfig(t)
				r := damaged(t, cfg, center)
				stop := func() {}
				if tc.told {
					stop = center.present()
				}
				r.newState()
				center.look(func() { center.falsify = 1 })
				r.measure(7)
				center.look(func() { center.falsify = 0 })
				r.eventually("acknowledged under the new epoch", func() bool { return r.waiting() == 0 })
				if got := r.newState(); len(got) != tc.want {
					t.Errorf("under the new epoch: given up %+v, want %d ranges", got, tc.want)
				}
				stop()
				r.stop()
			})
		})
	}
}

func TestACrashBetweenLossAndReportHidesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		cfg := testConfig(t)
		center.setOfflineQuietly()
		r := start(t, cfg, newTestClock("b1", wire.Synced), center)
		r.measure(1)
		if _, err := r.agent.queue.Append([]byte{0x01}, func() {}); err != nil { // no pack at all
			t.Fatal(err)
		}
		r.measure(3)
		center.setOffline(false)
		r.eventually("acknowledged", func() bool { return r.waiting() == 0 })
		image := imageOf(t, cfg) // as the crash leaves it
		r.stop()
		center.look(func() { center.states = nil })
		r = start(t, image, newTestClock("b2", wire.Synced), center)
		if got := r.newState(); len(got) != 1 || got[0].From != 2 || got[0].To != 2 {
			t.Errorf("given up %+v, want pack 2", got)
		}
		r.stop()
	})
}

func TestLossesTakeOnlyWhatIsNew(t *testing.T) {
	l, err := openLosses(t.TempDir(), "e1")
	must(t, err)
	must(t, l.add(wire.GivenUp{From: 5, To: 6, Reason: "x"}, wire.GivenUp{From: 10, To: 10, Reason: "x"}))
	got := l.fresh([]wire.GivenUp{{From: 1, To: 12, Reason: "y"}, {From: 20, To: 21, Reason: "y"}})
	want := []wire.GivenUp{
		{From: 1, To: 4, Reason: "y"},
		{From: 7, To: 9, Reason: "y"},
		{From: 11, To: 12, Reason: "y"},
		{From: 20, To: 21, Reason: "y"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := l.list(6); len(got) != 1 || got[0].To != 5 {
		t.Errorf("below 6: %+v, want pack 5", got)
	}
}

// TestWhatANewerProgramMadeWaitsForIt: after a downgrade nothing vanishes, and
// nothing is held up.
func TestWhatANewerProgramMadeWaitsForIt(t *testing.T) {
	unknown := record{Version: recordVersion, Boot: "b1", Site: "35.05.12.1001", Series: []series{
		{Sensor: "x-1", Quantity: "not_yet_invented", TimesMS: []int64{1}, Values: []float64{1}, Quality: []uint8{2}},
		{Sensor: "pm-1", Quantity: "pm1", TimesMS: []int64{5, 2}, Values: []float64{1, 2}, Quality: []uint8{2, 3}},
	}}
	newer := unknown
	newer.Version++
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		r := start(t, testConfig(t), newTestClock("b1", wire.Synced), center)
		r.measure(1)
		for _, rec := range []record{unknown, newer} {
			b, err := rec.encode()
			must(t, err)
			if _, err := r.agent.queue.Append(b, func() {}); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 5 {
			r.measure(float64(i))
		}
		r.eventually("the others acknowledged", func() bool { return r.waiting() == 2 })
		if got := r.newState(); len(got) != 0 {
			t.Errorf("given up %+v, want nothing", got)
		}
		center.look(func() {
			last := center.states[len(center.states)-1]
			if diff := cmp.Diff([]wire.SeqRange{{From: 2, To: 3}}, last.Outstanding); diff != "" {
				t.Errorf("outstanding (-want +got):\n%s", diff)
			}
		})
		r.stop()
		if len(center.stored) != 6 {
			t.Errorf("%d readings stored, want 6", len(center.stored))
		}
	})
	if _, err := unknown.pack("n1", "e1", 1, 0, wire.Synced, 0); !errors.Is(err, errNewer) {
		t.Errorf("a pack without the readings that are not known: %v", err)
	}
}
