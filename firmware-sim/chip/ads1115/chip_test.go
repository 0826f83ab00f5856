package ads1115

import (
	"bytes"
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var t0 = time.Date(2026, 1, 15, 3, 0, 0, 0, time.UTC)

func still(volts ...float64) func(time.Time) ([4]float64, bool) {
	return func(time.Time) ([4]float64, bool) { return [4]float64(append(volts, 0, 0, 0, 0)[:4]), true }
}

func read(t testing.TB, c *Chip, at time.Time, register byte) []byte {
	t.Helper()
	r := make([]byte, 2)
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

func want(t testing.TB, what string, got []byte, high, low byte) {
	t.Helper()
	if !bytes.Equal(got, []byte{high, low}) {
		t.Errorf("%s: % X, want %02X %02X", what, got, high, low)
	}
}

func TestPowerUp(t *testing.T) {
	c := New(still(1, 1, 1, 1))
	for range 2 {
		for i, w := range [][]byte{{0, 0}, {0x85, 0x83}, {0x80, 0}, {0x7F, 0xFF}} {
			want(t, "register at power-up", read(t, c, t0, byte(i)), w[0], w[1])
		}
		write(t, c, t0, 1, 0xC3, 0x83)
		write(t, c, t0, 2, 0x12, 0x34)
		write(t, c, t0, 3, 0x56, 0x78)
		want(t, "threshold", read(t, c, t0.Add(time.Second), 2), 0x12, 0x34)
		want(t, "conversion", read(t, c, t0.Add(time.Second), 0), 0x1F, 0x40)
		c.PowerCycle()
	}
}

func TestSingleShot(t *testing.T) {
	volts := 0.6
	c := New(func(time.Time) ([4]float64, bool) { return [4]float64{volts}, true })
	write(t, c, t0, 1, 0xC3, 0x03) // AIN0, ±4.096 V, single, 8 SPS
	early, late := t0.Add(125*time.Millisecond), t0.Add(125*time.Millisecond+wake)
	want(t, "config under way", read(t, c, early, 1), 0x43, 0x03)
	want(t, "conversion before the first has ended", read(t, c, early, 0), 0, 0)
	want(t, "config after", read(t, c, late, 1), 0xC3, 0x03)
	want(t, "0.6 V", read(t, c, late, 0), 0x12, 0xC0) // 4800 × 125 µV
	volts = 3.0
	write(t, c, late, 1, 0xC3, 0x03)
	want(t, "a read before the end gives the old conversion", read(t, c, late.Add(time.Millisecond), 0), 0x12, 0xC0)
	want(t, "3.0 V", read(t, c, late.Add(time.Second), 0), 0x5D, 0xC0)
	volts = 1
	want(t, "asleep", read(t, c, late.Add(time.Minute), 0), 0x5D, 0xC0)
	write(t, c, late.Add(time.Minute), 1, 0x43, 0x03)
	want(t, "without OS nothing starts", read(t, c, late.Add(2*time.Minute), 0), 0x5D, 0xC0)
}

func TestStartDuringConversionHasNoEffect(t *testing.T) {
	c := New(still(1, 2))
	write(t, c, t0, 1, 0xC3, 0x03)
	write(t, c, t0.Add(100*time.Millisecond), 1, 0xD3, 0x03) // AIN1
	want(t, "the first goes on", read(t, c, t0.Add(126*time.Millisecond), 0), 0x1F, 0x40)
	want(t, "no second", read(t, c, t0.Add(time.Second), 0), 0x1F, 0x40)
}

func TestContinuous(t *testing.T) {
	c := New(func(at time.Time) ([4]float64, bool) { return [4]float64{at.Sub(t0).Seconds(), -1}, true })
	write(t, c, t0, 1, 0x42, 0x03) // AIN0, ±4.096 V, continuous, 8 SPS
	step := func(d time.Duration) int {
		b := read(t, c, t0.Add(d), 0)
		return int(int16(uint16(b[0])<<8 | uint16(b[1])))
	}
	for _, tc := range []struct {
		at   time.Duration
		want int
	}{
		{124 * time.Millisecond, 0},
		{125 * time.Millisecond, 1000},
		{249 * time.Millisecond, 1000},
		{2 * time.Second, 16000},
	} {
		if got := step(tc.at); got != tc.want {
			t.Errorf("after %v: %d, want %d", tc.at, got, tc.want)
		}
	}
	want(t, "config", read(t, c, t0.Add(2*time.Second), 1), 0x42, 0x03)
	write(t, c, t0.Add(2050*time.Millisecond), 1, 0x52, 0xE3) // AIN1, 860 SPS
	if got := step(2125 * time.Millisecond); got != 17000 {
		t.Errorf("the conversion under way ended with %d, want the old input's 17000", got)
	}
	if got := step(2127 * time.Millisecond); got != -8000 {
		t.Errorf("then %d, want -8000", got)
	}
}

func TestMuxAndSpans(t *testing.T) {
	in := []float64{0.1, 0.03, -0.02, 0.25}
	diff := []float64{0.07, -0.15, -0.22, -0.27, 0.1, 0.03, -0.02, 0.25}
	spans := []float64{6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256}
	rates := []int{8, 16, 32, 64, 128, 250, 475, 860}
	for mux, v := range diff {
		for pga, span := range spans {
			c := New(still(in...))
			rate := byte(mux) // any
			write(t, c, t0, 1, 0x81|byte(mux)<<4|byte(pga)<<1, rate<<5|3)
			end := t0.Add(time.Second/time.Duration(rates[rate]) + wake)
			want(t, "too early", read(t, c, end.Add(-1), 0), 0, 0)
			b := read(t, c, end, 0)
			code := math.Max(-32768, math.Min(32767, math.Round(v/span*32768)))
			if got := int16(uint16(b[0])<<8 | uint16(b[1])); float64(got) != code {
				t.Errorf("mux %d, span %v: %d, want %v", mux, span, got, code)
			}
		}
	}
}

func TestSaturation(t *testing.T) {
	c := New(still(5, 0, -5))
	write(t, c, t0, 1, 0x8B, 0xE3) // AIN0-AIN1, ±0.256 V, 860 SPS
	want(t, "above", read(t, c, t0.Add(time.Second), 0), 0x7F, 0xFF)
	write(t, c, t0.Add(time.Second), 1, 0xEB, 0xE3) // AIN2
	want(t, "below", read(t, c, t0.Add(2*time.Second), 0), 0x80, 0)
}

func TestFaults(t *testing.T) {
	c := New(still(1))
	c.SetFault(Stuck)
	write(t, c, t0, 1, 0xC3, 0xE3)
	want(t, "stuck", read(t, c, t0.Add(time.Second), 0), 0, 0)
	want(t, "stuck but ready", read(t, c, t0.Add(time.Second), 1), 0xC3, 0xE3)
	c.SetFault(Slow)
	write(t, c, t0, 1, 0xC3, 0x03)
	want(t, "slow", read(t, c, t0.Add(137*time.Millisecond), 1), 0x43, 0x03)
	want(t, "slow but there", read(t, c, t0.Add(138*time.Millisecond), 0), 0x1F, 0x40)
	silent := New(func(time.Time) ([4]float64, bool) { return [4]float64{}, false })
	if err := silent.Tx(t0, []byte{1}, make([]byte, 2)); !errors.Is(err, ErrSilent) {
		t.Errorf("in a gap: %v", err)
	}
}

func TestAnyVoltageSurvives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64Range(-4.095, 4.095).Draw(t, "v")
		c := New(still(v))
		if err := c.Tx(t0, []byte{1, 0xC3, 0x83}, nil); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 2)
		if err := c.Tx(t0.Add(time.Second), []byte{0}, b); err != nil {
			t.Fatal(err)
		}
		if got := float64(int16(uint16(b[0])<<8|uint16(b[1]))) * 125e-6; math.Abs(got-v) > 63e-6 {
			t.Fatalf("read %v, want %v", got, v)
		}
	})
}

func FuzzTx(f *testing.F) {
	f.Add([]byte{1, 0xC3, 0x83}, uint8(2), int64(time.Second))
	f.Add([]byte{1, 0x02, 0xE3}, uint8(3), int64(time.Hour))
	f.Add([]byte{0xFF}, uint8(0), int64(-time.Hour))
	f.Fuzz(func(t *testing.T, w []byte, n uint8, later int64) {
		c := New(still(1, 2, 3, 4))
		write(t, c, t0, w...)
		at := t0.Add(time.Duration(later))
		if err := c.Tx(at, nil, make([]byte, n)); err != nil {
			t.Fatal(err)
		}
		write(t, c, at, w...)
		read(t, c, at.Add(time.Second), 1)
	})
}
