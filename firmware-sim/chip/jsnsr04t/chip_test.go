package jsnsr04t

import (
	"bytes"
	"math"
	"testing"
	"time"
)

var t0 = time.Date(2026, 1, 15, 3, 0, 0, 0, time.UTC)

func at(mm float64) func(time.Time) (float64, bool) {
	return func(time.Time) (float64, bool) { return mm, true }
}

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
		name  string
		model Model
		fault Fault
		mm    float64
		want  []byte
	}{
		{"golden 1953", JSNSR04T, None, 1953, []byte{0xFF, 0x07, 0xA1, 0xA7}},
		{"golden 1953 without the header", AJSR04M, None, 1953.4, []byte{0xFF, 0x07, 0xA1, 0xA8}},
		{"a byte that looks like a header", JSNSR04T, None, 1023, []byte{0xFF, 0x03, 0xFF, 0x01}},
		{"farthest", JSNSR04T, None, 6000, []byte{0xFF, 0x17, 0x70, 0x86}},
		{"farther", JSNSR04T, None, 6001, []byte{0xFF, 0, 0, 0xFF}},
		{"no echo", AJSR04M, None, math.NaN(), []byte{0xFF, 0, 0, 0}},
		{"too near", JSNSR04T, None, 249, []byte{0xFF, 0, 250, 0xF9}},
		{"too near, AJ", AJSR04M, None, -3, []byte{0xFF, 0, 200, 200}},
		{"echo lost", JSNSR04T, EchoLost, 1953, []byte{0xFF, 0, 0, 0xFF}},
		{"detour", JSNSR04T, OutOfWindow, 1953, []byte{0xFF, 0x26, 0x66, 0x8B}},
		{"wet", AJSR04M, Wet, 1953, []byte{0xFF, 0, 200, 200}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := New(tc.model, FreeRun, at(tc.mm))
			c.SetFault(tc.fault)
			c.Send(t0)
			got := all(c, t0.Add(c.cadence()))
			if len(got) != 1 || !bytes.Equal(got[0], tc.want) {
				t.Errorf("sent % X, want % X", got, tc.want)
			}
		})
	}
}

func TestCadence(t *testing.T) {
	for model, want := range map[Model]int{JSNSR04T: 10, AJSR04M: 8} {
		c := New(model, FreeRun, at(1000))
		n := 0
		for ms := range 1001 {
			n += len(all(c, t0.Add(time.Duration(ms)*time.Millisecond)))
		}
		if n != want {
			t.Errorf("model %d: %d frames in a second, want %d", model, n, want)
		}
		c.PowerCycle()
		if f := all(c, t0.Add(2*time.Second)); len(f) != 0 {
			t.Errorf("model %d: %d frames right at power-up", model, len(f))
		}
	}
}

func TestOnRequest(t *testing.T) {
	for _, tc := range []struct {
		name  string
		model Model
		send  []byte
		want  int
	}{
		{"JSN on 55", JSNSR04T, []byte{0x55}, 1},
		{"JSN not on 01", JSNSR04T, []byte{0x01}, 0},
		{"AJ on 01", AJSR04M, []byte{0x01}, 1},
		{"AJ on 55", AJSR04M, []byte{0x55}, 1},
		{"one answer for two requests", JSNSR04T, []byte{0x55, 0x55}, 1},
		{"noise", JSNSR04T, []byte{0, 0xFF, 0xAA}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := New(tc.model, OnRequest, at(1000))
			if m, next := c.Send(t0); m != nil || !next.IsZero() {
				t.Errorf("unasked % X, next %v", m, next)
			}
			c.Receive(t0, tc.send)
			if f := all(c, t0.Add(49*time.Millisecond)); len(f) != 0 {
				t.Errorf("% X before it could have measured", f)
			}
			c.Receive(t0.Add(10*time.Millisecond), tc.send)
			if f := all(c, t0.Add(time.Second)); len(f) != tc.want {
				t.Errorf("answers % X, want %d", f, tc.want)
			}
		})
	}
	c := New(JSNSR04T, OnRequest, at(1000))
	c.Receive(t0, []byte{0x55})
	c.PowerCycle()
	if f := all(c, t0.Add(time.Second)); len(f) != 0 {
		t.Errorf("% X after the supply was cut", f)
	}
	c = New(JSNSR04T, OnRequest, func(time.Time) (float64, bool) { return 0, false })
	c.Receive(t0, []byte{0x55})
	if f := all(c, t0.Add(time.Second)); len(f) != 0 {
		t.Errorf("in a gap it answered % X", f)
	}
}

func TestSilenceAndUnreadFrames(t *testing.T) {
	c := New(JSNSR04T, FreeRun, func(at time.Time) (float64, bool) { return 1000, at.Sub(t0) >= time.Minute })
	c.Send(t0)
	if f := all(c, t0.Add(time.Minute-time.Nanosecond)); len(f) != 0 {
		t.Errorf("%d frames in a gap", len(f))
	}
	if f := all(c, t0.Add(time.Hour)); len(f) != behind+1 {
		t.Errorf("%d frames waited after an hour", len(f))
	}
	all(c, t0.Add(2*time.Minute)) // the clock goes back
	if f := all(c, t0.Add(2*time.Minute+100*time.Millisecond)); len(f) != 1 {
		t.Errorf("%d frames after the clock went back, want 1", len(f))
	}
}

func FuzzReceive(f *testing.F) {
	f.Add([]byte{0x55}, true)
	f.Add([]byte{0x01, 0x55, 0xFF}, false)
	f.Fuzz(func(t *testing.T, b []byte, aj bool) {
		model := JSNSR04T
		if aj {
			model = AJSR04M
		}
		c := New(model, OnRequest, at(1000))
		c.Receive(t0, b)
		if got := all(c, t0.Add(time.Second)); len(got) > 1 {
			t.Fatalf("%d answers", len(got))
		}
	})
}
