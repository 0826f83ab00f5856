package pms5003

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var t0 = time.Date(2026, 1, 15, 3, 0, 0, 0, time.UTC)

// golden is a checked example: 5, 8 and 10 µg/m³ by both calibrations, counts,
// version and sum.
const golden = "42 4D 00 1C 00 05 00 08 00 0A 00 05 00 08 00 0A 03 84 00 FA 00 3C 00 0A 00 02 00 01 97 00 03 3A"

func steadyAir(time.Time) (Sample, bool) {
	m := Mass{PM1: 5, PM2_5: 8, PM10: 10}
	return Sample{CF1: m, Atmospheric: m}, true
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// collect asks the chip as a bus does, from a time on and for a while.
func collect(c *Chip, from time.Time, length time.Duration) (messages [][]byte, at []time.Time) {
	for now := from; !now.After(from.Add(length)); now = now.Add(50 * time.Millisecond) {
		for {
			m, _ := c.Send(now)
			if m == nil {
				break
			}
			messages, at = append(messages, m), append(at, now)
		}
	}
	return messages, at
}

func TestGoldenFrame(t *testing.T) {
	c := New(steadyAir)
	frames, _ := collect(c, t0, 10*time.Second)
	if len(frames) != 5 {
		t.Fatalf("%d frames in 10 s of steady air, want 5", len(frames))
	}
	for _, f := range frames {
		if want := unhex(t, golden); !bytes.Equal(f, want) {
			t.Fatalf("frame % X\nwant  % X", f, want)
		}
	}
}

func TestCadenceFollowsTheAir(t *testing.T) {
	pm := 10.0
	c := New(func(time.Time) (Sample, bool) {
		pm += 40
		return Sample{Atmospheric: Mass{pm, pm, pm}}, true
	})
	_, at := collect(c, t0, 5*time.Second)
	if len(at) < 3 {
		t.Fatalf("%d frames", len(at))
	}
	for i := 1; i < len(at); i++ {
		if d := at[i].Sub(at[i-1]); d != fast {
			t.Errorf("frame %d came %v after the one before, want %v", i, d, fast)
		}
	}
}

func TestCommands(t *testing.T) {
	const (
		passive = "42 4D E1 00 00 01 70"
		active  = "42 4D E1 00 01 01 71"
		read    = "42 4D E2 00 00 01 71"
		sleep   = "42 4D E4 00 00 01 73"
		wake    = "42 4D E4 00 01 01 74"
	)
	for _, tc := range []struct {
		name    string
		send    []string
		answers []string // within the next second
		then    int      // frames in the ten seconds after that
	}{
		{"passive", []string{passive}, []string{"42 4D 00 04 E1 00 01 74"}, 0},
		{"active", []string{active}, []string{"42 4D 00 04 E1 01 01 75", golden}, 4},
		{"passive read", []string{passive, read, read}, []string{"42 4D 00 04 E1 00 01 74", golden, golden}, 0},
		{"read while active", []string{read}, []string{golden}, 4},
		{"sleep", []string{sleep}, []string{"42 4D 00 04 E4 00 01 77"}, 0},
		{"asleep it hears only wake", []string{sleep, active, read, passive}, []string{"42 4D 00 04 E4 00 01 77"}, 0},
		{"passive is kept asleep", []string{passive, sleep, wake, read}, []string{"42 4D 00 04 E1 00 01 74", "42 4D 00 04 E4 00 01 77", "*"}, 0},
		{"noise before", []string{"FF 42 42 4D 00 " + passive}, []string{"42 4D 00 04 E1 00 01 74"}, 0},
		{"wrong sum", []string{"42 4D E1 00 00 01 71"}, []string{golden}, 4},
		{"in pieces", []string{"42", "4D E1 00", "00 01 70"}, []string{"42 4D 00 04 E1 00 01 74"}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := New(steadyAir)
			c.Send(t0)
			for _, s := range tc.send {
				c.Receive(t0, unhex(t, s))
			}
			got, _ := collect(c, t0, time.Second)
			if len(got) != len(tc.answers) {
				t.Fatalf("%d answers % X, want %d", len(got), got, len(tc.answers))
			}
			for i, want := range tc.answers {
				if want != "*" && !bytes.Equal(got[i], unhex(t, want)) {
					t.Errorf("answer %d is % X, want %s", i, got[i], want)
				}
			}
			if rest, _ := collect(c, t0.Add(1050*time.Millisecond), 10*time.Second); len(rest) != tc.then {
				t.Errorf("%d frames afterwards, want %d", len(rest), tc.then)
			}
		})
	}
}

