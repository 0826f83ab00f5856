package modbuslevel

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/a02yyuw"
	"github.com/siaga-id/siaga/edge/driver/modbus"
	"github.com/siaga-id/siaga/internal/reading"
)

// gravity in m/s² at 8° south, by the normal gravity formula of WGS 84. The
// standard 9.80665 would make 10 m of water 2.6 cm too low.
const gravity = 9.7814

// What the number is.
const (
	level    = "level"
	distance = "distance"
	pressure = "pressure"
)

// Orders of the registers of a 32-bit number.
const (
	bigWords    = "big"
	littleWords = "little"
)

// Meter is what a meter's manual says, and its installation; to be embedded in
// options with `mapstructure:",squash"`.
type Meter struct {
	// Unit, Function and Register are what is asked for; see modbus.Query.
	Unit     uint8  `mapstructure:"unit"`
	Function uint8  `mapstructure:"function"`
	Register uint16 `mapstructure:"register"`
	// Type is uint16, int16, signmag16, uint32, int32 or float32; WordOrder is big
	// where the high register of a 32-bit number comes first, else little.
	Type      string `mapstructure:"type"`
	WordOrder string `mapstructure:"word_order"`
	// Scale and Offset make metres of the number, or pascals of a pressure.
	Scale  float64 `mapstructure:"scale"`
	Offset float64 `mapstructure:"offset"`
	// Quantity is level, distance or pressure.
	Quantity string `mapstructure:"quantity"`
	// Datum is the meter's or probe's height above gauge zero. A level has none.
	a02yyuw.Datum `mapstructure:",squash"`
	// DensityKgM3 is the water's, for a pressure.
	DensityKgM3 float64 `mapstructure:"density_kg_m3"`
	// Min and Max, in metres or pascals, are what the meter can measure. nil is no
	// limit.
	Min *float64 `mapstructure:"min"`
	Max *float64 `mapstructure:"max"`
	// ErrorValues are numbers, before Scale, that mean a fault.
	ErrorValues []float64 `mapstructure:"error_values"`
}

// DefaultMeter has what most meters have in common. What the number is must be
// said: a map that is only guessed gives levels that look real.
var DefaultMeter = Meter{
	Unit: 1, Function: 3, Type: "uint16", WordOrder: bigWords, Scale: 1, DensityKgM3: 1000,
}

// Validate returns every mistake, each beginning with its key.
func (m *Meter) Validate() error {
	var errs []error
	mistake := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if _, ok := types[m.Type]; !ok {
		mistake("type: %q: use one of %s, as the meter's manual says", m.Type, typeNames())
	} else if err := m.query().Validate(); err != nil {
		errs = append(errs, err)
	}
	if m.WordOrder != bigWords && m.WordOrder != littleWords {
		mistake("word_order: %q: use big or little", m.WordOrder)
	}
	if m.Scale == 0 || !finite(m.Scale) {
		mistake("scale: %v: say how many metres, or pascals, one step of the number is", m.Scale)
	}
	if !finite(m.Offset) {
		mistake("offset: %v: is no number", m.Offset)
	}
	if m.Min != nil && !finite(*m.Min) || m.Max != nil && !finite(*m.Max) || m.Min != nil && m.Max != nil && *m.Min >= *m.Max {
		mistake("min, max: min must be below max")
	}
	return errors.Join(append(errs, m.Datum.Validate(), m.validateQuantity())...)
}

func (m *Meter) validateQuantity() error {
	switch {
	case m.Quantity == level && m.DatumM != nil:
		return errors.New("datum_m: a level needs none: leave it out, or use offset")
	case m.Quantity == pressure && m.DatumM == nil:
		return errors.New("datum_m: missing: measure how many metres the probe lies above gauge zero, below it is negative")
	case m.Quantity == pressure && !(m.DensityKgM3 >= 900 && m.DensityKgM3 <= 2000):
		return fmt.Errorf("density_kg_m3: %v is outside 900 to 2000: clear water has 1000, water full of silt more", m.DensityKgM3)
	case m.Quantity == "":
		return errors.New("quantity: missing: say level, distance or pressure, and set register, type and scale as the meter's manual does")
	case m.Quantity != level && m.Quantity != distance && m.Quantity != pressure:
		return fmt.Errorf("quantity: %q: use level, distance or pressure", m.Quantity)
	}
	return nil
}

// Quantities returns level; for a distance also distance, or that alone where
// there is no datum. The caller owns the slice.
func (m *Meter) Quantities() []reading.Quantity {
	if m.Quantity == distance {
		return m.Datum.Quantities()
	}
	return []reading.Quantity{reading.Level}
}

func (m *Meter) query() modbus.Query {
	return modbus.Query{Unit: m.Unit, Function: m.Function, Address: m.Register, Count: types[m.Type].registers}
}

// values returns what registers mean.
func (m *Meter) values(registers []uint16) ([]driver.Value, error) {
	raw := number(m.Type, registers, m.WordOrder == littleWords)
	if slices.Contains(m.ErrorValues, raw) {
		return nil, fmt.Errorf("%w: the meter says %v", driver.ErrEchoLost, raw)
	}
	v := raw*m.Scale + m.Offset
	if !finite(v) || m.Min != nil && v < *m.Min || m.Max != nil && v > *m.Max || m.Quantity == distance && v <= 0 {
		return nil, fmt.Errorf("%w: the meter says %v, which is %v", driver.ErrOutOfRange, raw, v)
	}
	switch m.Quantity {
	case distance:
		return m.Datum.Values(1000 * v), nil
	case pressure:
		v = v/(m.DensityKgM3*gravity) + *m.DatumM
	}
	return []driver.Value{driver.Measured(reading.Level, v)}, nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
