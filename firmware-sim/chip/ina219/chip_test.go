package ina219

import (
	"bytes"
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var t0 = time.Date(2026, 1, 15, 3, 0, 0, 0, time.UTC)

func still(bus, shunt float64) func(time.Time) (Sample, bool) {
	return func(time.Time) (Sample, bool) { return Sample{bus, shunt}, true }
}

func read(t testing.TB, c *Chip, at time.Time, register byte) uint16 {
	t.Helper()
	r := make([]byte, 2)
	if err := c.Tx(at, []byte{register}, r); err != nil {
		t.Fatalf("read %02X: %v", register, err)
	}
	return uint16(r[0])<<8 | uint16(r[1])
}

func write(t testing.TB, c *Chip, at time.Time, b ...byte) {
	t.Helper()
	if err := c.Tx(at, b, nil); err != nil {
		t.Fatalf("write % X: %v", b, err)
	}
}

func expect(t testing.TB, what string, got, want uint16) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %04X, want %04X", what, got, want)
	}
}

func TestPowerUpMeasuresAtOnce(t *testing.T) {
	c := New(still(12, 0.1))
	for range 2 {
		expect(t, "config", read(t, c, t0, 0), 0x399F)
		expect(t, "shunt", read(t, c, t0, 1), 10000)
		expect(t, "bus", read(t, c, t0, 2), 3000<<3|2)
		expect(t, "current without calibration", read(t, c, t0, 4), 0)
		expect(t, "power without calibration", read(t, c, t0, 3), 0)
		expect(t, "calibration", read(t, c, t0, 5), 0)
		expect(t, "no such register", read(t, c, t0, 6), 0)
		write(t, c, t0, 5, 0x10, 0x01)
		expect(t, "bit 0 of the calibration", read(t, c, t0, 5), 0x1000)
		write(t, c, t0, 0, 0x01, 0x9F)
		c.PowerCycle()
	}
}

// The data sheet's design example (9.2.1, table 8): 2 mΩ, 10 A, 12 V.
func TestDesignExample(t *testing.T) {
	c := New(still(11.98, 0.02))
	write(t, c, t0, 0, 0x01, 0x9F)
	write(t, c, t0, 5, 0x50, 0x00)
	at := t0.Add(time.Second)
	expect(t, "shunt", read(t, c, at, 1), 0x07D0)
	expect(t, "bus", read(t, c, at, 2), 0x5D98|2)
	expect(t, "current", read(t, c, at, 4), 0x2710)
	expect(t, "power", read(t, c, at, 3), 0x1766)
	expect(t, "reading power clears CNVR", read(t, c, at, 2), 0x5D98)
}

// What the periph driver does: 16 V range, ±320 mV, 0.1 Ω, 3.2 A.
func TestGoldenTraffic(t *testing.T) {
	c := New(still(12.34, -0.05))
	write(t, c, t0, 5, 0x10, 0x62)
	write(t, c, t0, 0, 0x1F, 0xFF)
	at := t0.Add(200 * time.Millisecond)
	for _, tc := range []struct {
		register byte
		want     []byte
	}{
		{1, []byte{0xEC, 0x78}}, // -5000 × 10 µV
		{2, []byte{0x60, 0x6A}}, // 3085 × 4 mV, ready
		{4, []byte{0xEC, 0x01}}, // -5119 × 97.656 µA
		{3, []byte{0x0C, 0x56}}, // 3158 × 1.953 mW
	} {
		r := make([]byte, 2)
		if err := c.Tx(at, []byte{tc.register}, r); err != nil || !bytes.Equal(r, tc.want) {
			t.Errorf("register %d: % X, %v, want % X", tc.register, r, err, tc.want)
		}
	}
}

func TestClipping(t *testing.T) {
	for _, tc := range []struct {
		name       string
		in         Sample
		config     uint16
		bus, shunt uint16
	}{
		{"16 V range, 21 V", Sample{21, 0}, 0x1FFF, 4000<<3 | 2, 0},
		{"32 V range, 21 V", Sample{21, 0}, 0x3FFF, 5250<<3 | 2, 0},
		{"32 V range, 40 V", Sample{40, 0}, 0x3FFF, 8000<<3 | 2, 0},
		{"below ground", Sample{-1, 0}, 0x3FFF, 2, 0},
		{"±40 mV", Sample{0, 0.1}, 0x27FF, 2, 4000},
		{"±80 mV", Sample{0, 0.1}, 0x2FFF, 2, 8000},
		{"±160 mV", Sample{0, -0.2}, 0x37FF, 2, 0xC180},
		{"±320 mV", Sample{0, -0.4}, 0x3FFF, 2, 0x8300},
		{"9 bits", Sample{12.02, 0.10003}, 0x3807, 3008<<3 | 2, 10000},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := New(still(tc.in.Bus, tc.in.Shunt))
			write(t, c, t0, 0, byte(tc.config>>8), byte(tc.config))
			at := t0.Add(time.Second)
			expect(t, "bus", read(t, c, at, 2), tc.bus)
			expect(t, "shunt", read(t, c, at, 1), tc.shunt)
		})
	}
}

