package modbus

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var t0 = time.Date(2026, 1, 15, 3, 0, 0, 0, time.UTC)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sealed appends the checksum to a frame in hex.
func sealed(t testing.TB, s string) []byte {
	b := unhex(t, s)
	sum := crc(b)
	return append(b, byte(sum), byte(sum>>8))
}

func meter(time.Time) (Sample, bool) {
	return Sample{
		Holding: map[uint16]uint16{0: 2000, 1: 1},
		Input:   map[uint16]uint16{0: 7, 0xFFFF: 9},
	}, true
}

// all returns what the slave has sent by now.
func all(c *Chip, now time.Time) (b []byte) {
	for {
		m, _ := c.Send(now)
		if m == nil {
			return b
		}
		b = append(b, m...)
	}
}

func TestCheckValue(t *testing.T) {
	if got := crc([]byte("123456789")); got != 0x4B37 {
		t.Errorf("CRC %04X, want 4B37", got)
	}
}

func TestAnswers(t *testing.T) {
	for _, tc := range []struct {
		name, ask, want string
	}{
		{"golden", "01 03 00 00 00 01 84 0A", "01 03 02 07 D0 BB E8"},
		{"golden input", "01 04 00 00 00 01 31 CA", "01 04 02 00 07 F8 F2"},
		{"golden exception", "01 03 00 09 00 01 54 08", "01 83 02 C0 F1"},
		{"broken checksum", "01 03 00 00 00 01 84 0B", ""},
		{"half a request", "01 03 00 00", ""},
		{"one byte", "01", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := New(Options{Address: 1}, meter)
			c.Receive(t0, unhex(t, tc.ask))
			if got := all(c, t0.Add(time.Second)); !bytes.Equal(got, unhex(t, tc.want)) {
				t.Errorf("% X, want %s", got, tc.want)
			}
		})
	}
	for _, tc := range []struct {
		name, ask, want string
	}{
		{"two registers", "01 03 00 00 00 02", "01 03 04 07 D0 00 01"},
		{"the last register", "01 04 FF FF 00 01", "01 04 02 00 09"},
		{"past the last register", "01 04 FF FF 00 02", "01 84 02"},
		{"other function", "01 06 00 00 00 01", "01 86 01"},
		{"no register", "01 03 00 00 00 00", "01 83 03"},
		{"too many registers", "01 03 00 00 00 7E", "01 83 03"},
		{"too short", "01 03 00 00", "01 83 03"},
		{"too long", "01 04 00 00 00 01 00", "01 84 03"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := New(Options{Address: 1}, meter)
			c.Receive(t0, sealed(t, tc.ask))
			if got := all(c, t0.Add(time.Second)); !bytes.Equal(got, sealed(t, tc.want)) {
				t.Errorf("% X, want %s and checksum", got, tc.want)
			}
		})
	}
	for _, other := range []string{"02 03 00 00 00 01", "00 03 00 00 00 01"} {
		c := New(Options{Address: 1}, meter)
		c.Receive(t0, sealed(t, other))
		if got := all(c, t0.Add(time.Second)); got != nil {
			t.Errorf("to %s it answered % X", other, got)
		}
	}
}

