package modbus

import (
	"math"
	"time"
)

// Format is how a number lies in registers.
type Format int

// The formats. Those of 32 bits take two registers.
const (
	Uint16 Format = iota
	Int16
	// SignMagnitude16 has its sign in the highest bit and the absolute value in
	// the others.
	SignMagnitude16
	Uint32
	Int32
	Float32
)

// Encoding is how a level meter shows its level.
type Encoding struct {
	Format Format
	// PerMetre is the value at one metre: 1000 shows millimetres.
	PerMetre float64
	// LowWordFirst puts the low 16 bits of 32 into the first register.
	LowWordFirst bool
	// Register is the first of the number's registers.
	Register uint16
}

// Ceyeko is the encoding of Ceyeko's level meters: centimetres with a sign bit
// in register 0.
var Ceyeko = Encoding{Format: SignMagnitude16, PerMetre: 100}

// Level returns the table of a level meter for New, with the level in the
// registers of both functions. Beyond what the format holds it shows the
// format's end.
func Level(e Encoding, level func(at time.Time) (metres float64, ok bool)) func(at time.Time) (Sample, bool) {
	return func(at time.Time) (Sample, bool) {
		metres, ok := level(at)
		if !ok {
			return Sample{}, false
		}
		registers := map[uint16]uint16{}
		for i, w := range e.words(metres * e.PerMetre) {
			registers[e.Register+uint16(i)] = w
		}
		return Sample{Holding: registers, Input: registers}, true
	}
}

// words is a value in registers.
func (e Encoding) words(v float64) []uint16 {
	whole := func(low, high float64) int64 { return int64(math.Round(math.Max(low, math.Min(high, v)))) }
	long := uint32(0)
	switch e.Format {
	case Int16:
		return []uint16{uint16(whole(math.MinInt16, math.MaxInt16))}
	case SignMagnitude16:
		n := whole(-math.MaxInt16, math.MaxInt16)
		if n < 0 {
			return []uint16{uint16(-n) | 1<<15}
		}
		return []uint16{uint16(n)}
	case Uint32:
		long = uint32(whole(0, math.MaxUint32))
	case Int32:
		long = uint32(whole(math.MinInt32, math.MaxInt32))
	case Float32:
		long = math.Float32bits(float32(v))
	default:
		return []uint16{uint16(whole(0, math.MaxUint16))}
	}
	high, low := uint16(long>>16), uint16(long)
	if e.LowWordFirst {
		return []uint16{low, high}
	}
	return []uint16{high, low}
}
