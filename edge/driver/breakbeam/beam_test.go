package breakbeam

import (
	"testing"
	"time"

	"github.com/siaga-id/siaga/edge/driver/traffic"
	"github.com/siaga-id/siaga/internal/reading"
	"pgregory.net/rapid"
)

// told returns a window's count and for how many seconds of length it was
// occupied.
func told(t testing.TB, w *traffic.Window, length time.Duration) (count, on float64) {
	t.Helper()
	vs, err := w.Values()
	if err != nil || len(vs) < 3 || vs[0].Quantity != reading.Count || vs[2].Quantity != reading.Occupancy {
		t.Fatalf("window: %v, %v", vs, err)
	}
	return vs[0].Value, vs[2].Value * length.Seconds() / 100
}

// TestBounceAddsNothing lets random contacts bounce at both ends.
func TestBounceAddsNothing(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := beam{debounce: ms}
		b.Cut(0)
		var now, on time.Duration
		n := rapid.IntRange(1, 40).Draw(r, "vehicles")
		for range n {
			for _, blocks := range []bool{true, false} {
				for range rapid.IntRange(0, 4).Draw(r, "bounces") {
					b.Edge(now)
					b.Edge(now + ms/4)
					now += ms / 2
					if !blocks {
						on += ms / 2
					}
				}
				b.Edge(now)
				d := time.Duration(rapid.IntRange(100, 900).Draw(r, "ms")) * ms
				now += d
				if blocks {
					on += d
				}
			}
		}
		count, was := told(t, b.Cut(now), now)
		if diff := was - on.Seconds(); count != float64(n) || diff > 0.01*now.Seconds() || diff < -0.01*now.Seconds() {
			r.Fatalf("%v vehicles, blocked for %v s, want %d, %v", count, was, n, on)
		}
	})
}

func TestYoungEdgeBelongsToTheNextWindow(t *testing.T) {
	b := beam{debounce: ms}
	b.Cut(0)
	b.Edge(10 * s)
	if count, _ := told(t, b.Cut(10*s+ms/2), 10*s); count != 0 {
		t.Errorf("first window: %v", count)
	}
	if count, on := told(t, b.Cut(20*s), 10*s); count != 1 || on != 10 {
		t.Errorf("second window: %v, blocked for %v s", count, on)
	}
}

func TestEdgesThatGoBackInTime(t *testing.T) {
	b := beam{}
	b.Cut(0)
	b.Edge(2 * s)
	b.Edge(1 * s)
	b.Edge(3 * s)
	if count, on := told(t, b.Cut(4*s), 4*s); count != 2 || on != 1 {
		t.Errorf("%v, blocked for %v s", count, on)
	}
}
