package bme280

import (
	"math"
	"time"
)

// conversion is what the filter holds between conversions.
type conversion struct {
	temperature, pressure float64
}

// Words of a quantity that is skipped (tables 29 to 31).
const (
	skipped20 = 0x80000
	skipped16 = 0x8000
)

// convert puts the conversion that ended at a moment into the data registers.
// n is how many have ended since the last one that anybody saw; the filter is
// taken as if all n had found the same air.
func (c *Chip) convert(at time.Time, n int64) {
	s, ok := c.air(at)
	if !ok {
		return // the old conversion stays
	}
	tSet, pSet, hSet := c.settings()
	s.Temperature = clamp(s.Temperature, -40, 85)
	s.Pressure = clamp(s.Pressure, 300, 1100)
	s.Humidity = clamp(s.Humidity, 0, 100)
	c.filter(&s, n)

	t := bisect(20, s.Temperature, func(raw int) float64 { v, _ := c.cal.temperature(raw); return v })
	t = c.cut(t, tSet)
	_, fine := c.cal.temperature(t) // what a driver will know
	p := bisect(20, -100*s.Pressure, func(raw int) float64 { return -c.cal.pressure(raw, fine) })
	p = c.cut(p, pSet)
	h := bisect(16, s.Humidity, func(raw int) float64 { return c.cal.humidity(raw, fine) })

	if oversampling(tSet) == 0 {
		t = skipped20
	}
	if oversampling(pSet) == 0 {
		p = skipped20
	}
	if oversampling(hSet) == 0 {
		h = skipped16
	}
	copy(c.registers[regData:], []byte{
		byte(p >> 12), byte(p >> 4), byte(p << 4),
		byte(t >> 12), byte(t >> 4), byte(t << 4),
		byte(h >> 8), byte(h),
	})
}

// filter is the chip's IIR low pass over temperature and pressure (3.4.4).
func (c *Chip) filter(s *Sample, n int64) {
	setting := c.registers[regConfig] >> 2 & 7
	if setting == 0 || c.filtered == nil {
		c.filtered = &conversion{s.Temperature, s.Pressure}
		return
	}
	size := float64(int(1) << min(setting, 4)) // 2, 4, 8, 16
	keep := math.Pow((size-1)/size, float64(n))
	s.Temperature += keep * (c.filtered.temperature - s.Temperature)
	s.Pressure += keep * (c.filtered.pressure - s.Pressure)
	c.filtered = &conversion{s.Temperature, s.Pressure}
}

// cut rounds a 20-bit word to the resolution that its oversampling gives: 16
// bits at one conversion, one more each time that doubles; all 20 with the
// filter.
func (c *Chip) cut(raw int, setting byte) int {
	if c.registers[regConfig]>>2&7 != 0 || setting == 0 {
		return raw
	}
	step := 1 << (5 - min(setting, 5))
	return min((raw+step/2)&^(step-1), 1<<20-step)
}
