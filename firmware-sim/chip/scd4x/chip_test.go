package scd4x

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

// room is the data sheet's example, 500 ppm, 25 °C and 37 %, as its words read
// exactly.
func room(time.Time) (Sample, bool) { return Sample{500, 25.0027, 37.0016}, true }

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

// fetch checks the answer to a command in the same transfer, or with an empty
// command what there is to fetch.
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

func refused(t testing.TB, c *Chip, at time.Time, w string, n int) {
	t.Helper()
	if c.Tx(at, unhex(t, w), make([]byte, n)) == nil {
		t.Errorf("%s and a read of %d were acknowledged", w, n)
	}
}

const (
	start    = "21 B1"
	stop     = "3F 86"
	ready    = "E4 B8"
	read     = "EC 05"
	notReady = "80 00 A2"
	isReady  = "80 06 04"
	example  = "01 F4 33 66 67 A2 5E B9 3C"
)

func TestMeasuring(t *testing.T) {
	for _, tc := range []struct {
		start   string
		cadence float64
	}{{start, 5}, {"21 AC", 30}} {
		c := New(room)
		refused(t, c, t0, read, 9)
		fetch(t, c, t0, ready, notReady)
		put(t, c, t0, tc.start)
		fetch(t, c, s(tc.cadence-0.1), ready, notReady)
		refused(t, c, s(tc.cadence-0.1), read, 9)
		fetch(t, c, s(tc.cadence), ready, isReady)
		fetch(t, c, s(tc.cadence), read, example)
		refused(t, c, s(tc.cadence), read, 9) // once only
		fetch(t, c, s(tc.cadence), ready, notReady)
		put(t, c, s(2*tc.cadence), read)
		fetch(t, c, s(2*tc.cadence+1), "", example+"FF FF") // fetched by itself
		refused(t, c, s(2*tc.cadence+2), "", 9)
		put(t, c, s(100), stop)
		refused(t, c, s(100.49), ready, 3)
		fetch(t, c, s(100.5), ready, notReady)
	}
}

func TestNotWhileItMeasures(t *testing.T) {
	c := New(room)
	put(t, c, t0, start)
	for _, w := range []string{
		start, "21 AC", "21 9D", "21 96", "36 E0", "36 F6", "24 1D 07 E6 48", "23 18", "24 16 00 01 B0", "36 82",
		"20 2F", "36 39", "36 15", "36 32", "36 46", "36 2F 01 E0 B4",
	} {
		refused(t, c, s(1), w, 0)
	}
	put(t, c, s(1), "E0 00 03 DB 42")
	fetch(t, c, s(1), "E0 00", "03 DB 42")
	fetch(t, c, s(5), read, example)
}

// Words and sums of the data sheet's examples.
func TestSettings(t *testing.T) {
	for _, tc := range []struct{ name, get, factory, set, then string }{
		{"temperature offset", "23 18", "05 DA 29", "24 1D 07 E6 48", "07 E6 48"},
		{"altitude", "23 22", "00 00 81", "24 27 07 9E 09", "07 9E 09"},
		{"self-calibration", "23 13", "00 01 B0", "24 16 00 00 81", "00 00 81"},
		{"its target", "23 3F", "01 90 4C", "24 3A 01 A4 4D", "01 A4 4D"},
		{"its initial period", "23 40", "00 2C 7A", "24 45 00 30 44", "00 30 44"},
		{"its standard period", "23 4B", "00 9C C5", "24 4E 00 A0 7D", "00 A0 7D"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := New(room)
			fetch(t, c, t0, tc.get, tc.factory)
			put(t, c, t0, tc.set)
			fetch(t, c, t0, tc.get, tc.then)
			c.PowerCycle()
			fetch(t, c, t0, tc.get, tc.factory)
			put(t, c, t0, tc.set)
			put(t, c, t0, "36 15")
			refused(t, c, s(0.79), tc.get, 3)
			c.PowerCycle()
			fetch(t, c, s(1), tc.get, tc.then)
			put(t, c, s(1), "36 32")
			refused(t, c, s(2.19), tc.get, 3)
			fetch(t, c, s(2.2), tc.get, tc.factory)
		})
	}
}

func TestReinit(t *testing.T) {
	c := New(room)
	put(t, c, t0, "24 27 07 9E 09")
	put(t, c, t0, "E0 00 03 DB 42")
	put(t, c, t0, "36 46")
	refused(t, c, s(0.029), "23 22", 3)
	fetch(t, c, s(0.03), "23 22", "00 00 81")
	fetch(t, c, s(0.03), "E0 00", "03 F5 DB")
}

func TestTemperatureOffset(t *testing.T) {
	c := New(room)
	put(t, c, t0, "24 1D 00 00 81") // none instead of 4 °C
	put(t, c, t0, start)
	fetch(t, c, s(5), read, "01 F4 33 6C 41 6C 5E B9 3C") // 29 °C
}

