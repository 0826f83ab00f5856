package aht20

import (
	"bytes"
	"encoding/hex"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var t0 = time.Date(2026, 1, 15, 3, 0, 0, 0, time.UTC)

func ms(n int) time.Time { return t0.Add(time.Duration(n) * time.Millisecond) }

// desk is what a real chip measured that a user read: 1C 26 9A 76 42 E7 76.
func desk(time.Time) (Sample, bool) { return Sample{Temperature: 28.26672, Humidity: 15.0794}, true }

const (
	measured  = "18 26 9A 76 42 E7 1B"
	measuring = "98 00 00 00 00 00 D9"
	empty     = "18 00 00 00 00 00 35"

	start   = "BE 08 00"
	trigger = "AC 33 00"
	status  = "71"
	reset   = "BA"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func put(t testing.TB, c *Chip, at time.Time, w string) {
	t.Helper()
	if err := c.Tx(at, unhex(t, w), nil); err != nil {
		t.Fatalf("%s: %v", w, err)
	}
}

// fetch checks what is read after a command in the same transfer, or by itself.
func fetch(t testing.TB, c *Chip, at time.Time, w, want string) {
	t.Helper()
	b := unhex(t, want)
	r := make([]byte, len(b))
	if err := c.Tx(at, unhex(t, w), r); err != nil {
		t.Errorf("%s: %v", w, err)
	} else if !bytes.Equal(r, b) {
		t.Errorf("%s: % X, want %s", w, r, want)
	}
}

func refused(t testing.TB, c *Chip, at time.Time, w string) {
	t.Helper()
	if c.Tx(at, unhex(t, w), make([]byte, 1)) == nil {
		t.Errorf("%s was acknowledged", w)
	}
}

func TestCRCOfARealChip(t *testing.T) {
	if got := crc(unhex(t, "1C 26 9A 76 42 E7")); got != 0x76 {
		t.Errorf("CRC %02X, want 76", got)
	}
}

func TestMeasuring(t *testing.T) {
	c := New(desk)
	fetch(t, c, t0, status, "18")
	fetch(t, c, t0, "", empty)
	put(t, c, t0, trigger)
	fetch(t, c, ms(79), "", measuring)
	put(t, c, ms(79), trigger) // does not begin anew
	fetch(t, c, ms(80), "", measured)
	fetch(t, c, ms(500), "", measured+"FF")
	fetch(t, c, ms(500), status, measured)
}

func TestInitialising(t *testing.T) {
	c := New(desk)
	put(t, c, t0, start)
	fetch(t, c, ms(9), status, "98")
	fetch(t, c, ms(10), status, "18")
}

func TestReset(t *testing.T) {
	c := New(desk)
	put(t, c, t0, trigger)
	put(t, c, ms(100), reset)
	refused(t, c, ms(119), status)
	fetch(t, c, ms(120), "", empty)
	refused(t, c, ms(200), reset) // nothing can follow it in its transfer
}

func TestPowerCycle(t *testing.T) {
	c := New(desk)
	put(t, c, t0, trigger)
	fetch(t, c, ms(80), "", measured)
	put(t, c, ms(90), reset)
	c.PowerCycle()
	fetch(t, c, ms(91), "", empty)
}

func TestRefused(t *testing.T) {
	c := New(desk)
	for _, w := range []string{"E1 08 00", "AC", "AC 33", "AC 33 01", "BE", "71 00", "00"} {
		refused(t, c, t0, w)
	}
	quiet := New(func(time.Time) (Sample, bool) { return Sample{}, false })
	refused(t, quiet, t0, status)
}

func TestUncalibrated(t *testing.T) {
	for fault, after := range map[Fault]string{Uncalibrated: "18", CalibrationLost: "00"} {
		c := New(desk)
		c.SetFault(fault)
		fetch(t, c, t0, status, "00")
		put(t, c, t0, trigger)
		fetch(t, c, ms(80), "", "00 00 00 00 00 00 6A") // it measures nothing
		put(t, c, ms(100), start)
		fetch(t, c, ms(110), status, after)
		c.PowerCycle()
		fetch(t, c, ms(111), status, "00")
		c.SetFault(None)
		c.PowerCycle()
		fetch(t, c, ms(112), status, "18")
	}
}

func TestStuck(t *testing.T) {
	air := Sample{28.26672, 15.0794}
	c := New(func(time.Time) (Sample, bool) { return air, true })
	c.SetFault(Stuck)
	put(t, c, t0, trigger)
	fetch(t, c, ms(100), "", measured)
	air = Sample{10, 90}
	c.PowerCycle()
	put(t, c, ms(200), trigger)
	fetch(t, c, ms(300), "", measured)
	c.SetFault(None)
	put(t, c, ms(400), trigger)
	fetch(t, c, ms(500), "", "18 E6 66 64 CC CD 19")
}

func TestClockSetBack(t *testing.T) {
	c := New(desk)
	put(t, c, t0, trigger)
	fetch(t, c, t0.Add(-time.Hour), "", measured)
	put(t, c, t0, reset)
	fetch(t, c, t0.Add(-time.Hour), "", empty)
}

func TestConversions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64Range(-100, 200)
		want := Sample{v.Draw(t, "t"), v.Draw(t, "rh")}
		b := encode(want)
		h := float64(int(b[0])<<12|int(b[1])<<4|int(b[2])>>4) * 100 / (1 << 20)
		c := float64(int(b[2]&0xF)<<16|int(b[3])<<8|int(b[4]))*200/(1<<20) - 50
		if math.Abs(h-math.Max(0, math.Min(100, want.Humidity))) > 0.0001 || math.Abs(c-math.Max(-40, math.Min(85, want.Temperature))) > 0.0002 {
			t.Fatalf("%+v reads %v °C, %v %%", want, c, h)
		}
	})
}

func FuzzTx(f *testing.F) {
	for _, w := range []string{start, trigger, status, reset} {
		f.Add(unhex(f, w), unhex(f, status), 7)
	}
	f.Fuzz(func(t *testing.T, first, second []byte, n int) {
		c := New(desk)
		_ = c.Tx(t0, first, nil)
		r := make([]byte, min(max(n, 0), 100))
		if c.Tx(t0.Add(time.Second), second, r) == nil && len(r) >= 7 && crc(r[:6]) != r[6] {
			t.Fatalf("wrong CRC in % X", r)
		}
	})
}

func TestFaultsFromElsewhere(t *testing.T) {
	c := New(desk)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 100 {
			c.SetFault(Stuck)
			c.PowerCycle()
			c.SetFault(None)
		}
	}()
	for n := range 100 {
		_ = c.Tx(t0.Add(time.Duration(n)*time.Second), unhex(t, trigger), make([]byte, 3))
	}
	<-done
}
