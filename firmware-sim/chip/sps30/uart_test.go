package sps30

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var t0 = time.Date(2026, 1, 15, 3, 0, 0, 0, time.UTC)

func steadyAir(time.Time) (Sample, bool) { return Sample{5, 8, 9, 10}, true }

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// ask sends bytes and returns all answers.
func ask(t testing.TB, u *UART, at time.Time, s string) []byte {
	t.Helper()
	u.Receive(at, unhex(t, s))
	var all []byte
	for {
		m, _ := u.Send(at)
		if m == nil {
			return all
		}
		all = append(all, m...)
	}
}

func same(t *testing.T, what string, got []byte, want string) {
	t.Helper()
	if !bytes.Equal(got, unhex(t, want)) {
		t.Errorf("%s: % X, want %s", what, got, want)
	}
}

const (
	start     = "7E 00 00 02 01 03 F9 7E"
	stop      = "7E 00 01 00 FE 7E"
	read      = "7E 00 03 00 FC 7E"
	sleep     = "7E 00 10 00 EF 7E"
	wake      = "7E 00 7D 31 00 EE 7E"
	clean     = "7E 00 56 00 A9 7E"
	status    = "7E 00 D2 01 00 2C 7E"
	clearAll  = "7E 00 D2 01 01 2B 7E"
	reset     = "7E 00 D3 00 2C 7E"
	product   = "7E 00 D0 01 00 2E 7E"
	started   = "7E 00 00 00 00 FF 7E"
	stopped   = "7E 00 01 00 00 FE 7E"
	nothing   = "7E 00 03 00 00 FC 7E"
	isSPS30   = "7E 00 D0 00 09 30 30 30 38 30 30 30 30 00 9E 7E"
	cleaned   = "7E 00 56 00 00 A9 7E"
	asleep    = "7E 00 10 00 00 EF 7E"
	woken     = "7E 00 7D 31 00 00 EE 7E"
	allIsWell = "7E 00 D2 00 05 00 00 00 00 00 28 7E"
)

func TestCommands(t *testing.T) {
	for _, tc := range []struct {
		name, setup, send, want string
	}{
		{"start", "", start, started},
		{"start as integers", "", "7E 00 00 02 01 05 F7 7E", started},
		{"start in an unknown format", "", "7E 00 00 02 01 04 F8 7E", "7E 00 00 04 00 FB 7E"},
		{"start while it measures", start, start, "7E 00 00 43 00 BC 7E"},
		{"stop", start, stop, stopped},
		{"stop when idle", "", stop, stopped},
		{"read when idle", "", read, "7E 00 03 43 00 B9 7E"},
		{"read too early", start, read, nothing},
		{"clean when idle", "", clean, "7E 00 56 43 00 66 7E"},
		{"clean", start, clean, cleaned},
		{"sleep", "", sleep, asleep},
		{"sleep while it measures", start, sleep, "7E 00 10 43 00 AC 7E"},
		// As captured from a real sensor by a user.
		{"wake when idle", "", wake, "7E 00 7D 31 43 00 AB 7E"},
		{"interval", "", "7E 00 80 01 00 7D 5E 7E", "7E 00 80 00 04 00 09 3A 80 B8 7E"},
		{"set the interval", "", "7E 00 80 05 00 00 00 00 00 7A 7E", "7E 00 80 00 00 7F 7E"},
		{"part of the interval", "", "7E 00 80 01 01 7D 5D 7E", "7E 00 80 04 00 7B 7E"},
		{"product type", "", product, isSPS30},
		{
			"serial number", "", "7E 00 D0 01 03 2B 7E",
			"7E 00 D0 00 7D 31 38 43 43 41 42 43 46 41 45 33 32 30 31 46 34 39 00 55 7E",
		},
		{"other information", "", "7E 00 D0 01 02 2C 7E", "7E 00 D0 04 00 2B 7E"},
		{"version", "", "7E 00 D1 00 2E 7E", "7E 00 D1 00 07 02 02 00 07 00 02 00 1A 7E"},
		{"status", "", status, allIsWell},
		{"reset", start, reset + read, "7E 00 D3 00 00 2C 7E 7E 00 03 43 00 B9 7E"},
		{"unknown command", "", "7E 00 77 00 88 7E", "7E 00 77 02 00 86 7E"},
		{"wrong length", "", "7E 00 00 00 FF 7E", "7E 00 00 01 00 FE 7E"},
		{"wrong sum", "", "7E 00 D1 00 2F 7E", ""},
		{"length that does not fit", "", "7E 00 D1 01 2D 7E", ""},
		{"another address", "", "7E 01 D1 00 2D 7E", ""},
		{"open escape", "", "7E 00 D1 00 7D 7E", ""},
		{"noise before", "", "FF 00 7D " + product, isSPS30},
		{"marks in between", "", "7E 7E 7E " + product + product, isSPS30 + isSPS30},
	} {
		t.Run(tc.name, func(t *testing.T) {
			u := NewUART(steadyAir)
			if tc.setup != "" {
				ask(t, u, t0, tc.setup)
			}
			same(t, "answer", ask(t, u, t0, tc.send), tc.want)
		})
	}
}

// payload unstuffs an answer with 40 bytes of floats.
func payload(t *testing.T, answer []byte) (v [10]float64) {
	t.Helper()
	if len(answer) < 2 {
		t.Fatalf("no answer")
	}
	f, ok := unstuff(answer[1 : len(answer)-1])
	if !ok || len(f) != 45 || f[3] != 40 {
		t.Fatalf("% X is not an answer with values", answer)
	}
	for i := range v {
		v[i] = float64(math.Float32frombits(binary.BigEndian.Uint32(f[4+4*i:])))
	}
	return v
}

