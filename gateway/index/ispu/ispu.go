package ispu

import (
	"math"

	"github.com/siaga-id/siaga/internal/reading"
)

// The bounds of the top row's index, both of which are in use.
const (
	MinTop = 400
	MaxTop = 500
)

// below are the indexes of the rows under the top one.
var below = [4]float64{50, 100, 200, 300}

// knots are the concentrations of all rows in µg/m³, in the regulation's order of
// parameters.
var knots = []struct {
	quantity reading.Quantity
	at       [5]float64
}{
	{reading.PM10, [5]float64{50, 150, 350, 420, 500}},
	{reading.PM2_5, [5]float64{15.5, 55.4, 150.4, 250.4, 500}},
	{reading.SO2, [5]float64{52, 180, 400, 800, 1200}},
	{reading.CO, [5]float64{4000, 8000, 15000, 30000, 45000}},
	{reading.O3, [5]float64{120, 235, 400, 800, 1000}},
	{reading.NO2, [5]float64{80, 200, 1130, 2260, 3000}},
}

// Parameters returns the quantities that have an index, in the regulation's order.
// The caller owns the slice.
func Parameters() []reading.Quantity {
	all := make([]reading.Quantity, len(knots))
	for i := range knots {
		all[i] = knots[i].quantity
	}
	return all
}

// Is reports whether a quantity has an index.
func Is(q reading.Quantity) bool {
	for i := range knots {
		if knots[i].quantity == q {
			return true
		}
	}
	return false
}

// Mean is the 24-hour mean of a parameter in µg/m³.
type Mean struct {
	Quantity reading.Quantity
	Value    float64
}

// Sub returns the index of one parameter, not rounded, and whether it has one. A
// mean below zero, as gas cells give in clean air, counts as zero; above the last
// knot the index stays top, which stands for "more than this table tells".
func Sub(m Mean, top float64) (float64, bool) {
	if math.IsNaN(m.Value) || math.IsInf(m.Value, 0) {
		return 0, false
	}
	for i := range knots {
		if knots[i].quantity != m.Quantity {
			continue
		}
		fromX, fromI := 0.0, 0.0
		for row, toX := range knots[i].at {
			toI := top
			if row < len(below) {
				toI = below[row]
			}
			if m.Value <= toX {
				return fromI + (toI-fromI)/(toX-fromX)*(max(m.Value, 0)-fromX), true
			}
			fromX, fromI = toX, toI
		}
		return top, true
	}
	return 0, false
}

// Of returns the ISPU of a station, a whole number as it is announced, and the
// parameter that decides: the one with the highest index, of equal ones the first
// in the regulation's order. Parameters that are not there do not count; ok is
// false where none is.
func Of(means []Mean, top float64) (index float64, decides reading.Quantity, ok bool) {
	for i := range knots {
		for _, m := range means {
			if m.Quantity != knots[i].quantity {
				continue
			}
			if sub, has := Sub(m, top); has && (!ok || sub > index) {
				index, decides, ok = sub, m.Quantity, true
			}
		}
	}
	return Round(index), decides, ok
}

// Round makes an index the whole number that is announced, of halves the larger
// one. Its category is that of the number which people see.
func Round(index float64) float64 { return math.Floor(index + 0.5) }
