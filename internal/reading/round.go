package reading

import "math"

var pow10 = [...]float64{1, 10, 100, 1000, 10000, 100000, 1000000}

// roundTo returns the float64 nearest to value rounded to that many decimals.
// Dividing by a power of ten gives the same bits as parsing the decimal text,
// as long as the scaled value is a whole number below 2^53.
func roundTo(value float64, decimals int) float64 {
	p := pow10[decimals]
	scaled := math.Round(value * p)
	if math.IsNaN(scaled) || math.Abs(scaled) >= 1<<53 {
		return value
	}
	return scaled / p
}
