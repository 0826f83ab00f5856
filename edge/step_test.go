package edge

import (
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/internal/wire"
)

// TestAClockThatStepsOverwritesNothing steps the clock while the node measures,
// also back by a multiple of the interval, which would give new readings the times
// of old ones.
func TestAClockThatStepsOverwritesNothing(t *testing.T) {
	for name, steps := range map[string][]time.Duration{
		"forward":                       {time.Hour},
		"back by twenty intervals":      {-20 * time.Second},
		"back by a little":              {-time.Second},
		"back and forth":                {-20 * time.Second, 0, -20 * time.Second, 0, -10 * time.Second},
		"back again and again":          {-10 * time.Second, -20 * time.Second, -30 * time.Second, -40 * time.Second, -50 * time.Second},
		"far ahead, and then corrected": {24 * time.Hour, 0, 1 * time.Second, -20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				center := newFakeCenter(t)
				clock := newTestClock("b1", wire.Synced)
				r := start(t, testConfig(t), clock, center)
				n := 0
				for _, step := range append([]time.Duration{0}, steps...) {
					clock.set(wire.Synced, step)
					for range 30 {
						r.measure(float64(n))
						n++
					}
				}
				r.eventually("all acknowledged", func() bool { return r.waiting() == 0 })
				r.stop()
				if len(center.stored) != n {
					t.Errorf("%d readings stored, want %d: a step has overwritten some", len(center.stored), n)
				}
				for key := range center.stored {
					if off := key.timeMS % 1000; off >= stampMS {
						t.Errorf("a reading was shifted by %d ms", off)
					}
				}
			})
		})
	}
}

// TestAWrongClockBeforeTheRebootOverwritesNothing: the boot before lived an hour
// ahead. Its packs have long been acknowledged.
func TestAWrongClockBeforeTheRebootOverwritesNothing(t *testing.T) {
	for name, crash := range map[string]bool{"orderly": false, "power cut": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				center := newFakeCenter(t)
				cfg := testConfig(t)
				clock := newTestClock("b1", wire.Synced)
				clock.set(wire.Synced, time.Minute)
				r := start(t, cfg, clock, center)
				n := 0
				for range 50 {
					r.measure(float64(n))
					n++
				}
				r.eventually("acknowledged", func() bool { return r.waiting() == 0 })
				next := cfg
				if crash {
					next = imageOf(t, cfg)
				}
				r.stop()
				r = start(t, next, newTestClock("b2", wire.Synced), center)
				for range 100 {
					r.measure(float64(n))
					n++
				}
				r.eventually("acknowledged", func() bool { return r.waiting() == 0 })
				r.stop()
				if len(center.stored) != n {
					t.Errorf("%d readings stored, want %d", len(center.stored), n)
				}
			})
		})
	}
}

// TestAnOrdinaryRebootShiftsNothing: times differ from those before by themselves.
func TestAnOrdinaryRebootShiftsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		cfg := testConfig(t)
		for _, boot := range []string{"b1", "b2", "b3"} {
			r := start(t, cfg, newTestClock(boot, wire.Synced), center)
			r.measure(1)
			r.eventually("acknowledged", func() bool { return r.waiting() == 0 })
			r.stop()
			time.Sleep(time.Minute)
		}
		for key := range center.stored {
			if key.timeMS%1000 != 0 {
				t.Errorf("a reading has time %d", key.timeMS)
			}
		}
	})
}

// driftingClock is a board whose crystal is wrong: its boot clock runs faster than
// the truth, which is the bubble's time.
type driftingClock struct {
	*testClock
	ppm float64
}

func (c driftingClock) Boot() time.Duration {
	true := time.Since(c.start)
	return true + time.Duration(float64(true)*c.ppm/1e6)
}

// TestThreeDaysWithoutNTP: the center's time serves, and what a pack says of its
// possible error is true, also in the day on which the center is away.
func TestThreeDaysWithoutNTP(t *testing.T) {
	for _, ppm := range []float64{80, -80} {
		synctest.Test(t, func(t *testing.T) {
			base := newTestClock("b1", wire.Unknown)
			clock := driftingClock{base, ppm}
			line := openTestTimeline(t, t.TempDir())
			k := newTimekeeper(Deps{Clock: clock, Logger: slog.New(slog.DiscardHandler)}, t.TempDir(), line)
			worst := 0.0
			for i := range uint64(72 * 360) {
				time.Sleep(10 * time.Second)
				if hour := i / 360; i%6 == 0 && (hour < 24 || hour >= 48) {
					// Seconds on a slow link, and not the same both ways.
					up, down := rand.N(2*time.Second), rand.N(500*time.Millisecond)
					half := (up + down) / 2
					k.heard(time.Now().Add(-down).UnixMilli()+half.Milliseconds(), half.Seconds())
				}
				boot := clock.Boot().Milliseconds()
				must(t, k.beforeSeal(i+1, boot, boot))
				f, ok := k.fix("b1", i+1)
				if !ok {
					t.Fatal("no time")
				}
				off := float64(abs(f.UnixMS+boot-time.Now().UnixMilli())) / 1000
				worst = max(worst, off)
				if off > f.ErrS {
					t.Fatalf("pack %d: off by %.3f s, says at most %.3f s", i+1, off, f.ErrS)
				}
			}
			if n := len(line.fixes); n > 200 {
				t.Errorf("%d offsets in 72 h", n)
			}
			t.Logf("%+.0f ppm: %d offsets in 72 h, the worst time %.2f s off", ppm, len(line.fixes), worst)
		})
	}
}

