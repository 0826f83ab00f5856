package calibration

import (
	"sort"

	"github.com/siaga-id/siaga/internal/reading"
)

// compute returns the corrected value of raw and whether the correction is known
// to hold there. c is valid and neither Humidity, Datum nor None.
func (c *Correction) compute(raw float64) (corrected float64, holds bool) {
	holds = c.Valid == nil || c.Valid[0] <= raw && raw <= c.Valid[1]
	switch c.Kind {
	case Linear:
		return c.Gain*raw + c.Offset, holds
	case Polynomial:
		for i := len(c.Coefficients) - 1; i >= 0; i-- {
			corrected = corrected*raw + c.Coefficients[i]
		}
		return corrected, holds
	case Table:
		return lookUp(c.Table, raw)
	default:
		return raw + c.Offset, holds
	}
}

// lookUp returns the true value of raw by straight lines between the pairs, and
// whether raw is within them.
func lookUp(table [][2]float64, raw float64) (corrected float64, within bool) {
	last := len(table) - 1
	switch {
	case raw < table[0][0]:
		return table[0][1], false
	case raw > table[last][0]:
		return table[last][1], false
	}
	i := sort.Search(last, func(i int) bool { return table[i+1][0] >= raw })
	if i == last {
		i--
	}
	a, b := table[i], table[i+1]
	share := (raw - a[0]) / (b[0] - a[0])
	return a[1]*(1-share) + b[1]*share, true
}

const (
	// leastApart is how far apart the raw values of two points must be, in steps of
	// the quantity's resolution: a line through nearer ones is noise.
	leastApart = 50
	// A sensor whose values must be stretched by more than this is broken, or a
	// reference value was mistyped.
	leastGain, mostGain = 0.2, 5
)

// Fit returns the correction that makes a sensor's raw values of q the reference
// values beside which they were read, as pairs of raw and reference: an Offset
// from one point, a Linear from several (least squares). Sensor, Author and
// Reason are the caller's to fill in. The error, an ErrInvalid, says which points
// make no sense.
func Fit(q reading.Quantity, points [][2]float64) (Correction, error) {
	c := Correction{Quantity: q, Kind: Offset, Points: points}
	n := len(points)
	if n == 0 || n > maxPoints {
		return Correction{}, invalid("points", "%d: want 1 to %d", n, maxPoints)
	}
	var meanRaw, meanTrue float64
	low, high := points[0][0], points[0][0]
	for _, p := range points {
		if infinite(p) {
			return Correction{}, invalid("points", "%v is no pair of numbers", p)
		}
		meanRaw += p[0] / float64(n)
		meanTrue += p[1] / float64(n)
		low, high = min(low, p[0]), max(high, p[0])
	}
	if n == 1 {
		c.Offset = q.Round(meanTrue - meanRaw)
		return c, nil
	}
	in := q.Info()
	if apart := leastApart * resolution(in); high-low < apart {
		return Correction{}, invalid("points", "raw values %v to %v %s are less than %v apart: take points farther apart, or begin anew with one", low, high, in.Display, apart)
	}
	var both, square float64
	for _, p := range points {
		both += (p[0] - meanRaw) * (p[1] - meanTrue)
		square += (p[0] - meanRaw) * (p[0] - meanRaw)
	}
	c.Kind, c.Gain = Linear, both/square
	if c.Gain < leastGain || c.Gain > mostGain {
		return Correction{}, invalid("points", "they give a gain of %.3f, outside %v to %v: look for a mistyped value, or begin anew with one", c.Gain, leastGain, mostGain)
	}
	c.Offset = meanTrue - c.Gain*meanRaw
	return c, nil
}

// resolution is the smallest step of a quantity that travels.
func resolution(in *reading.Info) float64 {
	step := 1.0
	for range in.Decimals {
		step /= 10
	}
	return step
}
