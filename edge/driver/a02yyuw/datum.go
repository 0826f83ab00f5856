package a02yyuw

import (
	"fmt"
	"math"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// Datum is the installation of a sensor that looks down at water, to be embedded
// in a chip's options with `mapstructure:",squash"`.
type Datum struct {
	// DatumM is the height of the sensor's face above gauge zero, in metres. nil is
	// not measured yet: there is a distance then, but no level, which would be a
	// lie.
	DatumM *float64 `mapstructure:"datum_m"`
}

// Validate wants a height, if any.
func (d Datum) Validate() error {
	if d.DatumM != nil && (math.IsNaN(*d.DatumM) || math.IsInf(*d.DatumM, 0)) {
		return fmt.Errorf("datum_m: %v is no height: measure how many metres the sensor hangs above gauge zero, "+
			"or leave it out to get the distance only", *d.DatumM)
	}
	return nil
}

// Quantities returns level, where the datum is known, and distance. The caller
// owns the slice.
func (d Datum) Quantities() []reading.Quantity {
	if d.DatumM == nil {
		return []reading.Quantity{reading.Distance}
	}
	return []reading.Quantity{reading.Level, reading.Distance}
}

// Values returns what a distance in mm tells: Quantities, in that order. The
// caller owns the slice.
func (d Datum) Values(mm float64) []driver.Value {
	distance := driver.Measured(reading.Distance, mm)
	if d.DatumM == nil {
		return []driver.Value{distance}
	}
	return []driver.Value{driver.Measured(reading.Level, *d.DatumM-mm/1000), distance}
}
