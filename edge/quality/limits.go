package quality

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// Off is what a test is set to that shall not run on a channel. It then takes
// nothing away from Good.
const Off = "off"

const (
	minStuckAfter = time.Minute
	maxStuckAfter = 30 * 24 * time.Hour
)

// Limits say where one channel is judged otherwise than its quantity usually is.
// What is left out stays as usual.
type Limits struct {
	// Min and Max are the gross range, in the quantity's unit. They can only be
	// narrower than the quantity's own, outside which every stage flags a value.
	Min *float64 `mapstructure:"min"`
	Max *float64 `mapstructure:"max"`
	// StepPerMinute is how much the value may change in a minute, in the quantity's
	// unit, or Off.
	StepPerMinute string `mapstructure:"step_per_minute"`
	// StuckAfter is how long the value may stay the same, from "1m" to "720h", or
	// Off. The sensor must be read three times in it at least.
	StuckAfter string `mapstructure:"stuck_after"`
}

// Validate returns every mistake in a sensor's checks, by quantity, each
// beginning with its key under "checks". interval is how often the sensor is read.
func Validate(checks map[string]Limits, interval time.Duration) (errs []error) {
	for _, name := range slices.Sorted(maps.Keys(checks)) {
		q, ok := reading.Lookup(name)
		switch {
		case !ok:
			errs = append(errs, fmt.Errorf("checks.%s: %q is no quantity: write it as in pm2_5, temperature or level", name, name))
			continue
		case q.IsCorrected():
			errs = append(errs, fmt.Errorf("checks.%s: a corrected value is judged by the raw one: use %s", name, q.Raw()))
			continue
		}
		r, mistakes := checks[name].rules(q)
		if checks[name].StuckAfter != "" && r.stuck > 0 && r.stuck < 3*interval {
			mistakes = append(mistakes, fmt.Errorf("stuck_after: %v is too short for a sensor that is read every %v: use at least %v, or %s", r.stuck, interval, 3*interval, Off))
		}
		for _, err := range mistakes {
			errs = append(errs, fmt.Errorf("checks.%s.%w", name, err))
		}
	}
	return errs
}

// rules returns the usual rules with what l says, and every mistake in that,
// beginning with its key.
func (l Limits) rules(q reading.Quantity) (r rules, errs []error) {
	r = usual(q)
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	in := q.Info()
	if l.Min != nil {
		r.min = *l.Min
	}
	if l.Max != nil {
		r.max = *l.Max
	}
	switch { // so written that what is no number is a mistake
	case !(r.min >= in.Min):
		bad("min: %v is below %v, where every stage flags a value: it can only be raised", r.min, in.Min)
	case !(r.max <= in.Max):
		bad("max: %v is above %v, where every stage flags a value: it can only be lowered", r.max, in.Max)
	case r.min >= r.max:
		bad("min: %v is not below max, %v", r.min, r.max)
	}
	switch l.StepPerMinute {
	case "":
	case Off:
		r.step = 0
	default:
		step, err := strconv.ParseFloat(l.StepPerMinute, 64)
		if err != nil || !(step > 0) || math.IsInf(step, 0) {
			bad("step_per_minute: %q: want a number above 0, or %s", l.StepPerMinute, Off)
		}
		r.step = step
	}
	switch l.StuckAfter {
	case "":
	case Off:
		r.stuck = 0
	default:
		stuck, err := time.ParseDuration(l.StuckAfter)
		if err != nil || stuck < minStuckAfter || stuck > maxStuckAfter {
			bad("stuck_after: %q: want 1m to 720h, such as 3h, or %s", l.StuckAfter, Off)
		}
		r.stuck = stuck
	}
	return r, errs
}
