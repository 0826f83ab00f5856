package world

import "time"

// Grid returns the longest span of which the distance of any two rows is a
// multiple: where a row ends, it is at a multiple of this after the first row's
// time.
func (t *Trace) Grid() time.Duration {
	var grid time.Duration
	for i := range t.times[1:] {
		for d := t.times[i+1].Sub(t.times[i]); d != 0; {
			grid, d = d, grid%d
		}
	}
	return grid
}
