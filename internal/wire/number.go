package wire

import (
	"encoding/binary"
	"math"
)

// maxDecimals bounds the search for a decimal fraction. No quantity travels
// with more than three decimals.
const maxDecimals = 6

// target is a number on its way to CBOR, and what counts as the same number.
type target struct {
	f    float64
	time bool
	bt   float64 // for times, the base time in force
	ms   int64   // for times, what base time and time give together
}

// exactly is a number that must arrive as the very same float64.
func exactly(f float64) target { return target{f: f} }

// sameMillisecond is a time that must arrive in the same millisecond once the
// base time is added, which a shorter float often does.
func sameMillisecond(bt, f float64) target {
	ms, _ := milliseconds(bt, f)
	return target{f: f, time: true, bt: bt, ms: ms}
}

// is reports whether f counts as the same number.
func (t target) is(f float64) bool {
	if t.time {
		ms, ok := milliseconds(t.bt, f)
		return ok && ms == t.ms
	}
	return math.Float64bits(f) == math.Float64bits(t.f)
}

// appendNumber writes the shortest CBOR form that arrives as the target:
// integer, decimal fraction, half, single or double precision. Of two equally
// short forms the one named first wins.
func appendNumber(dst []byte, t target) []byte {
	var best, next [16]byte
	n := len(best)
	offer := func(form []byte) {
		if len(form) < n {
			n = copy(best[:], form)
		}
	}
	if whole := math.Round(t.f); math.Abs(whole) < 1<<63 && t.is(float64(int64(whole))) {
		offer(appendInt(next[:0], int64(whole)))
	}
	for decimals := 1; decimals <= maxDecimals; decimals++ {
		mantissa := math.Round(t.f * pow10[decimals])
		if math.Abs(mantissa) >= 1<<53 {
			break
		}
		if t.is(float64(int64(mantissa)) / pow10[decimals]) {
			form := appendHead(next[:0], majorTag, tagDecimalFraction)
			form = appendInt(appendHead(form, majorArray, 2), int64(-decimals))
			offer(appendInt(form, int64(mantissa)))
			break
		}
	}
	if half, ok := nearestFloat16(t.f); ok && t.is(float16(half)) {
		offer(binary.BigEndian.AppendUint16(append(next[:0], majorSimple<<5|25), half))
	}
	if single := float32(t.f); t.is(float64(single)) {
		offer(binary.BigEndian.AppendUint32(append(next[:0], majorSimple<<5|26), math.Float32bits(single)))
	}
	offer(binary.BigEndian.AppendUint64(append(next[:0], majorSimple<<5|27), math.Float64bits(t.f)))
	return append(dst, best[:n]...)
}

func appendInt(dst []byte, i int64) []byte {
	if i < 0 {
		return appendHead(dst, majorNegative, uint64(-1-i))
	}
	return appendHead(dst, majorUint, uint64(i))
}

// nearestFloat16 returns the half-precision float nearest to f, and whether f
// is within their range.
func nearestFloat16(f float64) (uint16, bool) {
	sign := uint16(math.Float64bits(f) >> 48 & 0x8000)
	f = math.Abs(f)
	if f < 0x1p-14 { // below the normal numbers steps are even
		return sign | uint16(math.RoundToEven(f*0x1p24)), true
	}
	frac, exp := math.Frexp(f) // frac in [0.5, 1)
	// A significand that rounds up to 2048 carries into the exponent by itself.
	half := float64(exp+13)*1024 + math.RoundToEven(frac*2048)
	if !(half < 31<<10) {
		return 0, false
	}
	return sign | uint16(half), true
}
