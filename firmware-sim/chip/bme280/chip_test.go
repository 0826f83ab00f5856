package bme280

import (
	"bytes"
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var t0 = time.Date(2026, 1, 15, 3, 0, 0, 0, time.UTC)

func still(s Sample) func(time.Time) (Sample, bool) {
	return func(time.Time) (Sample, bool) { return s, true }
}

// read reads n registers.
func read(t testing.TB, c *Chip, at time.Time, register byte, n int) []byte {
	t.Helper()
	r := make([]byte, n)
	if err := c.Tx(at, []byte{register}, r); err != nil {
		t.Fatalf("read %02X: %v", register, err)
	}
	return r
}

func write(t testing.TB, c *Chip, at time.Time, b ...byte) {
	t.Helper()
	if err := c.Tx(at, b, nil); err != nil {
		t.Fatalf("write % X: %v", b, err)
	}
}

// sample compensates what is in the data registers.
func sample(t testing.TB, c *Chip, at time.Time) Sample {
	t.Helper()
	b := read(t, c, at, regData, 8)
	word := func(b []byte) int { return int(b[0])<<12 | int(b[1])<<4 | int(b[2])>>4 }
	celsius, fine := factory.temperature(word(b[3:]))
	return Sample{
		Temperature: celsius,
		Pressure:    factory.pressure(word(b), fine) / 100,
		Humidity:    factory.humidity(int(b[6])<<8|int(b[7]), fine),
	}
}

// The data sheet's worked example.
func TestCompensationAgreesWithTheDataSheet(t *testing.T) {
	celsius, fine := factory.temperature(519888)
	if math.Round(celsius*100) != 2508 || math.Floor(fine) != 128422 {
		t.Errorf("temperature %.4f, fine %.1f, want 25.08 and 128422", celsius, fine)
	}
	if p := factory.pressure(415148, fine); math.Round(p*100) != 10065327 {
		t.Errorf("pressure %.3f, want 100653.27", p)
	}
}

func TestCalibrationRegisters(t *testing.T) {
	c := New(still(Sample{25, 50, 1000}))
	want := []byte{
		0x70, 0x6B, 0x43, 0x67, 0x18, 0xFC, // T
		0x7D, 0x8E, 0x43, 0xD6, 0xD0, 0x0B, 0x27, 0x0B, 0x8C, 0x00, 0xF9, 0xFF, 0x8C, 0x3C, 0xF8, 0xC6, 0x70, 0x17, // P
		0x00, 75,
	}
	if got := read(t, c, t0, 0x88, 26); !bytes.Equal(got, want) {
		t.Errorf("88: % X\nwant % X", got, want)
	}
	// 315 = 13B and 50 = 032 share the middle byte.
	if got, want := read(t, c, t0, 0xE1, 7), []byte{0x6A, 0x01, 0x00, 0x13, 0x2B, 0x03, 30}; !bytes.Equal(got, want) {
		t.Errorf("E1: % X\nwant % X", got, want)
	}
	if got := read(t, c, t0, 0xD0, 1)[0]; got != 0x60 {
		t.Errorf("id %02X", got)
	}
}

func TestForcedMode(t *testing.T) {
	want := Sample{Temperature: 27.35, Humidity: 71.2, Pressure: 996.41}
	c := New(still(want))
	write(t, c, t0, 0xF4, 0x6C, 0xF2, 0x03, 0xF5, 0xA0, 0xF4, 0x6C)
	if got := read(t, c, t0, regData, 8); !bytes.Equal(got, []byte{0x80, 0, 0, 0x80, 0, 0, 0x80, 0}) {
		t.Errorf("before any conversion the data read % X", got)
	}
	write(t, c, t0, 0xF4, 0x6D)
	if s := read(t, c, t0.Add(time.Millisecond), 0xF3, 1)[0]; s&measuring == 0 {
		t.Error("not measuring right after the start")
	}
	done := t0.Add(26 * time.Millisecond) // 1 + 8 + 8.5 + 8.5
	if s := read(t, c, done, 0xF3, 1)[0]; s&measuring != 0 {
		t.Error("still measuring after the typical time")
	}
	if m := read(t, c, done, 0xF4, 1)[0]; m != 0x6C {
		t.Errorf("ctrl_meas %02X after a forced conversion, want it asleep (6C)", m)
	}
	got := sample(t, c, done)
	if math.Abs(got.Temperature-want.Temperature) > 0.005 || math.Abs(got.Humidity-want.Humidity) > 0.02 || math.Abs(got.Pressure-want.Pressure) > 0.02 {
		t.Errorf("measured %+v, want %+v", got, want)
	}
}

func TestNormalMode(t *testing.T) {
	c := New(func(at time.Time) (Sample, bool) {
		return Sample{Temperature: at.Sub(t0).Seconds(), Humidity: 50, Pressure: 1000}, true
	})
	// Oversampling 1: 1 + 2 + 2.5 + 2.5 = 8 ms; pause 1 s.
	write(t, c, t0, 0xF5, 0xA0, 0xF2, 1, 0xF4, 0x27)
	for _, tc := range []struct {
		at   time.Duration
		want float64 // the end of the last conversion
		busy bool
	}{
		{9 * time.Millisecond, 0.008, false},
		{1009 * time.Millisecond, 0.008, true},
		{1017 * time.Millisecond, 1.016, false},
		{10 * time.Second, 9.080, false},
	} {
		at := t0.Add(tc.at)
		if busy := read(t, c, at, 0xF3, 1)[0]&measuring != 0; busy != tc.busy {
			t.Errorf("at %v: measuring %v", tc.at, busy)
		}
		if got := sample(t, c, at).Temperature; math.Abs(got-tc.want) > 0.01 {
			t.Errorf("at %v: %.3f, want %.3f", tc.at, got, tc.want)
		}
	}
}

func TestFilterFollowsSlowly(t *testing.T) {
	air := Sample{Temperature: 20, Humidity: 50, Pressure: 1000}
	c := New(func(time.Time) (Sample, bool) { return air, true })
	write(t, c, t0, 0xF5, 4<<2, 0xF2, 1, 0xF4, 0x25) // filter 16
	sample(t, c, t0.Add(time.Second))
	air.Temperature = 36
	write(t, c, t0.Add(2*time.Second), 0xF4, 0x25)
	if got := sample(t, c, t0.Add(3*time.Second)).Temperature; math.Abs(got-21) > 0.01 {
		t.Errorf("one conversion after a step of 16 K: %.2f, want 21", got)
	}
}

func TestSkippedAndReset(t *testing.T) {
	c := New(still(Sample{25, 50, 1000}))
	write(t, c, t0, 0xF2, 0, 0xF4, 0x21) // temperature only, forced
	if b := read(t, c, t0.Add(time.Second), regData, 8); b[0] != 0x80 || b[1] != 0 || b[3] == 0x80 || b[6] != 0x80 || b[7] != 0 {
		t.Errorf("with pressure and humidity skipped: % X", b)
	}
	write(t, c, t0, 0xE0, 0xB6)
	if b := read(t, c, t0, 0xF2, 4); !bytes.Equal(b, make([]byte, 4)) {
		t.Errorf("after a reset the settings are % X", b)
	}
	// ctrl_hum alone changes nothing.
	write(t, c, t0, 0xF4, 0x25)
	write(t, c, t0, 0xF2, 1)
	if b := read(t, c, t0.Add(time.Second), 0xFD, 2); b[0] != 0x80 || b[1] != 0 {
		t.Errorf("ctrl_hum took effect by itself: % X", b)
	}
}

func TestSilentChipDoesNotAcknowledge(t *testing.T) {
	c := New(func(at time.Time) (Sample, bool) { return Sample{25, 50, 1000}, at.Before(t0) })
	if err := c.Tx(t0, []byte{0xD0}, make([]byte, 1)); !errors.Is(err, ErrSilent) {
		t.Errorf("in a gap: %v", err)
	}
}

func TestAnyAirSurvivesTheRegisters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		air := Sample{
			Temperature: rapid.Float64Range(-60, 100).Draw(t, "t"),
			Humidity:    rapid.Float64Range(-5, 105).Draw(t, "h"),
			Pressure:    rapid.Float64Range(250, 1150).Draw(t, "p"),
		}
		c := New(still(air))
		if err := c.Tx(t0, []byte{0xF2, 5, 0xF4, 0xB5}, nil); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 8)
		if err := c.Tx(t0.Add(time.Second), []byte{regData}, b); err != nil {
			t.Fatal(err)
		}
		celsius, fine := factory.temperature(int(b[3])<<12 | int(b[4])<<4 | int(b[5])>>4)
		pascal := factory.pressure(int(b[0])<<12|int(b[1])<<4|int(b[2])>>4, fine)
		percent := factory.humidity(int(b[6])<<8|int(b[7]), fine)
		for _, v := range []struct{ got, want, within float64 }{
			{celsius, clamp(air.Temperature, -40, 85), 0.002},
			{pascal / 100, clamp(air.Pressure, 300, 1100), 0.005},
			{percent, clamp(air.Humidity, 0, 100), 0.02},
		} {
			if math.Abs(v.got-v.want) > v.within {
				t.Fatalf("read %.4f, want %.4f (of %+v)", v.got, v.want, air)
			}
		}
	})
}

func FuzzTx(f *testing.F) {
	f.Add([]byte{0xF4, 0x6C, 0xF2, 0x03, 0xF5, 0xA0, 0xF4, 0x6D}, uint8(8), uint16(30))
	f.Add([]byte{0xF4, 0x27, 0xF7}, uint8(255), uint16(5000))
	f.Fuzz(func(t *testing.T, w []byte, n uint8, ms uint16) {
		c := New(still(Sample{25, 50, 1000}))
		r := make([]byte, n)
		if err := c.Tx(t0, w, nil); err != nil {
			t.Fatal(err)
		}
		if err := c.Tx(t0.Add(time.Duration(ms)*time.Millisecond), nil, r); err != nil {
			t.Fatal(err)
		}
		if id := read(t, c, t0, regID, 1)[0]; id != chipID {
			t.Fatalf("a write changed the chip's identity to %02X", id)
		}
	})
}
