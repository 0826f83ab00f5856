package traffic

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

const s = time.Second

// values pairs quantities with values.
func values(pairs ...any) []driver.Value {
	var vs []driver.Value
	for i := 0; i < len(pairs); i += 2 {
		vs = append(vs, driver.Measured(pairs[i].(reading.Quantity), pairs[i+1].(float64)))
	}
	return vs
}

func want(t *testing.T, w *Window, want []driver.Value) {
	t.Helper()
	got, err := w.Values()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestPercentile compares with the definition.
func TestPercentile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.IntRange(0, 3000), 1, 200).Draw(t, "tenths of km/h")
		var s speeds
		var sum float64
		for _, tenths := range all {
			kmh := float64(tenths) / 10
			sum += kmh
			s.add(kmh)
		}
		slices.Sort(all)
		rank := int(math.Ceil(0.85*float64(len(all)) - 1e-9))
		want := float64(all[rank-1]) / 10
		mean, p85, ok := s.summary()
		if !ok || math.Abs(p85-want) > 1e-9 || math.Abs(mean-sum/float64(len(all))) > 1e-6 {
			t.Fatalf("summary = %v, %v, %v; want %v, %v", mean, p85, ok, sum/float64(len(all)), want)
		}
	})
}

func TestWhatIsNoSpeed(t *testing.T) {
	var s speeds
	for _, kmh := range []float64{math.NaN(), math.Inf(1), -1, 300.1} {
		s.add(kmh)
	}
	if _, _, ok := s.summary(); ok {
		t.Error("took one for a speed")
	}
}

func TestPassages(t *testing.T) {
	var p Passages
	p.Arrive(1 * s) // before any window
	want(t, p.Cut(10*s), nil)
	want(t, p.Cut(20*s), values(reading.Count, 0., reading.Flow, 0.))
	p.Arrive(22 * s)
	p.Speed(40)
	p.Arrive(25 * s)
	p.Speed(60)
	if w := p.Cut(20 * s); w != nil {
		t.Errorf("a window of no length: %+v", w)
	}
	want(t, p.Cut(30*s), values(reading.Count, 2., reading.Flow, 720., reading.Headway, 12.,
		reading.Speed, 50., reading.SpeedP85, 60.))
}

func TestPresence(t *testing.T) {
	p := Presence{Length: 5, StuckAfter: 60 * s}
	p.Begin(true, 0)
	p.Cut(0)
	p.Turn(2 * s) // was there from before
	p.Turn(4 * s)
	p.Turn(4*s + s/2)
	p.TurnUnseen(6 * s)
	p.Turn(7 * s)
	p.Turn(8 * s)
	want(t, p.Cut(10*s), values(reading.Count, 3., reading.Flow, 1080., reading.Occupancy, 55.,
		reading.Speed, 36., reading.SpeedP85, 36.))
	if !p.Present() {
		t.Error("the last one left unseen")
	}
}

func TestStuck(t *testing.T) {
	p := Presence{Length: 5, StuckAfter: 60 * s}
	p.Begin(false, 0)
	p.Cut(0)
	p.Turn(5 * s)
	want(t, p.Cut(60*s), values(reading.Count, 1., reading.Flow, 60., reading.Occupancy, 91.67))
	stuck := func(end time.Duration) {
		t.Helper()
		if v, err := p.Cut(end).Values(); !errors.Is(err, driver.ErrStuck) || v != nil {
			t.Errorf("until %v: %v, %v", end, v, err)
		}
	}
	stuck(120 * s)
	p.Turn(121 * s)
	stuck(180 * s) // it was stuck for a part of it
	want(t, p.Cut(240*s), values(reading.Count, 0., reading.Flow, 0., reading.Occupancy, 0.))
}

// TestThereFromTheBeginning: whoever opens a detector anew must not take what is
// stuck for a road without traffic.
func TestThereFromTheBeginning(t *testing.T) {
	p := Presence{StuckAfter: 600 * s}
	p.Begin(true, 0)
	p.Cut(0)
	for end := 60 * s; end <= 180*s; end += 60 * s {
		if v, err := p.Cut(end).Values(); !errors.Is(err, driver.ErrStuck) || v != nil {
			t.Errorf("until %v: %v, %v", end, v, err)
		}
	}
	p.Turn(210 * s)
	want(t, p.Cut(240*s), values(reading.Count, 0., reading.Flow, 0., reading.Occupancy, 50.))
	p.Turn(250 * s)
	want(t, p.Cut(300*s), values(reading.Count, 1., reading.Flow, 60., reading.Occupancy, 83.33))
}

// TestWindowsAddUp cuts random traffic into random windows: nothing may be lost
// or counted twice.
func TestWindowsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := Presence{Length: 5}
		p.Cut(0)
		var now, wantOn, on, whole time.Duration
		var count, gaps, speeds int
		pass := func(there bool) {
			d := time.Duration(rapid.IntRange(100, 900).Draw(t, "ms")) * time.Millisecond
			now += d
			if there {
				wantOn += d
			}
		}
		cut := func() {
			w := p.Cut(now)
			if w == nil {
				return
			}
			count, gaps, speeds, on, whole = count+w.count, gaps+w.gaps, speeds+w.speeds.n, on+w.on, whole+w.length
		}
		n := rapid.IntRange(1, 40).Draw(t, "vehicles")
		for range n {
			for _, there := range []bool{true, false} {
				p.Turn(now)
				for range rapid.IntRange(0, 2).Draw(t, "cuts") {
					pass(there)
					cut()
				}
				pass(there)
			}
		}
		cut()
		if count != n || gaps != n-1 || speeds != n || on != wantOn || whole != now {
			t.Fatalf("%d vehicles, %d gaps, %d speeds, there %v of %v; want %d, %d, %d, %v of %v",
				count, gaps, speeds, on, whole, n, n-1, n, wantOn, now)
		}
	})
}
