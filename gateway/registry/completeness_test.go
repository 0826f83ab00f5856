package registry

import (
	"math"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/wire"
)

// pct returns the node's completeness, or NaN where it has none.
func pct(t *testing.T, r *Registry) float64 {
	t.Helper()
	n, err := r.Node(t.Context(), "aa")
	must(t, err)
	if n.Completeness == nil {
		return math.NaN()
	}
	return *n.Completeness
}

func sensors(interval time.Duration, quantities ...string) *wire.NodeState {
	st := state("e1", 1)
	st.Sensors = []wire.SensorState{{ID: "pm-1", Driver: "pms5003", IntervalMS: interval.Milliseconds(), Quantities: quantities}}
	return st
}

// packs stores one pack a minute, with n readings each, from minute a of the
// clock's start to before b.
func packs(t *testing.T, r *Registry, start time.Time, a, b, n int) {
	t.Helper()
	var batch []StoredRange
	for m := a; m < b; m++ {
		s := stored("aa", "e1", uint64(m+1000), uint64(m+1000))
		s.Readings = n
		s.Oldest = start.Add(time.Duration(m) * time.Minute)
		s.Newest = s.Oldest.Add(59 * time.Second)
		batch = append(batch, s)
	}
	must(t, r.Stored(t.Context(), batch))
	must(t, r.Stored(t.Context(), batch)) // told twice, counted once
}

func TestCompleteness(t *testing.T) {
	for _, tc := range []struct {
		name string
		run  func(t *testing.T, r *Registry, c *clock, start time.Time)
		want float64
	}{
		{"all of an hour", func(t *testing.T, r *Registry, c *clock, start time.Time) {
			tell(t, r, c, "aa", sensors(2*time.Second, "pm1", "pm2_5", "pm10"))
			c.set(start.Add(91 * time.Minute))
			packs(t, r, start, 0, 90, 90)
		}, 100},
		{"joined 20 minutes and a half ago", func(t *testing.T, r *Registry, c *clock, start time.Time) {
			c.set(start.Add(30*time.Minute + 30*time.Second))
			tell(t, r, c, "aa", sensors(2*time.Second, "pm1"))
			packs(t, r, start, 0, 51, 30) // those of before are not counted
			c.set(start.Add(52 * time.Minute))
		}, 100},
		{"joined 20 minutes ago, half missing", func(t *testing.T, r *Registry, c *clock, start time.Time) {
			c.set(start.Add(30 * time.Minute))
			tell(t, r, c, "aa", sensors(2*time.Second, "pm1"))
			packs(t, r, start, 30, 40, 30)
			c.set(start.Add(51 * time.Minute))
		}, 50},
		{"interval halved in the middle", func(t *testing.T, r *Registry, c *clock, start time.Time) {
			tell(t, r, c, "aa", sensors(2*time.Second, "pm1"))
			packs(t, r, start, 0, 30, 30)
			c.set(start.Add(30 * time.Minute))
			tell(t, r, c, "aa", sensors(time.Second, "pm1"))
			packs(t, r, start, 30, 45, 60)
			c.set(start.Add(61 * time.Minute))
		}, 100 * (30*30 + 15*60) / (30*30 + 30*60.0)},
		{"sensor taken off in the middle", func(t *testing.T, r *Registry, c *clock, start time.Time) {
			tell(t, r, c, "aa", sensors(2*time.Second, "pm1"))
			packs(t, r, start, 0, 30, 30)
			c.set(start.Add(30 * time.Minute))
			tell(t, r, c, "aa", state("e1", 1))
			c.set(start.Add(61 * time.Minute))
		}, 100},
		{"silent half of the time", func(t *testing.T, r *Registry, c *clock, start time.Time) {
			tell(t, r, c, "aa", sensors(2*time.Second, "pm1"))
			packs(t, r, start, 0, 30, 30)
			tell(t, r, c, "aa", &wire.NodeState{Online: false}) // its Will changes no expectation
			c.set(start.Add(61 * time.Minute))
		}, 50},
		{"backlog fills up what was missing", func(t *testing.T, r *Registry, c *clock, start time.Time) {
			tell(t, r, c, "aa", sensors(2*time.Second, "pm1"))
			c.set(start.Add(61 * time.Minute))
			packs(t, r, start, 0, 60, 30)
		}, 100},
		{"acknowledged before it was reported stored", func(t *testing.T, r *Registry, c *clock, start time.Time) {
			st := sensors(2*time.Second, "pm1")
			tell(t, r, c, "aa", st)
			st.NextSeq = 2000
			tell(t, r, c, "aa", st) // has nothing waiting: all is acknowledged
			packs(t, r, start, 0, 60, 30)
			c.set(start.Add(61 * time.Minute))
		}, 100},
		{"an hour in one report", func(t *testing.T, r *Registry, c *clock, start time.Time) {
			tell(t, r, c, "aa", sensors(2*time.Second, "pm1"))
			c.set(start.Add(91 * time.Minute))
			s := stored("aa", "e1", 1, 90)
			s.Readings, s.Oldest, s.Newest = 90*30, start, start.Add(90*time.Minute)
			must(t, r.Stored(t.Context(), []StoredRange{s}))
		}, 100},
		{"nothing can be expected yet", func(t *testing.T, r *Registry, c *clock, start time.Time) {
			tell(t, r, c, "aa", sensors(2*time.Second, "pm1"))
			packs(t, r, start, 0, 1, 30)
			c.set(start.Add(59 * time.Second))
		}, math.NaN()},
		{"no sensors", func(t *testing.T, r *Registry, c *clock, start time.Time) {
			tell(t, r, c, "aa", state("e1", 1))
			c.set(start.Add(61 * time.Minute))
		}, math.NaN()},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, c := fresh(t)
			tc.run(t, r, c, c.now())
			got := pct(t, r)
			if math.Abs(got-tc.want) > 1e-9 || math.IsNaN(got) != math.IsNaN(tc.want) {
				t.Fatalf("completeness %v, want %v", got, tc.want)
			}
		})
	}
}

func TestOldCountsAreForgotten(t *testing.T) {
	r, c := fresh(t)
	start := c.now()
	tell(t, r, c, "aa", sensors(2*time.Second, "pm1"))
	packs(t, r, start, 0, 30, 30)
	c.set(start.Add(5 * time.Hour))
	packs(t, r, start, 300, 301, 30)
	packs(t, r, start, 31, 40, 30) // backlog from before any window
	var n int
	must(t, r.read.QueryRow(`SELECT COUNT(*) FROM minutes`).Scan(&n))
	if n != 1 {
		t.Fatalf("%d minutes are kept, want 1", n)
	}
}