func TestOverflow(t *testing.T) {
	c := New(still(12, 0.3))
	write(t, c, t0, 5, 0xFF, 0xFE)
	if v := read(t, c, t0.Add(time.Second), 2); v&1 == 0 {
		t.Errorf("bus %04X without its overflow bit", v)
	}
	write(t, c, t0.Add(time.Second), 5, 0x10, 0)
	if v := read(t, c, t0.Add(2*time.Second), 2); v&1 != 0 {
		t.Errorf("bus %04X with an overflow bit", v)
	}
}

func TestModes(t *testing.T) {
	v := Sample{12, 0.01}
	c := New(func(time.Time) (Sample, bool) { return v, true })
	at := t0
	next := func(d time.Duration) time.Time { at = at.Add(d); return at }
	write(t, c, next(0), 0, 0x3F, 0xFB) // both triggered, 128 samples each
	expect(t, "under way", read(t, c, next(100*time.Millisecond), 2)&2, 0)
	expect(t, "ended", read(t, c, next(36200*time.Microsecond), 2)&2, 2)
	v = Sample{6, 0.02}
	expect(t, "triggered once", read(t, c, next(time.Minute), 2), 3000<<3|2)
	write(t, c, next(0), 0, 0x39, 0x9D) // shunt only, continuous
	expect(t, "shunt", read(t, c, next(533*time.Microsecond), 1), 2000)
	expect(t, "bus as it was", read(t, c, next(time.Second), 2), 3000<<3|2)
	write(t, c, next(0), 0, 0x39, 0x98) // power down
	v = Sample{1, 0.03}
	expect(t, "asleep", read(t, c, next(time.Hour), 1), 2000)
	write(t, c, next(0), 0, 0xB9, 0x98) // reset
	expect(t, "config after a reset", read(t, c, at, 0), 0x399F)
	expect(t, "nothing converted yet", read(t, c, next(time.Millisecond), 2), 0)
	expect(t, "converted", read(t, c, next(65*time.Microsecond), 2), 250<<3|2)
}

func TestFaults(t *testing.T) {
	v := Sample{12, 0.01}
	c := New(func(at time.Time) (Sample, bool) { return v, at.Before(t0.Add(time.Hour)) })
	read(t, c, t0, 1)
	v = Sample{13, 0.02}
	c.SetFault(Stuck)
	expect(t, "stuck", read(t, c, t0.Add(time.Second), 1), 1000)
	c.SetFault(ShuntOpen)
	expect(t, "shunt open", read(t, c, t0.Add(2*time.Second), 1), 32000)
	c.SetFault(None)
	expect(t, "sound", read(t, c, t0.Add(3*time.Second), 1), 2000)
	if err := c.Tx(t0.Add(time.Hour), []byte{0}, make([]byte, 2)); !errors.Is(err, ErrSilent) {
		t.Errorf("in a gap: %v", err)
	}
}

func TestAnyVoltageSurvives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Sample{rapid.Float64Range(0, 32).Draw(t, "bus"), rapid.Float64Range(-0.32, 0.32).Draw(t, "shunt")}
		c := New(still(s.Bus, s.Shunt))
		b := make([]byte, 2)
		if err := c.Tx(t0, []byte{2}, b); err != nil {
			t.Fatal(err)
		}
		if got := float64(int(b[0])<<5|int(b[1])>>3) * 4e-3; math.Abs(got-s.Bus) > 2.001e-3 {
			t.Fatalf("bus %v, want %v", got, s.Bus)
		}
		if err := c.Tx(t0, []byte{1}, b); err != nil {
			t.Fatal(err)
		}
		if got := float64(int16(uint16(b[0])<<8|uint16(b[1]))) * 1e-5; math.Abs(got-s.Shunt) > 5.001e-6 {
			t.Fatalf("shunt %v, want %v", got, s.Shunt)
		}
	})
}

func FuzzTx(f *testing.F) {
	f.Add([]byte{0, 0x1F, 0xFF}, uint8(2), int64(time.Second))
	f.Add([]byte{5, 0xFF, 0xFF}, uint8(3), int64(time.Hour))
	f.Add([]byte{0xFF}, uint8(0), int64(-time.Hour))
	f.Fuzz(func(t *testing.T, w []byte, n uint8, later int64) {
		c := New(still(12, 0.1))
		write(t, c, t0, w...)
		at := t0.Add(time.Duration(later))
		if err := c.Tx(at, nil, make([]byte, n)); err != nil {
			t.Fatal(err)
		}
		write(t, c, at, w...)
		write(t, c, at.Add(time.Second), 0, 0xFF, 0xFF)
		expect(t, "config", read(t, c, at, 0), 0x399F)
	})
}