// TestARestartGoesOnWithTheTimeOfItsBoot, though the kernel says no longer that it
// is synchronised.
func TestARestartGoesOnWithTheTimeOfItsBoot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		cfg := testConfig(t)
		clock := newTestClock("b1", wire.Synced)
		r := start(t, cfg, clock, center)
		r.measure(1)
		r.stop()
		clock.set(wire.Unknown, -time.Hour)
		center.setOfflineQuietly()
		r = start(t, cfg, clock, center)
		time.Sleep(10 * time.Hour)
		r.measure(2)
		if s := r.agent.Snapshot(); s.Clock != wire.Estimated || s.ClockErrorS < 3 || s.ClockErrorS > 4 {
			t.Errorf("clock %s, error %.1f s; want an estimate that has drifted for 10 h", s.Clock, s.ClockErrorS)
		}
		center.setOffline(false)
		r.eventually("acknowledged", func() bool { return r.waiting() == 0 })
		r.stop()
		if len(center.stored) != 2 || len(center.previews) != 0 {
			t.Errorf("%d stored, %d previews", len(center.stored), len(center.previews))
		}
	})
}

// TestPacksWithoutTimeHoldNothingUp: behind a boot that never learnt the time lie
// packs of one that did, and this boot does not know it either.
func TestPacksWithoutTimeHoldNothingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(buildTime.Add(24 * time.Hour)))
		center := newFakeCenter(t)
		center.setOfflineQuietly()
		cfg := testConfig(t)
		boots := func(boot string, state wire.Clock) {
			r := start(t, cfg, newTestClock(boot, state), center)
			for i := range 5 {
				r.measure(float64(i))
			}
			r.stop()
			time.Sleep(time.Hour)
		}
		boots("b1", wire.Synced)
		first := time.Now()
		boots("b2", wire.Unknown)
		second := time.Now()
		boots("b3", wire.Synced)
		boots("b4", wire.Unknown)
		center.setOffline(false)
		center.look(func() { center.clockless = true })
		r := start(t, cfg, newTestClock("b5", wire.Unknown), center)
		r.measure(1)
		time.Sleep(time.Minute)
		synctest.Wait()
		center.look(func() {
			if len(center.stored) != 10 {
				t.Errorf("%d readings of the timed boots stored, want 10", len(center.stored))
			}
			if len(center.untimed) == 0 {
				t.Error("the boot between two timed ones has its bounds, and was not sent")
			}
			for _, p := range center.untimed {
				last := p.Readings[0].TimeMS
				if p.Boot != "b2" || last > second.UnixMilli() || last-int64(p.ClockErrS*1000) < first.Add(-time.Hour).UnixMilli() {
					t.Errorf("boot %s: at %d less %.0f s, want between the boots around it, %d to %d", p.Boot, last, p.ClockErrS, first.UnixMilli(), second.UnixMilli())
				}
			}
			center.clockless = false
		})
		r.measure(2)
		center.look(func() {
			center.say(wire.CenterTopic("center-1"), wire.CenterState{Ingester: "center-1", Online: true, Accepting: true, TimeMS: time.Now().UnixMilli(), ClockSynced: true})
		})
		r.eventually("all, once the center has told the time", func() bool { return r.waiting() == 0 })
		r.stop()
		if len(center.stored) != 12 {
			t.Errorf("%d readings stored, want 12", len(center.stored))
		}
	})
}

func TestAnAcknowledgementTellsTheTimeAsWellAsTheRoundTripAllows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		center.collect = 300 * time.Millisecond
		r := start(t, testConfig(t), newTestClock("b1", wire.Unknown), center)
		center.look(func() {
			center.say(wire.CenterTopic("center-1"), wire.CenterState{
				Ingester: "center-1", Online: true, Accepting: true, TimeMS: time.Now().UnixMilli(), ClockSynced: true,
			})
		})
		r.measure(1)
		if _, o := r.agent.time.now(); o.ErrS < 2 || o.ErrS > 2.1 {
			t.Errorf("a center's state says the time to %.2f s, want 2", o.ErrS)
		}
		r.eventually("acknowledged", func() bool { return r.waiting() == 0 })
		if _, o := r.agent.time.now(); o.ErrS < 0.15 || o.ErrS > 0.16 {
			t.Errorf("an acknowledgement after 0.3 s says it to %.2f s, want half of that", o.ErrS)
		}
		r.stop()
	})
}

func TestWhereAWrongClockHasItsTimeFrom(t *testing.T) {
	saved := time.Date(2026, 5, 1, 10, 17, 1, 0, time.UTC)
	files := fstest.MapFS{fakeHwclock: {Data: []byte("2026-05-01 10:17:01\n")}}
	rtc := fstest.MapFS{"sys/class/rtc/rtc0/name": {Data: []byte("rtc-ds1307\n")}}
	for _, tc := range []struct {
		name  string
		files fstest.MapFS
		sys   time.Time
		boot  time.Duration
		want  string
	}{
		{"from the file", files, saved.Add(3 * time.Minute), 3 * time.Minute, "fake-hwclock"},
		{"not from the file", files, saved.Add(-time.Hour), time.Minute, "none: the board has no clock of its own"},
		{"from a battery", rtc, time.Unix(0, 0), time.Minute, "battery clock (rtc0)"},
		{"from nothing", fstest.MapFS{}, time.Unix(0, 0), time.Minute, "none: the board has no clock of its own"},
	} {
		if got := clockSource(func() fs.FS { return tc.files })(tc.sys.UnixMilli(), tc.boot.Milliseconds()); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}
