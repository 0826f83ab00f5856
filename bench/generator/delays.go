package generator

import "time"

// Delays counts delays by the millisecond: the value at i is how many took less
// than i+1 ms. Those beyond mostMS are in the last place.
type Delays []int

const mostMS = 60_000

// add counts one.
func (d *Delays) add(took time.Duration) {
	ms := int(min(max(took.Milliseconds(), 0), mostMS))
	for len(*d) <= ms {
		*d = append(*d, 0)
	}
	(*d)[ms]++
}

// Merge adds those of another generator.
func (d *Delays) Merge(o Delays) {
	for len(*d) < len(o) {
		*d = append(*d, 0)
	}
	for i, n := range o {
		(*d)[i] += n
	}
}

// Quantile returns the delay that the share q of all, from 0 to 1, does not
// exceed, rounded up to whole milliseconds; 0 where there are none.
func (d Delays) Quantile(q float64) time.Duration {
	all := 0
	for _, n := range d {
		all += n
	}
	below := 0
	for i, n := range d {
		if below += n; n > 0 && float64(below) >= q*float64(all) {
			return time.Duration(i+1) * time.Millisecond
		}
	}
	return 0
}
