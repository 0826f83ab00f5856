package up

import (
	"math"
	"testing"
)

const page = `# HELP siaga_x A histogram.
# TYPE siaga_x histogram
siaga_x_bucket{lane="live",le="0.1"} 0
siaga_x_bucket{lane="live",le="0.25"} 50
siaga_x_bucket{lane="live",le="0.5"} 100
siaga_x_bucket{lane="live",le="1"} 100
siaga_x_bucket{lane="live",le="+Inf"} 100
siaga_x_bucket{lane="fill",le="0.1"} 7
siaga_late_bucket{lane="live",le="1"} 1
siaga_late_bucket{lane="live",le="+Inf"} 2
siaga_none_bucket{lane="live",le="1"} 0
siaga_none_bucket{lane="live",le="+Inf"} 0
siaga_y 3
`

func TestHistogram(t *testing.T) {
	e := ParseExposition(page)
	if e["siaga_y"] != 3 {
		t.Error(e)
	}
	for _, tc := range []struct {
		name                 string
		q, want              float64
		most, within, bounds float64
	}{
		{"siaga_x", 0.5, 0.25, 0.25, 0.5, 0.5},
		{"siaga_x", 0.25, 0.175, 0.5, 1, 0.5},
		{"siaga_x", 0.99, 0.495, 0.1, 0, 0.5},
		{"siaga_x", 1, 0.5, 1, 1, 0.5},
		{"siaga_late", 0.99, 1, 1, 0.5, math.Inf(1)},
		{"siaga_none", 0.5, 0, 1, 1, 1},
		{"siaga_unknown", 0.5, 0, 1, 1, 0},
	} {
		all := e.Histogram(tc.name, `lane="live"`)
		if got := all.Quantile(tc.q); math.Abs(got-tc.want) > 1e-9 {
			t.Errorf("%s: quantile %v is %v, want %v", tc.name, tc.q, got, tc.want)
		}
		if got := all.Within(tc.most); got != tc.within {
			t.Errorf("%s: %v are within %v, want %v", tc.name, got, tc.most, tc.within)
		}
		if got := all.Bound(); got != tc.bounds {
			t.Errorf("%s: bound %v, want %v", tc.name, got, tc.bounds)
		}
	}
}

func TestSince(t *testing.T) {
	before := Histogram{{1, 2}, {2, 3}}
	now := Histogram{{1, 2}, {2, 13}}
	if d := now.Since(before); d.Quantile(0.5) != 1.5 || d.Within(1) != 0 || now[1].Count != 13 {
		t.Error(d, now)
	}
	if d := now.Since(nil); d[0].Count != 2 || d[1].Count != 13 {
		t.Error(d)
	}
}
