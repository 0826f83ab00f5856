package generator

import (
	"testing"
	"time"
)

func TestDelays(t *testing.T) {
	const ms = time.Millisecond
	several := func(first, last int) (d Delays) {
		for n := first; n <= last; n++ {
			d.add(time.Duration(n)*ms - ms/2)
		}
		return d
	}
	merged := several(1, 90)
	merged.Merge(several(91, 100))
	for _, tc := range []struct {
		name string
		d    Delays
		q    float64
		want time.Duration
	}{
		{"none", nil, 0.5, 0},
		{"one", several(7, 7), 0.5, 7 * ms},
		{"median", several(1, 100), 0.5, 50 * ms},
		{"99 %", several(1, 100), 0.99, 99 * ms},
		{"all", several(1, 100), 1, 100 * ms},
		{"merged", merged, 0.99, 99 * ms},
		{"too long", several(mostMS+500, mostMS+500), 1, (mostMS + 1) * ms},
		{"a clock set back", several(-3, -3), 1, ms},
	} {
		if got := tc.d.Quantile(tc.q); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}
