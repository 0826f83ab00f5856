package maxbotix

import (
	"math"
	"strings"
	"testing"
	"time"
)

var t0 = time.Date(2026, 1, 15, 3, 0, 0, 0, time.UTC)

// all returns what the chip has sent by now.
func all(c *Chip, now time.Time) (lines []string) {
	for {
		l, _ := c.Send(now)
		if l == nil {
			return lines
		}
		lines = append(lines, string(l))
	}
}

func TestLines(t *testing.T) {
	for _, tc := range []struct {
		name   string
		output Output
		fault  Fault
		mm     float64
		want   string
	}{
		{"golden", TTL, None, 1234, "R1234\r"},
		{"four digits", TTL, None, 512.4, "R0512\r"},
		{"USB", USB, None, 1234, "R1234 \r"},
		{"nearest", TTL, None, 299, "R0300\r"},
		{"drowned", TTL, None, -1000, "R0300\r"},
		{"farthest", TTL, None, 4999, "R4999\r"},
		{"farther", TTL, None, 7000, "R5000\r"},
		{"no echo", TTL, None, math.NaN(), "R5000\r"},
		{"echo lost", TTL, EchoLost, 1234, "R5000\r"},
		{"too near", TTL, TooNear, 1234, "R0300\r"},
		{"stray", TTL, StrayFF, 1234, "\xFF\xFFR1234\r"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := New(tc.output, func(time.Time) (float64, bool) { return tc.mm, true })
			c.SetFault(tc.fault)
			c.Send(t0)
			if got := all(c, t0.Add(start)); len(got) != 1 || got[0] != tc.want {
				t.Errorf("sent %q, want %q", got, tc.want)
			}
		})
	}
}

func TestCadence(t *testing.T) {
	c := New(TTL, func(time.Time) (float64, bool) { return 1000, true })
	n := 0
	for ms := range 3001 {
		n += len(all(c, t0.Add(time.Duration(ms)*time.Millisecond)))
	}
	if n != 20 {
		t.Errorf("%d lines in 3 s, want 20", n)
	}
}

func TestPowerUp(t *testing.T) {
	c := New(TTL, func(time.Time) (float64, bool) { return 1000, true })
	c.PowerCycle()
	c.Send(t0)
	got := strings.Join(all(c, t0.Add(300*time.Millisecond)), "")
	want := "HRXL-MaxSonar-WR\rPN:MB7389\rCopyright 2011-2013\rMaxBotix Inc.\rRoHS 1.8b090  0713\rTempI\rR1000\r"
	if got != want {
		t.Errorf("at power-up %q\nwant %q", got, want)
	}
}

func TestSilenceAndUnreadLines(t *testing.T) {
	c := New(TTL, func(at time.Time) (float64, bool) { return 1000, at.Sub(t0) >= time.Minute })
	c.Send(t0)
	if f := all(c, t0.Add(time.Minute-time.Nanosecond)); len(f) != 0 {
		t.Errorf("%d lines in a gap", len(f))
	}
	if f := all(c, t0.Add(time.Hour)); len(f) != behind+1 {
		t.Errorf("%d lines waited after an hour", len(f))
	}
	all(c, t0.Add(2*time.Minute)) // the clock goes back
	if f := all(c, t0.Add(2*time.Minute+start)); len(f) != 1 {
		t.Errorf("%d lines after the clock went back, want 1", len(f))
	}
}

func FuzzReceive(f *testing.F) {
	f.Add([]byte("R1234\r"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := New(TTL, func(time.Time) (float64, bool) { return 1000, true })
		c.Send(t0)
		c.Receive(t0, b)
		if got := all(c, t0.Add(start)); len(got) != 1 || got[0] != "R1000\r" {
			t.Fatalf("sent %q", got)
		}
	})
}
