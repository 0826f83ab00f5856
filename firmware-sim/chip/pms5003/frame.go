package pms5003

import (
	"encoding/binary"
	"math"
)

const (
	frameLen = 32
	// version is what the chip puts into the high byte of its last word.
	version = 0x97
)

// encode is the chip's 32 bytes: mark, length of the rest, 13 words, sum; all
// big-endian. Uncounted leaves the counts at 0.
func encode(s Sample, uncounted bool) []byte {
	words := [13]uint16{
		word(s.CF1.PM1), word(s.CF1.PM2_5), word(s.CF1.PM10),
		word(s.Atmospheric.PM1), word(s.Atmospheric.PM2_5), word(s.Atmospheric.PM10),
		12: version << 8,
	}
	if !uncounted {
		n := counts(words[3], words[4], words[5])
		copy(words[6:], n[:])
	}
	b := make([]byte, 0, frameLen)
	b = append(b, 0x42, 0x4D, 0, frameLen-4)
	for _, w := range words {
		b = binary.BigEndian.AppendUint16(b, w)
	}
	return seal(append(b, 0, 0))
}

// word is a mass in whole µg/m³. The chip is good up to 500 and counts on past
// 1000; only the word itself is an end.
func word(v float64) uint16 {
	return uint16(math.Max(0, math.Min(math.MaxUint16, math.Round(v))))
}

// counts are the particles in 0.1 l of air above 0.3, 0.5, 1, 2.5, 5 and 10 µm
// that go with the masses. Fine matter is many particles, coarse matter few;
// each size holds all larger ones.
func counts(pm1, pm2_5, pm10 uint16) [6]uint16 {
	fine, middle, coarse := float64(pm1), float64(pm2_5), float64(pm10)
	n := [6]float64{180 * fine, 50 * fine, 7.5 * middle, coarse, 0.2 * coarse, 0.1 * coarse}
	var w [6]uint16
	larger := 0.0
	for i := len(n) - 1; i >= 0; i-- {
		larger = math.Max(larger, n[i])
		w[i] = word(larger)
	}
	return w
}

// seal writes the sum of all bytes before the last two into those.
func seal(b []byte) []byte {
	sum := uint16(0)
	for _, v := range b[:len(b)-2] {
		sum += uint16(v)
	}
	binary.BigEndian.PutUint16(b[len(b)-2:], sum)
	return b
}
