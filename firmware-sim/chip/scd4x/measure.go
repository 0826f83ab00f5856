package scd4x

import (
	"math"
	"time"
)

const (
	// operated is how long the chip must have measured before a forced
	// recalibration (3.7.1).
	operated = 3 * time.Minute
	// failed is the answer to one that was refused.
	failed = 0xFFFF
	// most is the greatest CO2 concentration that the chip says, in ppm.
	most = 40000
)

func (c *Chip) start(at time.Time, cadence time.Duration) []uint16 {
	c.halt()
	c.mode, c.begun, c.cadence = measuring, at, cadence
	return nil
}

func (c *Chip) stop(at time.Time, _ uint16) []uint16 {
	if c.mode == measuring {
		c.ran = at.Sub(c.begun)
	}
	c.halt()
	return nil
}

func (c *Chip) single(at time.Time, _ uint16) []uint16 {
	c.shot, c.noCO2 = at.Add(5*time.Second), false
	return nil
}

func (c *Chip) singleRHT(at time.Time, _ uint16) []uint16 {
	c.shot, c.noCO2 = at.Add(50*time.Millisecond), true
	return nil
}

// ready is the data-ready status: its low 11 bits are 0 where there is nothing
// new to be read (3.8.2).
func (c *Chip) ready(at time.Time, _ uint16) []uint16 {
	if _, ok := c.newest(at); ok {
		return []uint16{0x8006}
	}
	return []uint16{0x8000}
}

// newest is when the measurement was made that has not been read yet.
func (c *Chip) newest(at time.Time) (time.Time, bool) {
	if c.mode == measuring {
		n := int64(at.Sub(c.begun) / c.cadence)
		return c.begun.Add(time.Duration(n) * c.cadence), n > c.taken
	}
	return c.shot, !c.shot.IsZero() && !c.shot.After(at)
}

// read gives the newest measurement out, once.
func (c *Chip) read(at time.Time) []uint16 {
	when, ok := c.newest(at)
	if !ok {
		return nil
	}
	s, ok := c.air(when)
	if !ok {
		return nil
	}
	if c.mode == measuring {
		c.taken = int64(when.Sub(c.begun) / c.cadence)
	}
	co2Missing := c.mode != measuring && c.noCO2
	c.shot = time.Time{}
	if c.fault == Stuck && c.last != nil {
		return c.last
	}
	co2 := c.co2(s)
	if co2Missing {
		co2 = 0
	}
	// The sample holds with the offset of the factory.
	shift := 175 * (float64(factory.offset) - float64(c.settings.offset)) / 65535
	c.last = []uint16{
		uint16(math.Round(co2)),
		word((s.Temperature + shift + 45) / 175),
		word(s.Humidity / 100),
	}
	return c.last
}

// co2 is what the chip makes of the air's CO2.
func (c *Chip) co2(s Sample) float64 {
	if c.fault == Malfunction {
		return 0
	}
	return math.Max(0, math.Min(most, s.CO2+c.correction))
}

// recalibrate makes the CO2 of now the target in ppm and answers the change in
// ppm above 8000.
func (c *Chip) recalibrate(at time.Time, target uint16) []uint16 {
	s, ok := c.air(at)
	if c.ran < operated || !ok {
		return []uint16{failed}
	}
	change := math.Round(float64(target) - c.co2(s))
	change = math.Max(math.MinInt16, math.Min(math.MaxInt16-1, change))
	c.correction += change
	return []uint16{uint16(0x8000 + int(change))}
}

// word is a part of 1 on the wire.
func word(part float64) uint16 {
	return uint16(math.Round(65535 * math.Max(0, math.Min(1, part))))
}