func TestRecalibration(t *testing.T) {
	c := New(func(time.Time) (Sample, bool) { return Sample{530, 25.0027, 37.0016}, true })
	put(t, c, t0, "36 2F 01 E0 B4")
	fetch(t, c, s(1), "", "FF FF AC") // never operated
	put(t, c, s(2), start)
	put(t, c, s(300), stop)
	refused(t, c, s(301), "36 2F 01 E0 B4", 3) // it is busy
	refused(t, c, s(301.39), "", 3)
	fetch(t, c, s(301.4), "", "7F CE 7B") // 480 ppm is 50 less
	c.PowerCycle()
	put(t, c, s(400), start)
	fetch(t, c, s(405), read, "01 E0 B4 66 67 A2 5E B9 3C")
	put(t, c, s(406), stop)
	put(t, c, s(407), "36 32") // forgets it
	put(t, c, s(409), start)
	fetch(t, c, s(414), read, "02 12 79 66 67 A2 5E B9 3C")
}

func TestSingleShot(t *testing.T) {
	c := New(room)
	put(t, c, t0, "21 9D")
	refused(t, c, s(4.9), ready, 3)
	fetch(t, c, s(5), ready, isReady)
	fetch(t, c, s(5), read, example)
	refused(t, c, s(6), read, 9)
	put(t, c, s(7), "21 96")
	fetch(t, c, s(7.05), read, "00 00 81 66 67 A2 5E B9 3C")
}

func TestSleep(t *testing.T) {
	c := New(room)
	put(t, c, t0, "36 E0")
	refused(t, c, s(1), "36 82", 9)
	refused(t, c, s(1), "", 0)
	refused(t, c, s(2), "36 F6", 0) // wakes it all the same
	refused(t, c, s(2.029), "36 82", 9)
	fetch(t, c, s(2.03), "36 82", "F8 96 31 9F 07 C2 3B BE 89")
	refused(t, c, s(3), "36 F6", 0)
	fetch(t, c, s(3), "20 2F", "14 40 51")
}

func TestSCD40(t *testing.T) {
	c := NewSCD40(room)
	fetch(t, c, t0, "20 2F", "04 40 3F")
	for _, w := range []string{"21 9D", "21 96", "36 E0", "36 F6", "23 40", "24 4E 00 A0 7D"} {
		refused(t, c, t0, w, 0)
	}
	put(t, c, t0, start)
	fetch(t, c, s(5), read, example)
}

func TestRefused(t *testing.T) {
	c := New(room)
	for _, w := range []string{"21", "21 B1 00", "12 34", "24 16 00 01 B1", "24 16", "21 B1 00 01 B0", "24 16 00 01 B0 00 01 B0"} {
		refused(t, c, t0, w, 0)
	}
	refused(t, c, t0, "24 16 00 01 B0", 3) // nothing to read
	quiet := New(func(time.Time) (Sample, bool) { return Sample{}, false })
	refused(t, quiet, t0, "36 82", 9)
}

func TestClockSetBack(t *testing.T) {
	c := New(room)
	put(t, c, t0, start)
	fetch(t, c, s(5), read, example)
	fetch(t, c, s(-3600), ready, notReady)
	fetch(t, c, s(-3595), read, example)
	put(t, c, t0, stop)
	fetch(t, c, s(-3600), ready, notReady)
	put(t, c, t0, "21 9D")
	fetch(t, c, s(-3600), read, example)
}

func TestConversions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64Range(-1e4, 1e5)
		want := Sample{v.Draw(t, "co2"), v.Draw(t, "t"), v.Draw(t, "rh")}
		c := New(func(time.Time) (Sample, bool) { return want, true })
		put2 := func(at time.Time, w []byte, n int) []byte {
			r := make([]byte, n)
			if err := c.Tx(at, w, r); err != nil {
				t.Fatal(err)
			}
			return r
		}
		put2(t0, []byte{0x21, 0xB1}, 0)
		b := put2(s(5), []byte{0xEC, 0x05}, 9)
		word := func(i int) float64 { return float64(int(b[3*i])<<8 | int(b[3*i+1])) }
		near := func(got, want, low, high, step float64) bool {
			return math.Abs(got-math.Max(low, math.Min(high, want))) <= step
		}
		if !near(word(0), want.CO2, 0, 40000, 0.51) || !near(-45+175*word(1)/65535, want.Temperature, -45, 130, 0.002) ||
			!near(100*word(2)/65535, want.Humidity, 0, 100, 0.001) {
			t.Fatalf("%+v reads % X", want, b)
		}
	})
}

func FuzzTx(f *testing.F) {
	for _, w := range []string{start, stop, read, "24 1D 07 E6 48", "36 E0", "36 F6", "36 2F 01 E0 B4"} {
		f.Add(unhex(f, w), unhex(f, read), 9)
	}
	f.Fuzz(func(t *testing.T, first, second []byte, n int) {
		c := New(room)
		_ = c.Tx(t0, first, nil)
		r := make([]byte, min(max(n, 0), 100))
		if c.Tx(s(60), second, r) != nil {
			return
		}
		for i := 0; i+2 < len(r); i += 3 {
			if r[i+2] != crc(r[i:i+2]) && !bytes.Equal(r[i:i+3], []byte{0xFF, 0xFF, 0xFF}) {
				t.Fatalf("wrong CRC in % X", r)
			}
		}
	})
}
