package quality

import (
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// rules are how the values of one series are judged.
type rules struct {
	min, max float64
	// step is how much a value may change in a minute; 0 is any.
	step float64
	// stuck is how long it may stay the same; 0 is for ever.
	stuck time.Duration
	// Below low and from high on sameness is no sign; 0 is no such end.
	low, high float64
}

const (
	particleFloor = 5   // µg/m³
	saturated     = 100 // %RH
)

// defaults are what is known of a quantity's series. All are Siaga's proposals
// for Kabupaten Blitar, none is published: raw particle numbers stay the same for
// an hour at most, an SCD4x's CO2 for half, climate for 3 h, a river under an
// ultrasonic sensor and a battery for a day. Smoke is real, so particles may jump.
// A gas cell stands on an analogue input whose last digit never rests. A river
// may rise by 1 m a minute unflagged, a lahar does more.
//
// The limits of the Gross Range Test are the quantity's own (reading.Info).
var defaults = map[reading.Quantity]rules{
	reading.PM1:         {stuck: time.Hour, low: particleFloor},
	reading.PM2_5:       {stuck: time.Hour, low: particleFloor},
	reading.PM4:         {stuck: time.Hour, low: particleFloor},
	reading.PM10:        {stuck: time.Hour, low: particleFloor},
	reading.PM1CF1:      {stuck: time.Hour, low: particleFloor},
	reading.PM2_5CF1:    {stuck: time.Hour, low: particleFloor},
	reading.PM10CF1:     {stuck: time.Hour, low: particleFloor},
	reading.CO2:         {stuck: 30 * time.Minute, step: 2000},
	reading.CO:          {stuck: 3 * time.Hour},
	reading.NO2:         {stuck: 3 * time.Hour},
	reading.O3:          {stuck: 3 * time.Hour},
	reading.SO2:         {stuck: 3 * time.Hour},
	reading.Temperature: {stuck: 3 * time.Hour, step: 5},
	reading.Humidity:    {stuck: 3 * time.Hour, high: saturated},
	reading.Pressure:    {stuck: 3 * time.Hour},
	reading.Level:       {stuck: 24 * time.Hour, step: 1},
	reading.Distance:    {stuck: 24 * time.Hour, step: 1000},
	reading.LoopCurrent: {stuck: 24 * time.Hour},
	reading.Voltage:     {stuck: 24 * time.Hour, step: 2},
}

// usual returns the rules of a channel that is configured by nothing.
func usual(q reading.Quantity) rules {
	r, in := defaults[q], q.Info()
	r.min, r.max = in.Min, in.Max
	return r
}
