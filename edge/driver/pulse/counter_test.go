package pulse

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

const (
	ms = time.Millisecond
	s  = time.Second
)

// counted returns a window of a counter with a debounce of 30 ms after edges at
// times, from 0 to end.
func counted(end time.Duration, edges ...time.Duration) Window {
	c := &counter{debounce: 30 * ms}
	c.Begin(false, 0)
	for _, t := range edges {
		c.Edge(t)
	}
	return c.Cut(end)
}

func TestDebounceByDistance(t *testing.T) {
	for _, tc := range []struct {
		name  string
		edges []time.Duration
		count int
		held  time.Duration
	}{
		{"nothing", nil, 0, 0},
		{"a reed closes and opens", []time.Duration{s, s + 80*ms}, 1, 80 * ms},
		{"it bounces as it closes", []time.Duration{s, s + 1*ms, s + 2*ms, s + 80*ms}, 1, 80 * ms},
		{"it bounces as it opens", []time.Duration{s, s + 80*ms, s + 81*ms, s + 82*ms}, 1, 80 * ms},
		{"it is closed for less than the bounce", []time.Duration{s, s + 5*ms, 2 * s, 2*s + 5*ms}, 2, 5 * ms},
		{"it closes again before it could be open", []time.Duration{s, s + 80*ms, s + 90*ms, s + 200*ms}, 1, 110 * ms},
		{"two tips", []time.Duration{s, s + 80*ms, s + 130*ms, s + 210*ms}, 2, 80 * ms},
		{"still closed", []time.Duration{s}, 1, 9 * s},
		{"closed for less than the bounce, long ago", []time.Duration{s, s + 5*ms}, 1, 5 * ms},
	} {
		w := counted(10*s, tc.edges...)
		if w.Count != tc.count || w.Length != 10*s {
			t.Errorf("%s: %+v, want %d", tc.name, w, tc.count)
		}
		// What looked closed while it bounced is known only when the bounce is over.
		if w.Held < tc.held || w.Held > max(tc.held, 30*ms) {
			t.Errorf("%s: held for %v, want %v", tc.name, w.Held, tc.held)
		}
	}
}

func TestMissedEdges(t *testing.T) {
	c := &counter{debounce: 30 * ms}
	c.Begin(false, 0)
	c.Miss(1 * s) // closed at some time
	c.Edge(2 * s)
	c.Edge(3 * s)
	c.Miss(4 * s) // opened at some time
	c.Edge(5 * s)
	c.Edge(5*s + ms) // bounce, whose way back is missed
	c.Miss(5*s + 2*ms)
	if w := c.Cut(6 * s); w.Count != 3 || !c.Active() {
		t.Errorf("%+v, active %v", w, c.Active())
	}
}

// TestEveryPulseIsInOneWindow cuts random pulses into random windows.
func TestEveryPulseIsInOneWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &counter{debounce: 30 * ms}
		c.Begin(false, 0)
		var now, length time.Duration
		count := 0
		pass := func(least int) {
			now += time.Duration(rapid.IntRange(least, 500).Draw(t, "ms")) * ms
			if rapid.Bool().Draw(t, "cut") {
				w := c.Cut(now)
				count, length = count+w.Count, length+w.Length
			}
		}
		n := rapid.IntRange(1, 40).Draw(t, "pulses")
		for range n {
			for range 2 {
				pass(30)
				c.Edge(now)
				for range rapid.IntRange(0, 3).Draw(t, "bounces") {
					c.Edge(now + ms)
					c.Edge(now + 2*ms)
				}
			}
		}
		now += s
		w := c.Cut(now)
		if count+w.Count != n || length+w.Length != now || c.Active() {
			t.Fatalf("%d pulses in %v, want %d in %v", count+w.Count, length+w.Length, n, now)
		}
	})
}

func TestCutInNoTime(t *testing.T) {
	c := &counter{}
	c.Begin(true, s)
	if w := c.Cut(s); w != (Window{Early: true}) {
		t.Errorf("%+v", w)
	}
	if w := c.Cut(s / 2); w.Length != 0 {
		t.Errorf("a cut before the window: %+v", w)
	}
	if w := c.Cut(3 * s); w.Length != 2*s || w.Held != 2*s {
		t.Errorf("%+v", w)
	}
}

func TestActiveFromTheBeginning(t *testing.T) {
	for name, end := range map[string]func(c *counter){
		"an edge":        func(c *counter) { c.Edge(15 * s) },
		"a missed edge":  func(c *counter) { c.Miss(15 * s) },
		"bounce and all": func(c *counter) { c.Edge(15 * s); c.Edge(15*s + ms); c.Edge(15*s + 2*ms) },
	} {
		c := &counter{debounce: 30 * ms}
		c.Begin(true, 0)
		if w := c.Cut(10 * s); !w.Early {
			t.Errorf("%s: before it %+v", name, w)
		}
		end(c)
		c.Edge(18 * s) // a pulse of its own
		if w := c.Cut(20 * s); w.Early || w.Count != 1 {
			t.Errorf("%s: after it %+v", name, w)
		}
	}
}
