package ops243

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
)

var t0 = time.Date(2026, 1, 15, 3, 0, 0, 0, time.UTC)

func s(seconds float64) time.Time { return t0.Add(time.Duration(seconds * float64(time.Second))) }

// one is a road with the given vehicles.
func one(all ...Passage) func(from, to time.Time) []Passage {
	return func(from, to time.Time) (some []Passage) {
		for _, p := range all {
			if !p.At.Before(from) && p.At.Before(to) {
				some = append(some, p)
			}
		}
		return some
	}
}

func empty(time.Time, time.Time) []Passage { return nil }

// hear returns the lines of a time, as a reader that asks often gets them.
func hear(c *Chip, from, to time.Time) (lines []string) {
	for at := from; !at.After(to); at = at.Add(20 * time.Millisecond) {
		for {
			m, _ := c.Send(at)
			if m == nil {
				break
			}
			lines = append(lines, string(m))
		}
	}
	return lines
}

func TestVehicles(t *testing.T) {
	for _, tc := range []struct {
		p         Passage
		from, to  float64 // seconds from At, in view
		low, high float64 // reports
		unit      string
	}{
		{Passage{s(60), 36, true, 4}, -3.5, -0.6, 9.65, 10.02, "UM"},
		{Passage{s(60), 36, false, 4}, 0.6, 3.5, -36.1, -34.7, "UK"},
		{Passage{s(60), 36, false, 20}, 0.6, 5, -22.5, -21.5, "US"},
		{Passage{s(60), 4, true, 2}, -22.5, -5.4, 1.02, 1.16, "UM"},
		{Passage{s(60), 1, true, 2}, -30, -21.6, 0.23, 0.31, "UM"},
	} {
		c := New(Quoted, one(tc.p))
		c.Send(t0)
		c.Receive(t0, []byte(tc.unit+"F2"))
		hear(c, s(1), s(1))
		lines := hear(c, s(1), s(180))
		if want := (tc.to - tc.from) * 10; math.Abs(float64(len(lines))-want) > 2 {
			t.Errorf("%+v: %d reports, want %v", tc.p, len(lines), want)
		}
		for _, l := range lines {
			v, err := strconv.ParseFloat(strings.TrimSuffix(l, "\r\n"), 64)
			if err != nil || v < tc.low || v > tc.high {
				t.Errorf("%+v: report %q, want %v to %v", tc.p, l, tc.low, tc.high)
			}
		}
		if early := hear(New(Quoted, one(tc.p)), t0, tc.p.At.Add(time.Duration((tc.from-0.2)*float64(time.Second)))); len(early) != 0 {
			t.Errorf("%+v: seen too early: %q", tc.p, early)
		}
	}
}

func TestTheStrongestIsReported(t *testing.T) {
	c := New(Quoted, one(Passage{s(60), 72, false, 4}, Passage{s(61), 36, true, 4}))
	hear(c, t0, s(59.5))
	lines := strings.Join(hear(c, s(59.5), s(62)), "")
	if i, j := strings.Index(lines, "9.9"), strings.Index(lines, "-19.9"); i < 0 || j < 0 {
		t.Errorf("both directions should be there: %q", lines)
	}
	quiet := New(Quoted, one(Passage{s(60), 0, true, 4}, Passage{s(61), math.NaN(), true, 4}))
	if l := hear(quiet, t0, s(90)); len(l) != 0 {
		t.Errorf("a standing vehicle was reported: %q", l)
	}
}

func TestGoldenLines(t *testing.T) {
	at := s(137.429)
	for _, tc := range []struct {
		dialect  Dialect
		commands string
		mps      float64
		want     string
	}{
		{Quoted, "", 3.6, "3.6\r\n"},
		{Quoted, "", -3.6, "-3.6\r\n"},
		{Quoted, "OT", 3.6, "137.429,3.6\r\n"},
		{Quoted, "OMOTOU", 3.6, "\"mps\",137.429,467.72,3.6\r\n"},
		{Quoted, "OMOTOm\nOt\n", 3.6, "3.6\r\n"},
		{Quoted, "UKF0", 10, "36\r\n"},
		{Quoted, "USF2", 10, "22.37\r\n"},
		{Quoted, "UCF0", 10, "1000\r\n"},
		{Quoted, "UFF5", 1, "3.28084\r\n"},
		{Quoted, "OJ", -3.6, `{"speed":"-3.6","direction":"outbound"}` + "\r\n"},
		{Quoted, "OJOTOMOUUK", 10, `{"unit":"kmph","time":"137.429","magnitude":"467.72","speed":"36.0","direction":"inbound"}` + "\r\n"},
		{Bare, "OJF2", 0.58, `{"speed":0.58, "direction":"inbound","time":137,"tick":137429}` + "\r\n"},
		{Bare, "OJOMF2", -0.58, `{"magnitude":467.72,"speed":0.58, "direction":"outbound","time":137,"tick":137429}` + "\r\n"},
	} {
		c := New(tc.dialect, empty)
		c.started = t0
		c.Receive(t0, []byte(tc.commands))
		got := string(c.line(at, tc.mps, 467.72))
		if got != tc.want {
			t.Errorf("after %q: %q, want %q", tc.commands, got, tc.want)
		}
		if c.set.json && !json.Valid([]byte(got)) {
			t.Errorf("not JSON: %q", got)
		}
	}
}

