package tippingbucket

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var t0 = time.Date(2026, 1, 15, 3, 0, 0, 0, time.UTC)

type edge struct {
	at   time.Duration
	high bool
}

// edges walks the line as a pin does, looking ahead by horizon.
func edges(c *Chip, from, to time.Time, horizon time.Duration) (got []edge) {
	for at := from; at.Before(to); {
		limit := at.Add(horizon)
		if limit.After(to) {
			limit = to
		}
		next, high, ok := c.NextEdge(at, limit)
		if !ok {
			at = limit
			continue
		}
		got = append(got, edge{next.Sub(t0), high})
		at = next
	}
	return got
}

func falls(all []edge) (n int) {
	for _, e := range all {
		if !e.high {
			n++
		}
	}
	return n
}

func steady(mmPerHour float64) func(time.Time) (float64, bool) {
	return func(time.Time) (float64, bool) { return mmPerHour, true }
}

func TestTips(t *testing.T) {
	c := New(0.2, steady(72)) // a tip every 10 s
	got := edges(c, t0, t0.Add(25*time.Second), time.Hour)
	want := []edge{{10 * time.Second, false}, {10080 * time.Millisecond, true}, {20 * time.Second, false}, {20080 * time.Millisecond, true}}
	if len(got) != len(want) {
		t.Fatalf("edges %v, want %v", got, want)
	}
	for i, w := range want {
		if d := got[i].at - w.at; d < -time.Millisecond || d > time.Millisecond || got[i].high != w.high {
			t.Errorf("edge %v, want %v", got[i], w)
		}
	}
	for at, high := range map[time.Duration]bool{0: true, 10040: false, 10090: true, 20079: false} {
		if c.Level(t0.Add(at*time.Millisecond)) != high {
			t.Errorf("at %d ms the line is high %v, want %v", at, !high, high)
		}
	}
}

// Tips times bucketful is the rain, whatever the rain does.
func TestTipsAreTheRain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tip := rapid.SampledFrom([]float64{0.1, 0.2, 0.25, 0.2794, 0.5, 1}).Draw(t, "tip")
		rates := rapid.SliceOfN(rapid.Float64Range(-5, 300), 4, 4).Draw(t, "rates")
		horizon := time.Duration(rapid.Int64Range(int64(time.Second), int64(time.Hour)).Draw(t, "horizon"))
		fallen := 0.0
		for _, r := range rates {
			fallen += math.Max(0, r) / 4
		}
		c := New(tip, func(at time.Time) (float64, bool) {
			i := int(at.Sub(t0) / (15 * time.Minute))
			if i < 0 || i >= len(rates) {
				return 0, false
			}
			return rates[i], true
		})
		n := falls(edges(c, t0, t0.Add(2*time.Hour), horizon))
		if d := fallen - float64(n)*tip; d < -1e-6 || d > tip+1e-6 {
			t.Fatalf("%d tips of %v mm for %v mm", n, tip, fallen)
		}
	})
}

// A cloudburst faster than the bucket turns loses no water.
func TestFasterThanItTurns(t *testing.T) {
	c := New(0.1, func(at time.Time) (float64, bool) { return 3600, at.Sub(t0) < time.Minute })
	if n := falls(edges(c, t0, t0.Add(time.Hour), time.Second)); n < 599 || n > 600 {
		t.Errorf("%d tips of 0.1 mm for 60 mm", n)
	}
}

func TestAnyOrder(t *testing.T) {
	used := New(0.2, steady(100))
	used.Level(t0)
	rapid.Check(t, func(t *rapid.T) {
		at := t0.Add(time.Duration(rapid.Int64Range(0, int64(6*time.Hour)).Draw(t, "at")))
		fresh := New(0.2, steady(100))
		fresh.Level(t0)
		if used.Level(at) != fresh.Level(at) {
			t.Fatalf("level at %v depends on what was asked before", at)
		}
		a, b := edges(used, at, at.Add(time.Minute), time.Second), edges(fresh, at, at.Add(time.Minute), time.Hour)
		if !slices.Equal(a, b) {
			t.Fatalf("edges after %v depend on what was asked before:\n%v\n%v", at, a, b)
		}
	})
}

func TestFaults(t *testing.T) {
	hour := func(f Fault) []edge {
		c := New(0.2, steady(20)) // 100 tips
		c.SetFault(f)
		return edges(c, t0, t0.Add(time.Hour+time.Second), time.Second)
	}
	for f, want := range map[Fault]int{None: 100, Bouncing: 500, DoubleClosing: 200, Blocked: 0, Welded: 1} {
		if n := falls(hour(f)); n < want-5 || n > want {
			t.Errorf("fault %d: contact closed %d times, want %d", f, n, want)
		}
	}
	c := New(0.2, steady(20))
	c.SetFault(Welded)
	edges(c, t0, t0.Add(time.Hour), time.Second)
	if c.Level(t0.Add(time.Hour)) {
		t.Error("welded, yet the line is high")
	}
	c.SetFault(None)
	all := edges(c, t0.Add(time.Hour), t0.Add(2*time.Hour), time.Second)
	if n := falls(all); !all[0].high || n < 99 || n > 100 {
		t.Errorf("mended: %d tips after %v, want 100 after it has opened", n, all[0])
	}
}

func TestForgottenAndBack(t *testing.T) {
	c := New(0.2, steady(72))
	edges(c, t0, t0.Add(3*keep), time.Hour)
	if n := len(c.pulses); n > 2*8640+2 {
		t.Errorf("%d tips remembered", n)
	}
	if n := falls(edges(c, t0, t0.Add(time.Minute), time.Second)); n < 5 || n > 6 { // the clock was set back
		t.Errorf("%d tips in a minute after the clock was set back", n)
	}
	if n := falls(edges(c, t0.AddDate(1, 0, 0), t0.AddDate(1, 0, 0).Add(time.Minute), time.Second)); n < 5 || n > 6 {
		t.Errorf("%d tips in a minute a year later", n)
	}
	c.PowerCycle()
	if n := falls(edges(c, t0.AddDate(1, 0, 0), t0.AddDate(1, 0, 0).Add(time.Minute), time.Second)); n < 5 || n > 6 {
		t.Errorf("%d tips after the supply was cut", n)
	}
}

func FuzzNextEdge(f *testing.F) {
	f.Add(int64(0), int64(time.Second), 72.0)
	f.Add(int64(-time.Hour), int64(time.Minute), math.Inf(1))
	f.Add(int64(time.Hour), int64(-time.Minute), math.NaN())
	f.Fuzz(func(t *testing.T, after, ahead int64, rate float64) {
		after, ahead = after%int64(100*keep), ahead%int64(time.Hour)
		c := New(0.2, steady(rate))
		c.Level(t0)
		from := t0.Add(time.Duration(after))
		at, high, ok := c.NextEdge(from, from.Add(time.Duration(ahead)))
		if ok && (!at.After(from) || at.After(from.Add(time.Duration(ahead)))) {
			t.Fatalf("edge at %v, asked after %v", at, from)
		}
		if ok && c.Level(at) != high {
			t.Fatalf("edge to high %v, level %v", high, c.Level(at))
		}
	})
}
