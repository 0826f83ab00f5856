package wire

import (
	"encoding/hex"
	"math"
	"math/big"
	"testing"

	fx "github.com/fxamacker/cbor/v2"
	"pgregory.net/rapid"
)

func TestAppendNumber(t *testing.T) {
	for _, tc := range []struct {
		f    float64
		want string
	}{
		{0, "00"},
		{math.Copysign(0, -1), "f98000"},
		{1, "01"},
		{-1, "20"},
		{23, "17"},
		{24, "1818"},
		{1000, "1903e8"},
		{27.5, "f94ee0"},
		{12.3, "c48220187b"},
		{-0.5, "f9b800"},
		{27.43, "c48221190ab7"},
		{1.953, "c482221907a1"},
		{993.12, "c482211a000183f0"},
		{0.1, "c4822001"},
		{65504, "19ffe0"},
		{100000, "1a000186a0"},
		{1e13, "1b000009184e72a000"},
		{math.MaxFloat64, "fb7fefffffffffffff"},
		{math.SmallestNonzeroFloat64, "fb0000000000000001"},
		{math.Pi, "fb400921fb54442d18"},
		{0x1p-24, "f90001"},
		{0x1p100, "fa71800000"},
		{-1 << 63, "fadf000000"},
	} {
		got := appendNumber(nil, exactly(tc.f))
		if hex.EncodeToString(got) != tc.want {
			t.Errorf("appendNumber(%v) = %x, want %s", tc.f, got, tc.want)
		}
	}
}

// float64Of reads one number with a library that shares nothing with us.
func float64Of(t *rapid.T, b []byte) float64 {
	var v any
	if err := fx.Unmarshal(b, &v); err != nil {
		t.Fatalf("%x: %v", b, err)
	}
	switch v := v.(type) {
	case uint64:
		return float64(v)
	case int64:
		return float64(v)
	case float64:
		return v
	case fx.Tag:
		parts := v.Content.([]any)
		exp, mantissa := new(big.Rat), new(big.Rat)
		exp.SetString("1e" + toInt(parts[0]).String())
		mantissa.SetInt(toInt(parts[1]))
		f, _ := mantissa.Mul(mantissa, exp).Float64()
		return f
	}
	t.Fatalf("%x is a %T", b, v)
	return 0
}

func toInt(v any) *big.Int {
	if u, ok := v.(uint64); ok {
		return new(big.Int).SetUint64(u)
	}
	return big.NewInt(v.(int64))
}

func anyFinite() *rapid.Generator[float64] {
	return rapid.OneOf(
		rapid.Float64().Filter(func(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }),
		rapid.Custom(func(t *rapid.T) float64 {
			return float64(rapid.IntRange(-10_000_000, 10_000_000).Draw(t, "n")) / pow10[rapid.IntRange(0, 6).Draw(t, "decimals")]
		}),
	)
}

func TestNumberRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFinite().Draw(t, "f")
		b := appendNumber([]byte{0xff}, exactly(f))[1:]
		c := cbor{b: b}
		var v value
		if err := c.value(&v); err != nil || c.pos != len(b) {
			t.Fatalf("%x: %v at %d", b, err, c.pos)
		}
		if math.Float64bits(v.f) != math.Float64bits(f) {
			t.Fatalf("%x reads as %v, want %v", b, v.f, f)
		}
		if other := float64Of(t, b); math.Float64bits(other) != math.Float64bits(f) {
			t.Fatalf("%x reads elsewhere as %v, want %v", b, other, f)
		}
		if len(b) > 9 {
			t.Fatalf("%v takes %d bytes", f, len(b))
		}
	})
}

func TestFloat16(t *testing.T) {
	for bits := range 1 << 16 {
		b := []byte{0xf9, byte(bits >> 8), byte(bits)}
		var want float64
		if err := fx.Unmarshal(b, &want); err != nil {
			t.Fatal(err)
		}
		got := float16(uint16(bits))
		if math.IsNaN(want) != math.IsNaN(got) || !math.IsNaN(want) && math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("float16(%04x) = %v, want %v", bits, got, want)
		}
		if math.IsNaN(got) || math.IsInf(got, 0) {
			continue
		}
		if half, ok := nearestFloat16(got); !ok || int(half) != bits {
			t.Fatalf("nearestFloat16(%v) = %04x, %v, want %04x", got, half, ok, bits)
		}
	}
	for _, f := range []float64{65520, 1e300, math.Inf(1), math.NaN()} {
		if half, ok := nearestFloat16(f); ok {
			t.Errorf("nearestFloat16(%v) = %04x, want none", f, half)
		}
	}
	if half, _ := nearestFloat16(0.9999999); half != 0x3c00 {
		t.Errorf("nearestFloat16(0.9999999) = %04x, want 3c00", half)
	}
}

func TestDecimalFraction(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		negMantissa, mantissa := rapid.Bool().Draw(t, "negMantissa"), rapid.Uint64().Draw(t, "mantissa")
		negExp, exp := rapid.Bool().Draw(t, "negExp"), rapid.OneOf(rapid.Uint64Range(0, 30), rapid.Uint64Range(0, 400)).Draw(t, "exp")
		m, e := new(big.Int).SetUint64(mantissa), new(big.Int).SetUint64(exp)
		if negMantissa {
			m.Not(m) // -1-m
		}
		if negExp {
			e.Not(e)
		}
		text, _ := new(big.Rat).SetString(m.String() + "e" + e.String())
		want, _ := text.Float64()
		if got := decimal(negMantissa, mantissa, negExp, exp); got != want {
			t.Fatalf("decimal = %v, want %v", got, want)
		}
	})
	if got := decimal(false, 1, false, math.MaxUint64); !math.IsInf(got, 1) {
		t.Errorf("1e18446744073709551615 = %v", got)
	}
	if got := decimal(true, math.MaxUint64, true, math.MaxUint64); got != 0 {
		t.Errorf("a mantissa and an exponent of -2^64 = %v", got)
	}
}