func TestWarmUpAfterWaking(t *testing.T) {
	c := New(steadyAir)
	c.Receive(t0, unhex(t, "42 4D E4 00 00 01 73"))
	c.Send(t0) // its answer
	c.Receive(t0, unhex(t, "42 4D E4 00 01 01 74"))
	frames, at := collect(c, t0, 40*time.Second)
	for i, f := range frames {
		pm2_5 := binary.BigEndian.Uint16(f[12:])
		switch age := at[i].Sub(t0); {
		case age < 2*time.Second && pm2_5 >= 4:
			t.Errorf("%v after waking it says %d already", age, pm2_5)
		case age > 31*time.Second && pm2_5 != 8:
			t.Errorf("%v after waking it says %d, want 8", age, pm2_5)
		}
	}
}

func TestSilence(t *testing.T) {
	c := New(func(at time.Time) (Sample, bool) {
		s, _ := steadyAir(at)
		return s, at.Sub(t0) > time.Minute
	})
	if frames, _ := collect(c, t0, time.Minute); len(frames) != 0 {
		t.Errorf("%d frames in a gap", len(frames))
	}
	if frames, _ := collect(c, t0.Add(time.Minute), time.Minute); len(frames) < 25 {
		t.Errorf("%d frames after the gap", len(frames))
	}
	c.Receive(t0, unhex(t, "42 4D E1 00 00 01 70 42 4D E2 00 00 01 71"))
	c.Send(t0) // the first is answered
	if m, next := c.Send(t0); m != nil || !next.IsZero() {
		t.Errorf("in a gap a request was answered: % X", m)
	}
}

func TestUnreadFramesAndClockSteps(t *testing.T) {
	c := New(steadyAir)
	c.Send(t0)
	count := func(now time.Time) (n int) {
		for {
			if m, _ := c.Send(now); m == nil {
				return n
			}
			n++
		}
	}
	if n := count(t0.Add(time.Hour)); n == 0 || n > behind+1 {
		t.Errorf("%d frames waited after an hour", n)
	}
	count(t0.Add(-time.Hour))
	if n := count(t0.Add(-time.Hour + slow)); n != 1 {
		t.Errorf("%d frames after the clock went back, want 1", n)
	}
}

func TestFrameIsConsistent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mass := rapid.Custom(func(t *rapid.T) Mass {
			v := rapid.Float64Range(-10, 1e5)
			return Mass{v.Draw(t, "1"), v.Draw(t, "2.5"), v.Draw(t, "10")}
		})
		b := encode(Sample{mass.Draw(t, "cf1"), mass.Draw(t, "atm")}, false)
		if len(b) != 32 {
			t.Fatalf("%d bytes", len(b))
		}
		sum := uint16(0)
		for _, v := range b[:30] {
			sum += uint16(v)
		}
		word := func(i int) uint16 { return binary.BigEndian.Uint16(b[4+2*i:]) }
		if word(13) != sum {
			t.Fatalf("sum %d, want %d", word(13), sum)
		}
		for i := 7; i < 12; i++ {
			if word(i) > word(i-1) {
				t.Fatalf("more large particles than small ones: % X", b)
			}
		}
		if word(3)+word(4)+word(5) > 0 && word(6) == 0 {
			t.Fatal("mass without particles")
		}
	})
}

func FuzzReceive(f *testing.F) {
	f.Add([]byte("\x42\x4D\xE1\x00\x00\x01\x70\x42\x4D\xE2\x00\x00\x01\x71"))
	f.Add([]byte("\x42\x42\x4D\xE4\x00\x01\x01\x74"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := New(steadyAir)
		c.Receive(t0, b)
		if len(c.in) >= commandLen || len(c.answers) > maxAnswers {
			t.Fatalf("%d bytes and %d answers held", len(c.in), len(c.answers))
		}
		for range maxAnswers + 2 {
			if m, _ := c.Send(t0); m == nil {
				return
			}
		}
		t.Fatal("it never stops sending")
	})
}
