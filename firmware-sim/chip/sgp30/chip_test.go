package sgp30

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

func s(seconds float64) time.Time { return t0.Add(time.Duration(math.Round(1e9 * seconds))) }

func room(time.Time) (Sample, bool) { return Sample{TVOC: 300, ECO2: 1234}, true }

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

// fetch sends a command and checks what is to be read when its time has passed,
// and that nothing is before.
func fetch(t testing.TB, c *Chip, at time.Time, w string, takes time.Duration, want string) {
	t.Helper()
	put(t, c, at, w)
	b := unhex(t, want)
	r := make([]byte, len(b))
	if c.Tx(at.Add(takes-1), nil, r) == nil {
		t.Errorf("%s: answered before %v", w, takes)
	}
	if err := c.Tx(at.Add(takes), nil, r); err != nil {
		t.Errorf("%s: %v", w, err)
	} else if !bytes.Equal(r, b) {
		t.Errorf("%s: % X, want %s", w, r, want)
	}
	if c.Tx(at.Add(takes), nil, r) == nil {
		t.Errorf("%s: answered twice", w)
	}
}

const (
	start   = "20 03"
	measure = "20 08"
	clear   = "01 90 4C 00 00 81" // 400 ppm, 0 ppb
	found   = "04 D2 64 01 2C 8E" // 1234 ppm, 300 ppb

	ms = time.Millisecond
)

func TestIdentity(t *testing.T) {
	c := New(room)
	fetch(t, c, t0, "36 82", 500*time.Microsecond, "00 00 81 01 24 37 7C 5B 9A")
	fetch(t, c, s(1), "20 2F", 10*ms, "00 22 65 FF")
	fetch(t, c, s(2), "20 32", 220*ms, "D4 00 C6")
}

func TestAirQuality(t *testing.T) {
	c := New(room)
	fetch(t, c, t0, measure, 12*ms, clear) // never initialised
	fetch(t, c, s(20), measure, 12*ms, clear)
	put(t, c, s(30), start)
	for n := 1.0; n < 15; n++ {
		fetch(t, c, s(30+n-0.02), measure, 12*ms, clear)
	}
	fetch(t, c, s(45), measure, 12*ms, found)
	fetch(t, c, s(46), "20 50", 25*ms, "32 7B F8 47 25 D5")
}

func TestBaselines(t *testing.T) {
	const none = "00 00 81 00 00 81"
	c := New(room)
	fetch(t, c, t0, "20 15", 10*ms, none)
	put(t, c, s(1), start)
	fetch(t, c, s(2), "20 15", 10*ms, none)
	fetch(t, c, s(17), "20 15", 10*ms, "89 73 CA 8A AE AF") // CO2 first
	fetch(t, c, s(18), "20 B3", 10*ms, "8A AE AF")
	put(t, c, s(19), "20 1E 48 2E A6 34 BC 72") // TVOC first
	fetch(t, c, s(20), "20 15", 10*ms, "34 BC 72 48 2E A6")
	put(t, c, s(21), "20 77 01 2C 8E")
	fetch(t, c, s(22), "20 15", 10*ms, "34 BC 72 01 2C 8E")
	c.PowerCycle()
	fetch(t, c, s(23), "20 15", 10*ms, none)
	fetch(t, c, s(24), measure, 12*ms, clear)
}

func TestRefused(t *testing.T) {
	c := New(room)
	for _, w := range []string{"20", "20 03 00", "12 34", "20 61 0F 80 63", "20 61", "20 03 0F 80 62", "20 1E 48 2E A6"} {
		if c.Tx(t0, unhex(t, w), nil) == nil {
			t.Errorf("%s was acknowledged", w)
		}
	}
	put(t, c, t0, "20 61 0F 80 62") // 15.5 g/m³
	if c.Tx(s(0.009), unhex(t, measure), nil) == nil {
		t.Error("a command was acknowledged while it is busy")
	}
	if c.Tx(s(0.01), nil, make([]byte, 3)) == nil {
		t.Error("a command without an answer was answered")
	}
	if c.Tx(s(1), unhex(t, "20 2F"), make([]byte, 3)) == nil {
		t.Error("answered in the transfer of the command")
	}
	quiet := New(func(time.Time) (Sample, bool) { return Sample{}, false })
	if quiet.Tx(t0, unhex(t, start), nil) == nil {
		t.Error("acknowledged without air")
	}
}

func TestFaults(t *testing.T) {
	air := Sample{300, 1234}
	c := New(func(time.Time) (Sample, bool) { return air, true })
	put(t, c, t0, start)
	fetch(t, c, s(20), measure, 12*ms, found)
	air = Sample{17, 500}
	c.SetFault(Stuck)
	fetch(t, c, s(21), measure, 12*ms, found)
	c.SetFault(HeaterOff)
	fetch(t, c, s(22), measure, 12*ms, clear)
	fetch(t, c, s(23), "20 32", 220*ms, "00 00 81")
	fetch(t, c, s(24), "20 50", 25*ms, "00 00 81 00 00 81")
	c.SetFault(WrongID)
	fetch(t, c, s(25), "20 2F", 10*ms, "10 06 49")
	c.SetFault(None)
	fetch(t, c, s(26), measure, 12*ms, "01 F4 33 00 11 F3")
}

func TestClockSetBack(t *testing.T) {
	c := New(room)
	put(t, c, t0, start)
	fetch(t, c, s(-3600), measure, 12*ms, clear)
	fetch(t, c, s(-3580), measure, 12*ms, found)
}

func TestRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64Range(-1e3, 1e6)
		want := Sample{v.Draw(t, "tvoc"), v.Draw(t, "eco2")}
		c := New(func(time.Time) (Sample, bool) { return want, true })
		_ = c.Tx(t0, []byte{0x20, 0x03}, nil)
		_ = c.Tx(s(20), []byte{0x20, 0x08}, nil)
		r := make([]byte, 6)
		if err := c.Tx(s(21), nil, r); err != nil {
			t.Fatal(err)
		}
		co2, tvoc := float64(int(r[0])<<8|int(r[1])), float64(int(r[3])<<8|int(r[4]))
		if math.Abs(co2-math.Max(400, math.Min(60000, want.ECO2))) > 0.51 || math.Abs(tvoc-math.Max(0, math.Min(60000, want.TVOC))) > 0.51 {
			t.Fatalf("%+v reads %v ppm, %v ppb", want, co2, tvoc)
		}
	})
}

func FuzzTx(f *testing.F) {
	f.Add(unhex(f, start), unhex(f, measure), 6)
	f.Add(unhex(f, "20 1E 48 2E A6 34 BC 72"), unhex(f, "20 15"), 6)
	f.Add(unhex(f, "20 61 0F 80 62"), unhex(f, "36 82"), 9)
	f.Fuzz(func(t *testing.T, first, second []byte, n int) {
		c := New(room)
		_ = c.Tx(t0, first, nil)
		_ = c.Tx(s(60), second, nil)
		r := make([]byte, min(max(n, 0), 100))
		if c.Tx(s(61), nil, r) != nil {
			return
		}
		for i := 0; i+2 < len(r); i += 3 {
			if r[i+2] != crc(r[i:i+2]) && !bytes.Equal(r[i:i+3], []byte{0xFF, 0xFF, 0xFF}) {
				t.Fatalf("wrong CRC in % X", r)
			}
		}
	})
}

func TestFaultsFromElsewhere(t *testing.T) {
	c := New(room)
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
		_ = c.Tx(t0.Add(time.Duration(n)*time.Second), unhex(t, measure), make([]byte, 3))
	}
	<-done
}