func TestValues(t *testing.T) {
	u := NewUART(steadyAir)
	ask(t, u, t0, start)
	early := payload(t, ask(t, u, t0.Add(time.Second), read))
	if early[1] <= 0 || early[1] > 4 {
		t.Errorf("a second after the start PM2.5 is %v", early[1])
	}
	same(t, "before the next second", ask(t, u, t0.Add(1900*time.Millisecond), read), nothing)
	v := payload(t, ask(t, u, t0.Add(time.Minute), read))
	if v[0] != 5 || v[1] != 8 || v[2] != 9 || v[3] != 10 {
		t.Errorf("masses %v", v[:4])
	}
	for i := 5; i < 9; i++ {
		if v[i] < v[i-1] {
			t.Errorf("numbers %v do not grow", v[4:9])
		}
	}
	if v[9] < 0.3 || v[9] > 10 {
		t.Errorf("typical size %v µm", v[9])
	}
	same(t, "read twice", ask(t, u, t0.Add(time.Minute), read), nothing)
}

func TestIntegers(t *testing.T) {
	u := NewUART(steadyAir)
	ask(t, u, t0, "7E 00 00 02 01 05 F7 7E")
	same(t, "read", ask(t, u, t0.Add(time.Minute), read),
		"7E 00 03 00 14 00 05 00 08 00 09 00 0A 00 20 00 26 00 27 00 27 00 27 04 1A EF 7E")
}

func TestSleepAndWake(t *testing.T) {
	at := func(ms int) time.Time { return t0.Add(time.Duration(ms) * time.Millisecond) }
	u := NewUART(steadyAir)
	ask(t, u, t0, sleep)
	same(t, "asleep", ask(t, u, at(10), product), "")
	same(t, "too late after the pulse", ask(t, u, at(200), wake), "") // a pulse itself
	same(t, "anything but wake", ask(t, u, at(250), product), "")
	same(t, "wake sent twice", ask(t, u, at(260), wake), woken)
	same(t, "awake", ask(t, u, at(300), product), isSPS30)
	ask(t, u, at(400), sleep)
	same(t, "FF", ask(t, u, at(500), "FF"), "")
	same(t, "wake after FF", ask(t, u, at(520), wake), woken)
	ask(t, u, at(600), sleep)
	same(t, "FF and wake at once", ask(t, u, at(700), "FF"+wake), woken)
}

func TestCleaning(t *testing.T) {
	u := NewUART(steadyAir)
	ask(t, u, t0, start)
	at := func(s float64) time.Time { return t0.Add(time.Duration(s * float64(time.Second))) }
	ask(t, u, at(60.5), clean)
	payload(t, ask(t, u, at(60.6), read))
	same(t, "while it cleans", ask(t, u, at(70.4), read), nothing)
	payload(t, ask(t, u, at(70.5), read))
	// By itself after a week, counted from then.
	week := 60.5 + 604800
	payload(t, ask(t, u, at(week-2), read))
	payload(t, ask(t, u, at(week), read))
	same(t, "while it cleans by itself", ask(t, u, at(week+9.9), read), nothing)
	payload(t, ask(t, u, at(week+10), read))
}

func TestPowerCycleUART(t *testing.T) {
	u := NewUART(steadyAir)
	ask(t, u, t0, "7E 00 80 05 00 00 00 0E 10 5C 7E") // every hour
	ask(t, u, t0, start)
	u.Receive(t0, unhex(t, "7E 00 D1"))
	u.PowerCycle()
	same(t, "read after power-up", ask(t, u, t0, read), "7E 00 03 43 00 B9 7E")
	same(t, "interval after power-up", ask(t, u, t0, "7E 00 80 01 00 7D 5E 7E"), "7E 00 80 00 04 00 00 0E 10 5D 7E")
	ask(t, u, t0, sleep)
	u.PowerCycle()
	same(t, "a power cycle wakes it", ask(t, u, t0, product), isSPS30)
}

func TestSilentUART(t *testing.T) {
	u := NewUART(func(time.Time) (Sample, bool) { return Sample{}, false })
	same(t, "without air", ask(t, u, t0, product), "")
}

func TestClockSetBack(t *testing.T) {
	u := NewUART(steadyAir)
	ask(t, u, t0, start)
	payload(t, ask(t, u, t0.Add(time.Minute), read))
	ask(t, u, t0.Add(-time.Hour), read)
	payload(t, ask(t, u, t0.Add(time.Second-time.Hour), read))
}

func TestStuffing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 0, 255).Draw(t, "data")
		b := seal(0xD0, 0, data)
		inner := b[1 : len(b)-1]
		if bytes.ContainsAny(inner, "\x7E\x11\x13") {
			t.Fatalf("unstuffed: % X", b)
		}
		f, ok := unstuff(inner)
		if !ok || !bytes.Equal(f[4:len(f)-1], data) || checksum(f[:len(f)-1]) != f[len(f)-1] {
			t.Fatalf("% X came back as % X", data, f)
		}
	})
}

func FuzzReceive(f *testing.F) {
	for _, s := range []string{start, read, sleep, "FF" + wake, clean, clearAll, "7E 00 80 05 00 00 00 0E 10 5C 7E"} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		u := NewUART(steadyAir)
		u.Receive(t0, b)
		u.Receive(t0.Add(time.Minute), b)
		if len(u.in) > maxStuffed || len(u.answers) > maxAnswers {
			t.Fatalf("%d bytes and %d answers held", len(u.in), len(u.answers))
		}
		for range maxAnswers {
			if m, _ := u.Send(t0); m != nil && (m[0] != mark || m[len(m)-1] != mark) {
				t.Fatalf("% X", m)
			}
		}
		if m, _ := u.Send(t0); m != nil {
			t.Fatal("it never stops sending")
		}
	})
}
