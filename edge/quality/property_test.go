package quality

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// TestNoFlagIsBetterThanItsReasons tells random series of a few values with all
// that can go wrong, and holds every flag to what may be said of it.
func TestNoFlagIsBetterThanItsReasons(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := New(nil)
		all := reading.Quantities()
		qs := rapid.SliceOfN(rapid.SampledFrom(all), 1, 4).Draw(t, "quantities")
		at, seen := time.Duration(0), map[reading.Quantity]int{}
		for range rapid.IntRange(1, 80).Draw(t, "measurements") {
			at += rapid.SampledFrom([]time.Duration{0, time.Second, time.Minute, 10 * time.Minute, time.Hour, 30 * time.Hour}).Draw(t, "pause")
			var values []driver.Value
			for _, q := range qs {
				values = append(values, driver.Value{
					Quantity: q,
					Value:    rapid.OneOf(rapid.SampledFrom([]float64{0, 1, 20, 20.1, 500, math.NaN(), math.Inf(1)}), rapid.Float64()).Draw(t, "value"),
					Quality:  rapid.SampledFrom([]reading.Quality{0, good, unknown, suspect, bad, reading.Missing}).Draw(t, "said"),
				})
			}
			before := append([]driver.Value(nil), values...)
			c.Judge(at, values)
			for i, v := range values {
				held(t, before[i], v, seen[v.Quantity])
				if !math.IsNaN(v.Value) && !math.IsInf(v.Value, 0) {
					seen[v.Quantity]++
				}
			}
			if len(c.series) > len(qs) {
				t.Fatalf("%d series of %d quantities", len(c.series), len(qs))
			}
			for _, s := range c.series {
				if math.IsNaN(s.rate.value) || math.IsNaN(s.flat.value) || s.flat.same > flatCount {
					t.Fatalf("it keeps %+v", s)
				}
			}
		}
	})
}

// held fails where a flag says more than it can: was is the value as the driver
// gave it, the seen-th number of its series.
func held(t *rapid.T, was, is driver.Value, seen int) {
	if math.IsNaN(was.Value) || math.IsInf(was.Value, 0) {
		if is.Quality != was.Quality {
			t.Fatalf("%v was judged", was)
		}
		return
	}
	rounded := was.Quantity.Round(was.Value)
	switch {
	case is.Value != was.Value:
		t.Fatalf("%v became %v", was, is)
	case !is.Quality.Valid():
		t.Fatalf("%v has no flag", is)
	case was.Quality >= suspect && is.Quality < was.Quality:
		t.Fatalf("%v was improved to %v", was, is.Quality)
	case was.Quality < suspect && is.Quality > suspect:
		t.Fatalf("%v was hidden as %v", was, is.Quality)
	case was.Quantity.Check(rounded) == suspect && is.Quality < suspect:
		t.Fatalf("%v is outside its limits and %v", was, is.Quality)
	case is.Quality == good && seen == 0 && (usual(was.Quantity).step > 0 || usual(was.Quantity).stuck > 0):
		t.Fatalf("%v is the first of its series and good", was)
	}
}
