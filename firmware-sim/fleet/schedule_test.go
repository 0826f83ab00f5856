package fleet

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/firmware-sim/world"
)

// traceOf returns a trace with rows at these times after its first one.
func traceOf(t *testing.T, after ...time.Duration) *world.Trace {
	t.Helper()
	text := "time,pm2_5_ugm3,level_m,occupancy_pct,speed_kmh\n"
	for _, d := range append([]time.Duration{0}, after...) {
		at := time.Date(2023, 6, 6, 0, 0, 0, 0, time.UTC).Add(d)
		text += fmt.Sprintf("%s,10,2.1234,10,50\n", at.Format(time.RFC3339Nano))
	}
	tr, err := world.ReadTrace(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestSensorsAreReadInStepWithTheRows(t *testing.T) {
	const m = time.Minute
	for _, tc := range []struct {
		rows        []time.Duration
		speed       float64
		point, beam time.Duration
	}{
		{[]time.Duration{10 * m, 20 * m}, 1, 24 * time.Second, 5 * m},
		{[]time.Duration{10 * m, 20 * m}, 600, 200 * time.Second, 5 * m},
		{[]time.Duration{10 * m, 20 * m}, 3000, 10 * m, 5 * m},
		{[]time.Duration{5 * m, 10 * m, 11 * m}, 1, 12 * time.Second, 30 * time.Second},
		{[]time.Duration{5 * m, 10 * m, 11 * m}, 600, 5 * m, 150 * time.Second},
		{[]time.Duration{time.Second, 2 * time.Second}, 1, time.Second, 500 * time.Millisecond},
		{[]time.Duration{24 * time.Hour, 48 * time.Hour}, 100_000, 24 * time.Hour / 3, 12 * time.Hour},
	} {
		s, err := newSchedule(traceOf(t, tc.rows...), tc.speed)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.interval(part{kind: airRhythm}); got != tc.point {
			t.Errorf("rows %v at speed %g: read every %v, want %v", tc.rows, tc.speed, got, tc.point)
		}
		if got := s.interval(part{kind: countRhythm}); got != tc.beam {
			t.Errorf("rows %v at speed %g: counted over %v, want %v", tc.rows, tc.speed, got, tc.beam)
		}
		// In boot time a row begins a millisecond after a multiple of the beam's
		// interval, and half a piece after one of the others'.
		begin := s.lead() - time.Millisecond
		if begin%s.interval(part{kind: countRhythm}) != 0 || begin%s.piece != s.piece/2 {
			t.Errorf("rows %v at speed %g: the first row begins at boot time %v, the intervals are %v and %v", tc.rows, tc.speed, begin, s.piece, s.interval(part{kind: countRhythm}))
		}
	}
	if _, err := newSchedule(traceOf(t, 10*m, 20*m), 3001); err == nil || !strings.Contains(err.Error(), "use at most 3000") {
		t.Errorf("error %v, want the highest speed", err)
	}
}

func TestAReplaysClockStandsUntilItBeginsAndThenGoesByWholeSteps(t *testing.T) {
	bubble(t, func(t *testing.T) {
		tr := traceOf(t, 10*time.Minute, 20*time.Minute)
		r, err := tr.Replay(world.Options{KeepTime: true, Speed: 3000})
		if err != nil {
			t.Fatal(err)
		}
		s, err := newSchedule(tr, 3000)
		if err != nil {
			t.Fatal(err)
		}
		c := newReplayClock(r, s)
		time.Sleep(time.Hour)
		if !c.Now().Equal(tr.First()) || c.Boot() != s.lead() {
			t.Errorf("before it began it is %v, boot time %v", c.Now(), c.Boot())
		}
		if err := c.begin(); err != nil {
			t.Fatal(err)
		}
		tick := 10 * time.Minute // of boot time: the first row's middle
		if err := c.WaitUntil(t.Context(), tick); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond) // what a driver may take: 150 s to the node
		if got := c.Boot(); got != tick+time.Millisecond {
			t.Errorf("boot time %v after %v was waited for", got, tick)
		}
		if got, want := c.Now(), tr.First().Add(450*time.Second); got.Sub(want).Abs() > time.Second {
			t.Errorf("in the world it is %v, want %v", got, want)
		}
		if got := c.Start().Add(c.Boot()); !got.Equal(tr.First().Add(5 * time.Minute)) {
			t.Errorf("the node's UTC is %v", got)
		}
	})
}

func TestTheLevelSensorHangsJustAboveTheHighestWater(t *testing.T) {
	if m := overTrace(traceOf(t, time.Minute)); m.datumM != 2.18 {
		t.Errorf("datum %v m above a level of 2.1234 m, want 2.18", m.datumM)
	}
}

func TestTraceOverTellsTheEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		opt := testOptions(t, 1)
		opt.Trace = traceOf(t, 10*time.Minute, 20*time.Minute)
		opt.Replay = world.Options{Speed: 3000}
		n := run(t, opt, func(f *Fleet) {
			began := time.Now()
			if err := f.TraceOver(t.Context()); err != nil {
				t.Error(err)
			}
			// Three rows, and a quarter of one for the last window.
			if took := time.Since(began); took < 600*time.Millisecond || took > 660*time.Millisecond {
				t.Errorf("the trace took %v", took)
			}
		})
		// Each row: 3 of the PMS5003, 2 of the A02YYUW; 5 windows of the beam with
		// 6 each.
		if want := uint64(3*3 + 3*2 + 5*6); n.QueuedReadings != want {
			t.Errorf("%d readings, want %d", n.QueuedReadings, want)
		}
	})
}

func TestASpeedOfNothingIsRefused(t *testing.T) {
	opt := testOptions(t, 1)
	opt.Trace = traceOf(t, 10*time.Minute)
	for speed, want := range map[float64]string{0.5: "speed 0.5", -1: "speed -1", 1e5: "too fast"} {
		opt.Replay.Speed = speed
		if _, err := New(opt); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("speed %v: error %v, want %q", speed, err, want)
		}
	}
}
