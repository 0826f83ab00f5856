package breakbeam

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var t0 = time.Date(2026, 1, 15, 3, 0, 0, 0, time.UTC)

func s(seconds float64) time.Time {
	return t0.Add(time.Duration(seconds * float64(time.Second)))
}

// road returns the blocked function of a list of intervals.
func road(all []Interval) func(from, to time.Time) []Interval {
	return func(from, to time.Time) (some []Interval) {
		for _, v := range all {
			if !v.From.Before(from) && v.From.Before(to) {
				some = append(some, v)
			}
		}
		return some
	}
}

type edge struct {
	at   float64
	high bool
}

func edges(c *Chip, from, to time.Time) (got []edge) {
	for at := from; ; {
		next, high, ok := c.NextEdge(at, to)
		if !ok {
			return got
		}
		got = append(got, edge{next.Sub(t0).Seconds(), high})
		at = next
	}
}

func TestEdges(t *testing.T) {
	vehicles := []Interval{
		{s(1), s(1.5)},
		{s(10), s(12)},
		{s(11), s(11.5)}, // beside the one before
		{s(12), s(13)},   // bumper to bumper
		{s(20), s(20)},   // nothing
		{s(59.8), s(60.3)},
		{s(60.1), s(61)}, // begins in the next window, joined to the one before
		{s(200), s(201)},
	}
	want := []edge{{1, true}, {1.5, false}, {10, true}, {13, false}, {59.8, true}, {61, false}, {200, true}, {201, false}}
	if got := edges(New(false, road(vehicles)), t0, s(300)); !slices.Equal(got, want) {
		t.Errorf("edges %v\nwant %v", got, want)
	}
	for i := range want {
		want[i].high = !want[i].high
	}
	low := New(true, road(vehicles))
	if got := edges(low, t0, s(300)); !slices.Equal(got, want) {
		t.Errorf("active low: edges %v\nwant %v", got, want)
	}
	for _, tc := range []edge{{0, true}, {1, false}, {1.5, true}, {11.7, false}, {60.5, false}, {61, true}} {
		if got := low.Level(s(tc.at)); got != tc.high {
			t.Errorf("active low: at %v the line is high %v, want %v", tc.at, got, tc.high)
		}
	}
}

func TestLimit(t *testing.T) {
	c := New(false, road([]Interval{{s(5), s(6)}}))
	if _, _, ok := c.NextEdge(t0, s(4.9)); ok {
		t.Error("gave an edge beyond the limit")
	}
	if at, _, ok := c.NextEdge(t0, s(5)); !ok || !at.Equal(s(5)) {
		t.Error("did not give an edge at the limit")
	}
	if at, high, ok := c.NextEdge(s(5), s(9)); !ok || high || !at.Equal(s(6)) {
		t.Error("gave the same edge again")
	}
}

func TestAnyOrder(t *testing.T) {
	var vehicles []Interval
	for x := 0.0; x < 7200; x += 7 {
		vehicles = append(vehicles, Interval{s(x), s(x + 0.3)})
	}
	used := New(false, road(vehicles))
	rapid.Check(t, func(t *rapid.T) {
		at := s(rapid.Float64Range(100, 7000).Draw(t, "at"))
		fresh := New(false, road(vehicles))
		if used.Level(at) != fresh.Level(at) {
			t.Fatalf("level at %v depends on what was asked before", at)
		}
		if a, b := edges(used, at, at.Add(30*time.Second)), edges(fresh, at, at.Add(30*time.Second)); !slices.Equal(a, b) {
			t.Fatalf("edges after %v depend on what was asked before:\n%v\n%v", at, a, b)
		}
	})
}
