package sds011

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

const (
	golden = "AA C0 7B 00 B0 01 A1 60 2D AB" // 12.3 and 43.2
	zero   = "AA C0 00 00 00 00 A1 60 01 AB"
)

func steadyAir(time.Time) (Sample, bool) { return Sample{12.3, 43.2}, true }

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// command is one to all, "06 01 00" say, padded and sealed.
func command(t testing.TB, s string) []byte {
	t.Helper()
	b := append([]byte{0xAA, 0xB4}, unhex(t, s)...)
	b = append(b, make([]byte, 15-len(b))...)
	b = append(b, 0xFF, 0xFF)
	var sum byte
	for _, v := range b[2:] {
		sum += v
	}
	return append(b, sum, 0xAB)
}

// collect asks the chip as a bus does, from a time on and for a while.
func collect(c *Chip, from time.Time, length time.Duration) (messages [][]byte, at []time.Time) {
	for now := from; !now.After(from.Add(length)); now = now.Add(250 * time.Millisecond) {
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

func pm2_5(frame []byte) float64 { return float64(binary.LittleEndian.Uint16(frame[2:])) / 10 }

func same(t *testing.T, got [][]byte, want ...string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d messages % X, want %d", len(got), got, len(want))
	}
	for i, w := range want {
		if !bytes.Equal(got[i], unhex(t, w)) {
			t.Errorf("message %d is % X, want %s", i, got[i], w)
		}
	}
}

func TestReports(t *testing.T) {
	c := New(steadyAir)
	got, at := collect(c, t0, 3*time.Second)
	same(t, got, golden, golden, golden)
	for i := 1; i < len(at); i++ {
		if d := at[i].Sub(at[i-1]); d != time.Second {
			t.Errorf("report %d came %v after the one before", i, d)
		}
	}
	top := New(func(time.Time) (Sample, bool) { return Sample{5000, 5000}, true })
	got, _ = collect(top, t0, time.Second)
	same(t, got, "AA C0 0F 27 1F 4E A1 60 A4 AB")
}

// The frames are those of the protocol, with its id A160.
func TestCommands(t *testing.T) {
	for _, tc := range []struct {
		name    string
		send    []string // commands to all; a leading AA is sent as it is
		answers []string
		then    int // reports in the ten seconds after that
	}{
		{"mode", []string{"02"}, []string{"AA C5 02 00 00 00 A1 60 03 AB"}, 10},
		{
			"query mode, to this chip",
			[]string{"AA B4 02 01 01 00 00 00 00 00 00 00 00 00 00 A1 60 05 AB"},
			[]string{"AA C5 02 01 01 00 A1 60 05 AB"},
			0,
		},
		{"query", []string{"02 01 01", "04", "04"}, []string{"AA C5 02 01 01 00 A1 60 05 AB", golden, golden}, 0},
		{"active again", []string{"02 01 01", "02 01 00"}, []string{"AA C5 02 01 01 00 A1 60 05 AB", "AA C5 02 01 00 00 A1 60 04 AB"}, 10},
		{"query by bytes", []string{"AA B4 04 00 00 00 00 00 00 00 00 00 00 00 00 FF FF 02 AB"}, []string{golden}, 10},
		{
			"set id",
			[]string{"AA B4 05 00 00 00 00 00 00 00 00 00 00 A0 01 A1 60 A7 AB", "02"},
			[]string{"AA C5 05 00 00 00 A0 01 A6 AB", "AA C5 02 00 00 00 A0 01 A3 AB"},
			10,
		},
		{"working", []string{"06"}, []string{"AA C5 06 00 01 00 A1 60 08 AB"}, 10},
		{
			"sleep by bytes",
			[]string{"AA B4 06 01 00 00 00 00 00 00 00 00 00 00 00 FF FF 05 AB"},
			[]string{"AA C5 06 01 00 00 A1 60 08 AB"},
			0,
		},
		{"asleep it hears only work", []string{"06 01 00", "04", "06", "07", "02 01 01"}, []string{"AA C5 06 01 00 00 A1 60 08 AB"}, 0},
		{
			"wake by bytes",
			[]string{"06 01 00", "AA B4 06 01 01 00 00 00 00 00 00 00 00 00 00 FF FF 06 AB"},
			[]string{"AA C5 06 01 00 00 A1 60 08 AB", "AA C5 06 01 01 00 A1 60 09 AB"},
			10,
		},
		{"firmware", []string{"07"}, []string{"AA C5 07 0F 07 0A A1 60 28 AB"}, 10},
		{"period", []string{"08 01 01"}, []string{"AA C5 08 01 01 00 A1 60 0B AB"}, 0},
		{
			"period by bytes, asked",
			[]string{"AA B4 08 01 05 00 00 00 00 00 00 00 00 00 00 FF FF 0C AB", "08"},
			[]string{"AA C5 08 01 05 00 A1 60 0F AB", "AA C5 08 00 05 00 A1 60 0E AB"},
			0,
		},
		{"too long a period", []string{"08 01 1F"}, []string{"AA C5 08 01 00 00 A1 60 0A AB"}, 10},
		{"another chip's", []string{"AA B4 02 01 01 00 00 00 00 00 00 00 00 00 00 A1 61 06 AB"}, nil, 10},
		{"wrong sum", []string{"AA B4 02 01 01 00 00 00 00 00 00 00 00 00 00 A1 60 06 AB"}, nil, 10},
		{"wrong tail", []string{"AA B4 02 01 01 00 00 00 00 00 00 00 00 00 00 A1 60 05 AA"}, nil, 10},
		{
			"in pieces after noise",
			[]string{"AA AA 00", "AA", "AA B4 02 00 00", "AA"},
			nil, 10,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := New(steadyAir)
			c.Send(t0)
			for _, s := range tc.send {
				b := unhex(t, s)
				if b[0] != 0xAA {
					b = command(t, s)
				}
				c.Receive(t0, b)
			}
			got, _ := collect(c, t0, 0)
			same(t, got, tc.answers...)
			if rest, _ := collect(c, t0.Add(250*time.Millisecond), 10*time.Second-250*time.Millisecond); len(rest) != tc.then {
				t.Errorf("%d reports afterwards, want %d", len(rest), tc.then)
			}
		})
	}
}