func TestTiming(t *testing.T) {
	ask := unhex(t, "01 03 00 00 00 01 84 0A")
	c := New(Options{Address: 1}, meter)
	if gap := c.gap; gap < 4*time.Millisecond || gap > 4020*time.Microsecond {
		t.Errorf("silence of %v at 9600 baud, want 4 ms", gap)
	}
	if gap := New(Options{Baud: 115200}, meter).gap; gap != 1750*time.Microsecond {
		t.Errorf("silence of %v at 115200 baud, want 1.75 ms", gap)
	}
	c.Receive(t0, ask[:3])
	c.Receive(t0.Add(2*time.Millisecond), ask[3:])
	last := t0.Add(2 * time.Millisecond)
	m, next := c.Send(last)
	if m != nil || !next.Equal(last.Add(c.gap)) {
		t.Errorf("% X, next %v: the frame has not ended yet", m, next)
	}
	m, next = c.Send(last.Add(c.gap))
	if m != nil || !next.Equal(last.Add(c.gap+turnaround)) {
		t.Errorf("% X, next %v: no time to answer yet", m, next)
	}
	if m, _ = c.Send(next); len(m) != 7 {
		t.Errorf("answer % X", m)
	}
	if m, next = c.Send(next); m != nil || !next.IsZero() {
		t.Errorf("then % X, next %v", m, next)
	}

	// A silence within a request makes two frames of it, neither of them whole.
	c.Receive(t0.Add(time.Second), ask[:3])
	c.Receive(t0.Add(time.Second+5*time.Millisecond), ask[3:])
	if m := all(c, t0.Add(2*time.Second)); m != nil {
		t.Errorf("to two halves it answered % X", m)
	}
	// Two requests without a silence are one frame, and not a sound one.
	c.Receive(t0.Add(3*time.Second), ask)
	c.Receive(t0.Add(3*time.Second+time.Millisecond), ask)
	if m := all(c, t0.Add(4*time.Second)); m != nil {
		t.Errorf("to two requests run together it answered % X", m)
	}
	c.Receive(t0.Add(5*time.Second), ask)
	c.Receive(t0.Add(5*time.Second+6*time.Millisecond), ask) // into the answer
	if m := all(c, t0.Add(6*time.Second)); len(m) != 7 {
		t.Errorf("% X, want one answer", m)
	}
}

func TestFaultsAndPowerCycle(t *testing.T) {
	ask := unhex(t, "01 03 00 00 00 01 84 0A")
	c := New(Options{Address: 1}, meter)
	at := t0
	for f, want := range map[Fault][]byte{
		None:          unhex(t, "01 03 02 07 D0 BB E8"),
		DeviceFailure: sealed(t, "01 83 04"),
		Busy:          sealed(t, "01 83 06"),
		BrokenCRC:     unhex(t, "01 03 02 07 D0 3B E9"),
		Echo:          append(bytes.Clone(ask), unhex(t, "01 03 02 07 D0 BB E8")...),
	} {
		c.SetFault(f)
		at = at.Add(time.Minute)
		c.Receive(at, ask)
		if got := all(c, at.Add(time.Second)); !bytes.Equal(got, want) {
			t.Errorf("fault %d: % X, want % X", f, got, want)
		}
	}
	c.SetFault(Echo)
	c.Receive(at.Add(time.Minute), ask)
	c.PowerCycle()
	if got := all(c, at.Add(time.Hour)); got != nil {
		t.Errorf("after the supply was cut % X", got)
	}
	c.SetFault(None)
	c.Receive(at.Add(2*time.Minute), ask)
	if got := all(c, at); got != nil { // the clock was set back
		t.Errorf("before it was asked it answered % X", got)
	}
	silent := New(Options{Address: 1}, func(time.Time) (Sample, bool) { return Sample{}, false })
	silent.Receive(t0, ask)
	if got := all(silent, t0.Add(time.Second)); got != nil {
		t.Errorf("in a gap it answered % X", got)
	}
}

func FuzzReceive(f *testing.F) {
	f.Add([]byte("\x01\x03\x00\x00\x00\x01\x84\x0A"), []byte{})
	f.Add([]byte("\x01\x03\x00"), []byte("\x00\x00\x01\x84\x0A"))
	f.Add([]byte("\x01\x04\xFF\xFF\x00\x02"), make([]byte, 300))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		c := New(Options{Address: 1}, meter)
		c.Receive(t0, a)
		c.Receive(t0.Add(time.Millisecond), b)
		if len(c.in) > maxFrame+1 {
			t.Fatalf("%d bytes held", len(c.in))
		}
		if got := all(c, t0.Add(time.Second)); len(got) > maxFrame {
			t.Fatalf("answer of %d bytes", len(got))
		}
	})
}

func TestEveryAnswerIsSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ask := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "ask")
		c := New(Options{Address: 1}, meter)
		ask = append([]byte{1}, ask...)
		sum := crc(ask)
		c.Receive(t0, append(ask, byte(sum), byte(sum>>8)))
		got := all(c, t0.Add(time.Second))
		if len(ask) < 2 {
			return
		}
		if len(got) < 5 || crc(got) != 0 || got[0] != 1 || got[1]&^refused != ask[1]&^refused {
			t.Fatalf("to % X it answered % X", ask, got)
		}
	})
}
