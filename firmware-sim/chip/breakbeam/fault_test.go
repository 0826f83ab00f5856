package breakbeam

import (
	"slices"
	"testing"
	"time"
)

func TestFaults(t *testing.T) {
	vehicles := []Interval{{s(1), s(2)}, {s(10), s(11)}, {s(20), s(21)}, {s(30), s(31)}, {s(40), s(41)}, {s(50), s(50.004)}}
	c := New(false, road(vehicles))
	got := edges(c, t0, s(9))
	c.SetFault(Blind)
	got = append(got, edges(c, s(9), s(19))...)
	c.SetFault(None)
	got = append(got, edges(c, s(19), s(25))...)
	c.SetFault(Chattering)
	got = append(got, edges(c, s(25), s(39))...)
	got = append(got, edges(c, s(39), s(100))...)
	want := []edge{
		{1, true},
		{2, false},
		{20, true},
		{21, false},
		{30, true},
		{30.002, false},
		{30.005, true},
		{31, false},
		{40, true},
		{40.002, false},
		{40.005, true},
		{41, false},
		{50, true},
		{50.004, false},
	}
	if !slices.Equal(got, want) {
		t.Errorf("edges %v\nwant %v", got, want)
	}
}

func TestStuck(t *testing.T) {
	c := New(true, road([]Interval{{s(1), s(2)}, {s(200), s(201)}}))
	got := edges(c, t0, s(1.5)) // in the middle of a vehicle
	c.SetFault(Stuck)
	got = append(got, edges(c, s(1.5), s(150))...)
	if c.Level(s(150)) {
		t.Error("stuck, yet the line is high")
	}
	c.SetFault(None)
	got = append(got, edges(c, s(150), s(300))...)
	for i := range got {
		got[i].at = float64(int(got[i].at*1e6)) / 1e6
	}
	if want := []edge{{1, false}, {150, true}, {200, false}, {201, true}}; !slices.Equal(got, want) {
		t.Errorf("edges %v, want %v", got, want)
	}
	c.PowerCycle()
	if !c.Level(s(300)) {
		t.Error("after the supply was cut the line is low")
	}
}

// An edge that was told of stays true when a fault comes right after it.
func TestFaultAfterAnEdge(t *testing.T) {
	c := New(false, road([]Interval{{s(5), s(6)}}))
	at, high, ok := c.NextEdge(t0, s(60))
	if !ok || !high || !at.Equal(s(5)) {
		t.Fatalf("edge at %v to %v, %v", at, high, ok)
	}
	c.SetFault(Blind)
	if at, high, ok = c.NextEdge(at, s(60)); !ok || high || !at.Equal(s(6)) {
		t.Errorf("then at %v to %v, %v: the vehicle must leave the beam", at, high, ok)
	}
}

// A loop's relay may close by the hundred in a second.
func TestFastPulses(t *testing.T) {
	var pulses []Interval
	for i := range 200 * 60 {
		from := t0.Add(time.Duration(i) * 5 * time.Millisecond)
		pulses = append(pulses, Interval{from, from.Add(2 * time.Millisecond)})
	}
	got := edges(New(true, road(pulses)), t0.Add(-time.Second), s(61))
	if len(got) != 2*len(pulses) {
		t.Fatalf("%d edges, want %d", len(got), 2*len(pulses))
	}
	for i, e := range got {
		if e.high != (i%2 == 1) {
			t.Fatalf("edge %d goes high: %v", i, e.high)
		}
	}
}

func FuzzNextEdge(f *testing.F) {
	f.Add(int64(0), int64(time.Minute), int64(time.Second), uint8(0), uint8(1))
	f.Add(int64(-time.Hour), int64(-time.Minute), int64(time.Hour), uint8(3), uint8(2))
	f.Fuzz(func(t *testing.T, after, ahead, length int64, before, then uint8) {
		after, ahead = after%int64(time.Hour), ahead%int64(time.Hour)
		c := New(false, func(from, to time.Time) []Interval {
			mid := from.Add(to.Sub(from) / 2)
			return []Interval{{mid, mid.Add(time.Duration(length % int64(time.Hour)))}}
		})
		c.SetFault(Fault(before))
		c.Level(t0)
		c.SetFault(Fault(then))
		from := t0.Add(time.Duration(after))
		limit := from.Add(time.Duration(ahead))
		at, high, ok := c.NextEdge(from, limit)
		if ok && (!at.After(from) || at.After(limit)) {
			t.Fatalf("edge at %v, asked from %v to %v", at, from, limit)
		}
		if ok && c.Level(at) != high {
			t.Fatalf("edge to high %v, level %v", high, c.Level(at))
		}
	})
}
