package tfluna

import "math"

// Strengths of the echo: below weak the distance is not to be trusted, at glare
// the receiver is blinded, and between lies what the chip can show.
const (
	weak      = 100
	strongest = 60000
	glare     = 0xFFFF
)

// What a TFmini-Plus says instead of a distance (manual, table 8).
const (
	tooWeak   = -1
	saturated = -2
	flooded   = -4
)

// Strength times the distance squared of a surface that reflects everything:
// what makes the echo of 0.9 weak at the end of the range, 8 or 12 m.
const (
	brightLuna = weak * 8 * 8 / 0.9
	brightPlus = weak * 12 * 12 / 0.9
)

// frame is what the chip makes of what is before it.
func (c *Chip) frame(s Sample) []byte {
	bright := brightLuna
	if c.model == TFminiPlus {
		bright = brightPlus
	}
	strength := math.Min(strongest, bright*s.Reflectivity/(s.DistanceM*s.DistanceM))
	switch c.fault {
	case WeakSignal:
		strength = math.Min(strength, 40)
	case AmbientLight:
		strength = 0
	case Overexposed:
		strength = glare
	}
	if !(strength > 0) {
		strength = 0
	}
	scale := 100.0
	if c.set.millis {
		scale = 1000
	}
	distance := math.Max(0, math.Min(math.MaxInt16, math.Round(s.DistanceM*scale)))
	temperature := math.Max(0, math.Min(math.MaxUint16, math.Round((s.TemperatureC+256)*8)))
	return encode(c.trusted(distance, strength), uint16(strength), uint16(temperature))
}

// trusted is what the chip says of a distance.
func (c *Chip) trusted(distance, strength float64) uint16 {
	special := int16(0)
	switch {
	case c.fault == AmbientLight:
		special = flooded
	case strength == glare:
		special = saturated
	case strength < weak || math.IsNaN(distance):
		special = tooWeak
	default:
		return uint16(distance)
	}
	switch {
	case c.model == TFminiPlus:
		return uint16(special)
	case special == saturated:
		return uint16(distance)
	}
	return 0
}

// encode is 59 59, three words with the low byte first, and the low byte of the
// sum of all eight.
func encode(distance, strength, temperature uint16) []byte {
	return seal([]byte{
		0x59, 0x59,
		byte(distance), byte(distance >> 8),
		byte(strength), byte(strength >> 8),
		byte(temperature), byte(temperature >> 8),
	})
}

// seal appends the low byte of the sum.
func seal(b []byte) []byte {
	sum := byte(0)
	for _, v := range b {
		sum += v
	}
	return append(b, sum)
}