func TestCommandInPieces(t *testing.T) {
	c := New(steadyAir)
	for _, b := range append([]byte{0xAA, 0xAA}, command(t, "02")...) {
		c.Receive(t0, []byte{b})
	}
	got, _ := collect(c, t0, 0)
	same(t, got, "AA C5 02 00 00 00 A1 60 03 AB")
}

func TestFirstReadingsAfterWaking(t *testing.T) {
	c := New(steadyAir)
	for wake := range 2 {
		at := t0.Add(time.Duration(wake) * time.Hour)
		c.Receive(at, command(t, "06 01 00"))
		c.Receive(at, command(t, "06 01 01"))
		got, times := collect(c, at, 40*time.Second)
		got, times = got[2:], times[2:] // the confirmations
		if first := pm2_5(got[0]); (first == 0) != (wake == 0) {
			t.Errorf("wake %d: first reading %v", wake, first)
		}
		for i := range got {
			switch age := times[i].Sub(at); {
			case age < 3*time.Second && pm2_5(got[i]) > 6:
				t.Errorf("%v after waking it says %v already", age, pm2_5(got[i]))
			case age >= 30*time.Second && pm2_5(got[i]) != 12.3:
				t.Errorf("%v after waking it says %v", age, pm2_5(got[i]))
			}
		}
	}
}

func TestWorkingPeriod(t *testing.T) {
	c := New(func(at time.Time) (Sample, bool) { return Sample{PM2_5: at.Sub(t0).Seconds() / 10}, true })
	c.Receive(t0, command(t, "08 01 02"))
	got, at := collect(c, t0, 5*time.Minute)
	got, at = got[1:], at[1:] // the confirmation
	if len(got) != 3 {
		t.Fatalf("%d reports in 5 min of 2 min periods, want 3", len(got))
	}
	for i := range got {
		due := 30*time.Second + time.Duration(i)*2*time.Minute
		if at[i].Sub(t0) != due || pm2_5(got[i]) != due.Seconds()/10 {
			t.Errorf("report %d came after %v and says %v, want the end of its work", i, at[i].Sub(t0), pm2_5(got[i]))
		}
	}
	// Resting, it answers with the reading at the end of its work: 270 s.
	c.Receive(t0.Add(350*time.Second), command(t, "04"))
	if m, _ := c.Send(t0.Add(350 * time.Second)); pm2_5(m) != 27 {
		t.Errorf("a query while it rests gives %v, want 27", pm2_5(m))
	}
}

func TestSilence(t *testing.T) {
	c := New(func(at time.Time) (Sample, bool) {
		s, _ := steadyAir(at)
		return s, at.Sub(t0) > time.Minute
	})
	if got, _ := collect(c, t0, time.Minute); len(got) != 0 {
		t.Errorf("%d reports in a gap", len(got))
	}
	if got, _ := collect(c, t0.Add(time.Minute), time.Minute); len(got) != 60 {
		t.Errorf("%d reports in the minute after the gap", len(got))
	}
	quiet := New(func(time.Time) (Sample, bool) { return Sample{}, false })
	quiet.Receive(t0, command(t, "02 01 01"))
	quiet.Receive(t0, command(t, "04"))
	quiet.Send(t0) // the first is answered
	if m, next := quiet.Send(t0); m != nil || !next.IsZero() {
		t.Errorf("in a gap a query was answered: % X", m)
	}
}

func TestUnreadReportsAndClockSteps(t *testing.T) {
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
	if n := count(t0.Add(time.Hour)); n != behind+1 {
		t.Errorf("%d reports waited after an hour", n)
	}
	count(t0.Add(-time.Hour))
	if n := count(t0.Add(-time.Hour + cadence)); n != 1 {
		t.Errorf("%d reports after the clock went back, want 1", n)
	}
}

func TestReportIsConsistent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64Range(-10, 1e5)
		s := Sample{v.Draw(t, "2.5"), v.Draw(t, "10")}
		b := New(steadyAir).report(s)
		var sum byte
		for _, x := range b[2:8] {
			sum += x
		}
		if len(b) != 10 || b[8] != sum || b[9] != 0xAB {
			t.Fatalf("% X", b)
		}
		if fine := pm2_5(b); s.PM2_5 >= 0 && s.PM2_5 < 999.9 && (fine < s.PM2_5-0.051 || fine > s.PM2_5+0.051) {
			t.Fatalf("%v reads %v", s.PM2_5, fine)
		}
	})
}

func FuzzReceive(f *testing.F) {
	f.Add(command(f, "06 01 00"))
	f.Add(append(command(f, "04"), command(f, "08 01 05")...))
	f.Add([]byte("\xAA\xAA\xB4\x05"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := New(steadyAir)
		c.Receive(t0, b)
		if len(c.in) >= commandLen || len(c.answers) > maxAnswers {
			t.Fatalf("%d bytes and %d answers held", len(c.in), len(c.answers))
		}
		for range maxAnswers + behind + 2 {
			m, _ := c.Send(t0.Add(time.Hour))
			if m == nil {
				return
			}
			if len(m) != 10 {
				t.Fatalf("% X", m)
			}
		}
		t.Fatal("it never stops sending")
	})
}
