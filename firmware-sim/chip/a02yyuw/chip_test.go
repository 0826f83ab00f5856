package a02yyuw

import (
	"bytes"
	"math"
	"testing"
	"time"
)

var t0 = time.Date(2026, 1, 15, 3, 0, 0, 0, time.UTC)

// all returns what the chip has sent by now.
func all(c *Chip, now time.Time) (frames [][]byte) {
	for {
		f, _ := c.Send(now)
		if f == nil {
			return frames
		}
		frames = append(frames, f)
	}
}

func TestFrames(t *testing.T) {
	for _, tc := range []struct {
		name string
		mm   float64
		want []byte
	}{
		{"golden 1953", 1953, []byte{0xFF, 0x07, 0xA1, 0xA7}},
		{"golden 2500", 2500.4, []byte{0xFF, 0x09, 0xC4, 0xCC}},
		{"nearest", 30, []byte{0xFF, 0, 30, 0x1D}},
		{"in the blind zone", 12, []byte{0xFF, 0, 30, 0x1D}},
		{"drowned", -400, []byte{0xFF, 0, 30, 0x1D}},
		{"beyond its range", 4700, []byte{0xFF, 0x12, 0x5C, 0x6D}},
		{"no echo", 6000, []byte{0xFF, 0, 0, 0xFF}},
		{"no echo at all", math.NaN(), []byte{0xFF, 0, 0, 0xFF}},
		{"a byte that looks like a header", 1023, []byte{0xFF, 3, 0xFF, 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := New(func(time.Time) (float64, bool) { return tc.mm, true })
			c.Send(t0)
			got := all(c, t0.Add(fast))
			if len(got) != 1 || !bytes.Equal(got[0], tc.want) {
				t.Errorf("sent % X, want % X", got, tc.want)
			}
		})
	}
}

func TestCadence(t *testing.T) {
	mm := 1000.0
	c := New(func(time.Time) (float64, bool) { return mm, true })
	c.Send(t0)
	now := t0.Add(fast)
	all(c, now)
	if _, next := c.Send(now); next.Sub(now) != fast {
		t.Errorf("after a jump the next frame comes in %v, want %v", next.Sub(now), fast)
	}
	now = now.Add(fast)
	all(c, now)
	if _, next := c.Send(now); next.Sub(now) != slow {
		t.Errorf("over still water the next frame comes in %v, want %v", next.Sub(now), slow)
	}
}

func TestSilenceAndUnreadFrames(t *testing.T) {
	c := New(func(at time.Time) (float64, bool) { return 1000, at.Sub(t0) >= time.Minute })
	c.Send(t0)
	if f := all(c, t0.Add(time.Minute-time.Nanosecond)); len(f) != 0 {
		t.Errorf("%d frames in a gap", len(f))
	}
	if f := all(c, t0.Add(time.Hour)); len(f) == 0 || len(f) > behind+3 {
		t.Errorf("%d frames waited after an hour", len(f))
	}
	all(c, t0.Add(2*time.Minute)) // the clock goes back
	if f := all(c, t0.Add(2*time.Minute+fast)); len(f) != 1 {
		t.Errorf("%d frames after the clock went back, want 1", len(f))
	}
}
