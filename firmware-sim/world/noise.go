package world

import (
	"math"
	"time"
)

// field is the randomness of one quantity at one place: a hash that turns any
// index into a number, so that no state has to be carried from moment to moment.
type field uint64

// newField mixes a seed with names (FNV-1a), so that quantities are independent.
func newField(seed uint64, names ...string) field {
	h := seed ^ 14695981039346656037
	for _, s := range names {
		for i := 0; i < len(s); i++ {
			h = (h ^ uint64(s[i])) * 1099511628211
		}
		h = (h ^ '/') * 1099511628211
	}
	return field(h)
}

// bits is splitmix64 of the field and i.
func (f field) bits(i int64) uint64 {
	z := uint64(f) + uint64(i)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// unit is uniform in [0, 1).
func (f field) unit(i int64) float64 {
	return float64(f.bits(i)>>11) / (1 << 53)
}

// spread is roughly normal with mean 0 and deviation 1, within ±3.5: the sum of
// four uniform numbers.
func (f field) spread(i int64) float64 {
	b := f.bits(i)
	sum := 0.0
	for ; b != 0; b >>= 16 {
		sum += float64(b & 0xffff)
	}
	return (sum/65536 - 2) * math.Sqrt(3)
}

// smooth wanders within ±1 and changes its mind about once in a period.
func (f field) smooth(at time.Time, period time.Duration) float64 {
	i, x := cell(at, period)
	a, b := 2*f.unit(i)-1, 2*f.unit(i+1)-1
	return a + (b-a)*x*x*(3-2*x)
}

// cell returns which period since 1970 a time lies in, and how far through it.
func cell(at time.Time, period time.Duration) (i int64, x float64) {
	ns := at.UnixNano()
	i = ns / int64(period)
	rest := ns % int64(period)
	if rest < 0 {
		i, rest = i-1, rest+int64(period)
	}
	return i, float64(rest) / float64(period)
}

// wib is Western Indonesian time, which people in Blitar live by.
var wib = time.FixedZone("WIB", 7*3600)

// hourOfDay returns the local hour, 0 up to 24, with its fraction.
func hourOfDay(at time.Time) float64 {
	_, x := cell(at.Add(7*time.Hour), 24*time.Hour)
	return 24 * x
}

// bump is a bell around an hour of the day, 1 at its top, across midnight too.
func bump(hour, top, width float64) float64 {
	d := math.Abs(hour - top)
	d = math.Min(d, 24-d)
	return math.Exp(-d * d / (2 * width * width))
}
