package quality

import (
	"math"
	"slices"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// Checks judge the values of one sensor. They keep some hundred bytes for each
// quantity and allocate only for its first value. Not for concurrent use.
type Checks struct {
	configured map[string]Limits
	series     []series
}

// New returns the checks of a sensor with its configuration, by quantity's name.
// It wants one that Validate finds no mistake in, and reads it on.
func New(checks map[string]Limits) *Checks { return &Checks{configured: checks} }

// Reset forgets what was measured. It is for a sensor that was opened anew: it may
// be another one, or set up otherwise.
func (c *Checks) Reset() { c.series = c.series[:0] }

// Judge sets the flags of one measurement's raw values, measured at boot time at.
// It must see all of a sensor's values once, in the order of time, before they are
// corrected, so that what is made of them inherits their flags. A driver's worse
// flag stays. Values that are no numbers are left as they are and change nothing;
// so are corrected ones.
func (c *Checks) Judge(at time.Duration, values []driver.Value) {
	for i := range values {
		v := &values[i]
		if !v.Quantity.Valid() || v.Quantity.IsCorrected() || math.IsNaN(v.Value) || math.IsInf(v.Value, 0) {
			continue
		}
		v.Quality = c.of(v.Quantity).judge(at, v.Quantity.Round(v.Value), v.Quality)
	}
}

// Inherit sets the flags of corrected values, which stand beside the raw ones that
// Judge saw last: Suspect where the raw value is stuck or jumped, Good only where
// that is Good. A raw value outside its quantity's limits does not make them
// Suspect: being far off is what corrections are for.
func (c *Checks) Inherit(values []driver.Value) {
	for i := range values {
		v := &values[i]
		if !v.Quantity.IsCorrected() {
			continue
		}
		raw := slices.IndexFunc(values, func(o driver.Value) bool { return o.Quantity == v.Quantity.Raw() })
		if v.Quality == reading.Good && (raw < 0 || values[raw].Quality != reading.Good) {
			v.Quality = reading.NotEvaluated
		}
		if raw >= 0 && c.of(v.Quantity.Raw()).doubt {
			v.Quality = max(v.Quality, reading.Suspect)
		}
	}
}

// of returns what is kept of a quantity, beginning where nothing is.
func (c *Checks) of(q reading.Quantity) *series {
	i := slices.IndexFunc(c.series, func(s series) bool { return s.quantity == q })
	if i < 0 {
		r, _ := c.configured[q.String()].rules(q) // of a map without it: as usual
		c.series = append(c.series, series{quantity: q, rules: r})
		i = len(c.series) - 1
	}
	return &c.series[i]
}
