package sps30

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// values makes values of ten floats.
func values(data []byte, suspect bool) ([]driver.Value, error) {
	if mass := data[:16]; !slices.ContainsFunc(mass, func(b byte) bool { return b != 0 }) {
		// In no air on earth is nothing at all. The status register says so a while
		// later.
		return nil, fmt.Errorf("%w: not a single particle: the fan or the laser stands", driver.ErrStuck)
	}
	var vs []driver.Value
	for i, q := range []reading.Quantity{reading.PM1, reading.PM2_5, reading.PM4, reading.PM10} {
		pm := float64(math.Float32frombits(binary.BigEndian.Uint32(data[4*i:])))
		if math.IsNaN(pm) || math.IsInf(pm, 0) || pm < 0 {
			return nil, fmt.Errorf("%w: %s is %v µg/m³", driver.ErrOutOfRange, q, pm)
		}
		v := driver.Measured(q, pm)
		if suspect {
			v.Quality = v.Quality.Worse(reading.Suspect)
		}
		vs = append(vs, v)
	}
	return vs, nil
}

// text returns what the sensor says of itself: letters and digits, then a zero.
func text(data []byte) (string, error) {
	s, _, _ := bytes.Cut(data, []byte{0})
	for _, c := range s {
		if c < ' ' || c > '~' {
			return "", fmt.Errorf("%w: serial number % x", driver.ErrWrongDevice, data)
		}
	}
	if len(s) == 0 {
		return "", fmt.Errorf("%w: it has no serial number", driver.ErrWrongDevice)
	}
	return string(s), nil
}