func TestAnswers(t *testing.T) {
	for _, tc := range []struct {
		commands string
		want     []string
	}{
		{"?V", []string{`{"Version":"1.3.1"}`}},
		{"?P\r\n?U", []string{`{"Product":"OPS243 Doppler"}`, `{"UID":"b2000040b7a12400d5188041"}`}},
		{"?B?R?Z", []string{`{"Build":"20181005_1335"}`, `{ "ResetReason": "Status from bitmask", "Power On" : true, "Supply Watchdog" : true, "Power Validation" : true }`}},
		{"U?UKU?UXUx", []string{`{"Units":"m-per-sec"}`, `{"Units":"km-per-hr"}`, `{"Units":"km-per-hr"}`}},
		{"OJ\nOM\nOj\nOQ\n", []string{`{"OutputFeature":"J"}`, `{"OutputFeature":"M"}`, `{"OutputFeature":"j"}`}},
		{"I?I4I9I?", []string{`{"BaudRate":"19200"}`, `{"BaudRate":"115200"}`, `{"BaudRate":"115200"}`}},
		{"F3F?F7", []string{`{"Precision":"3"}`, `{"Precision":"3"}`}},
		{"R>10\nUK", []string{`{"Units":"km-per-hr"}`}},
		{"R>1234567890123456789 \n?V", []string{`{"Version":"1.3.1"}`}},
		{"U", nil},
	} {
		c := New(Quoted, empty)
		c.Send(t0)
		for _, v := range []byte(tc.commands) { // in pieces
			c.Receive(t0, []byte{v})
		}
		got := hear(c, t0, s(1))
		if strings.Join(got, "") != strings.Join(append(tc.want, ""), "\r\n") {
			t.Errorf("%q is answered by %q, want %q", tc.commands, got, tc.want)
		}
	}
	c := New(Quoted, empty)
	c.Send(t0)
	c.Receive(t0, []byte("??"))
	got := hear(c, t0, s(1))
	if len(got) != 7 || !strings.Contains(got[2], `"SamplingRate":10000`) {
		t.Errorf("?? is answered by %q", got)
	}
	for _, l := range got {
		if !json.Valid([]byte(l)) {
			t.Errorf("not JSON: %q", l)
		}
	}
}

func TestPowerCycle(t *testing.T) {
	c := New(Quoted, one(Passage{s(60), 36, true, 4}))
	c.Send(t0)
	c.Receive(t0, []byte("UK A! OJ"))
	hear(c, t0, s(1))
	c.PowerCycle()
	got := hear(c, s(10), s(70))
	if len(got) < 20 || got[0] != `{"Product":"OPS243"}`+"\r\n" {
		t.Fatalf("after power-up %q", got)
	}
	if !strings.HasPrefix(got[20], "35.") {
		t.Errorf("report %q: km/h was saved, JSON was not", got[20])
	}
	c.Receive(s(70), []byte("AX"))
	if c.set != factory || c.saved != factory {
		t.Errorf("factory settings are %+v", c.set)
	}
}

func TestFaultsUnreadAndClockSteps(t *testing.T) {
	c := New(Quoted, one(Passage{s(60), 36, true, 4}))
	c.SetFault(Blind)
	if l := hear(c, t0, s(70)); len(l) != 0 {
		t.Errorf("blind, yet %q", l)
	}
	c.SetFault(Clutter)
	lines := hear(c, s(70), s(80))
	if len(lines) < 90 {
		t.Errorf("%d reports of clutter in 10 s", len(lines))
	}
	for _, l := range lines {
		if v, err := strconv.ParseFloat(strings.TrimSpace(l), 64); err != nil || math.Abs(v) > 1.1 {
			t.Errorf("clutter at %q", l)
		}
	}
	if n := len(hear(c, s(7200), s(7200))); n < 560 || n > 620 {
		t.Errorf("%d reports waited after two hours", n)
	}
	hear(c, s(100), s(100)) // the clock goes back
	if n := len(hear(c, s(100), s(101))); n < 4 || n > 6 {
		t.Errorf("%d reports in the second after the clock went back", n)
	}
}

// The road is asked for every vehicle once, however long it goes on.
func TestLongRoad(t *testing.T) {
	asked := map[time.Time]int{}
	c := New(Quoted, func(from, to time.Time) []Passage {
		asked[from]++
		return []Passage{{from.Add(time.Second), 50, true, 2}, {from.Add(31 * time.Second), 40, false, 2}}
	})
	n := len(hear(c, t0, s(3600)))
	if n < 60*30 || n > 60*50 {
		t.Errorf("%d reports of 120 vehicles", n)
	}
	for at, times := range asked {
		if times > 1 {
			t.Errorf("asked %d times for %v", times, at)
		}
	}
	if len(c.road.known) > 10 {
		t.Errorf("%d vehicles remembered", len(c.road.known))
	}
}

func FuzzReceive(f *testing.F) {
	f.Add([]byte("??OJOTOMOUUKF3I4A!"))
	f.Add([]byte("R>10\nM<99999999999999999999999999"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := New(Bare, one(Passage{s(2), 36, false, 4}))
		c.Send(t0)
		c.Receive(t0, b)
		if len(c.in) >= maxCommand || len(c.answers) > maxAnswers {
			t.Fatalf("%d bytes and %d answers held", len(c.in), len(c.answers))
		}
		for _, l := range hear(c, t0, s(5)) {
			if !strings.HasSuffix(l, "\r\n") || strings.HasPrefix(l, "{") && !json.Valid([]byte(l)) {
				t.Fatalf("line %q", l)
			}
		}
	})
}
