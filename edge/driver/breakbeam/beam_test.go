package breakbeam

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestWindowsAddUp cuts random traffic into random windows: nothing may be lost
// or counted twice.
func TestWindowsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := beam{debounce: ms, length: 5}
		var (
			now, wantOn, on, whole time.Duration
			leads, gaps, speeds    int
		)
		cut := func() {
			w, length := b.cut(now)
			leads, gaps, speeds, on, whole = leads+w.count, gaps+w.gaps, speeds+w.speeds.n, on+w.on, whole+length
		}
		n := rapid.IntRange(1, 40).Draw(t, "vehicles")
		for range n {
			for _, blocks := range []bool{true, false} {
				b.edge(now)
				for range rapid.IntRange(0, 2).Draw(t, "cuts") {
					d := time.Duration(rapid.IntRange(100, 900).Draw(t, "ms")) * ms
					now += d
					if blocks {
						wantOn += d
					}
					cut()
				}
				d := time.Duration(rapid.IntRange(100, 900).Draw(t, "ms")) * ms
				now += d
				if blocks {
					wantOn += d
				}
			}
		}
		cut()
		if leads != n || gaps != n-1 || speeds != n || on != wantOn || whole != now {
			t.Fatalf("%d vehicles, %d gaps, %d speeds, blocked %v of %v; want %d, %d, %d, %v of %v",
				leads, gaps, speeds, on, whole, n, n-1, n, wantOn, now)
		}
	})
}

func TestYoungEdgeBelongsToTheNextWindow(t *testing.T) {
	b := beam{debounce: ms}
	b.edge(10 * time.Second)
	if w, length := b.cut(10*time.Second + ms/2); w.count != 0 || length != 10*time.Second {
		t.Errorf("first window: %d in %v", w.count, length)
	}
	if w, length := b.cut(20 * time.Second); w.count != 1 || w.on != 10*time.Second || length != 10*time.Second {
		t.Errorf("second window: %d, blocked %v of %v", w.count, w.on, length)
	}
}

func TestEdgesThatGoBackInTime(t *testing.T) {
	b := beam{}
	b.edge(2 * time.Second)
	b.edge(time.Second)
	b.edge(3 * time.Second)
	if w, _ := b.cut(4 * time.Second); w.count != 2 || w.on != time.Second {
		t.Errorf("%d, blocked %v", w.count, w.on)
	}
}

// TestPercentile compares with the definition.
func TestPercentile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.IntRange(1, 1500), 1, 200).Draw(t, "tenths of km/h")
		var s speeds
		var sum float64
		for _, tenths := range all {
			kmh := float64(tenths) / 10
			sum += kmh
			s.add(kmh/3.6, time.Second)
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
