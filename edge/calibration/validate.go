package calibration

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/siaga-id/siaga/internal/reading"
)

// ErrInvalid: a correction says what no correction can. Its text begins with the
// field and ends with what to do.
var ErrInvalid = errors.New("the correction is not valid")

const (
	maxCoefficients = 6
	maxTable        = 32
	maxPoints       = 16
	maxAuthor       = 64  // bytes
	maxReason       = 300 // bytes
)

func invalid(field, format string, args ...any) error {
	return fmt.Errorf("%w: %s: %s", ErrInvalid, field, fmt.Sprintf(format, args...))
}

// Validate returns the first mistake in c, an ErrInvalid. It does not look at
// Version or Date.
func (c Correction) Validate() error {
	if _, err := reading.ParseSensorID(string(c.Sensor)); err != nil {
		return invalid("sensor", "%v", err)
	}
	if !c.Quantity.Valid() || c.Quantity.IsCorrected() {
		return invalid("quantity", "%q cannot be corrected: name a measured quantity, such as %s", c.Quantity, reading.Level)
	}
	if err := c.validateKind(); err != nil {
		return err
	}
	if err := c.validateUnused(); err != nil {
		return err
	}
	if v := c.Valid; v != nil && (!finite(v[:]...) || v[0] >= v[1]) {
		return invalid("valid", "%v to %v is no range of raw values: give the lower end first", v[0], v[1])
	}
	if err := validateText("author", c.Author, maxAuthor); err != nil {
		return err
	}
	return validateText("reason", c.Reason, maxReason)
}

func (c Correction) validateKind() error {
	if (c.Kind == Datum) != (c.Quantity == reading.Distance) {
		return invalid("kind", "%s of %s: a distance has a datum, and only that: correct the level", c.Kind, c.Quantity)
	}
	switch c.Kind {
	case Offset, Linear:
		if !finite(c.Offset) {
			return invalid("offset", "%v is no number", c.Offset)
		}
		if c.Kind == Linear && (!finite(c.Gain) || c.Gain == 0) {
			return invalid("gain", "%v gives no values: 1 leaves them as they are", c.Gain)
		}
		if len(c.Points) > maxPoints || slices.ContainsFunc(c.Points, infinite) {
			return invalid("points", "want up to %d pairs of numbers", maxPoints)
		}
	case Polynomial:
		if n := len(c.Coefficients); n == 0 || n > maxCoefficients || !finite(c.Coefficients...) {
			return invalid("coefficients", "want 1 to %d numbers, the constant first", maxCoefficients)
		}
	case Table:
		if n := len(c.Table); n < 2 || n > maxTable || slices.ContainsFunc(c.Table, infinite) {
			return invalid("table", "want 2 to %d pairs of a raw and a true value", maxTable)
		}
		for i, pair := range c.Table[1:] {
			if pair[0] <= c.Table[i][0] {
				return invalid("table", "raw value %v stands behind %v: sort the pairs by raw value, each once", pair[0], c.Table[i][0])
			}
		}
	case Humidity:
		return c.validateHumidity()
	case Datum:
		if in := reading.Level.Info(); !finite(c.DatumM) || math.Abs(c.DatumM) > in.Max+reading.Distance.Info().Max/1000 {
			return invalid("datum_m", "%v m is no height of a sensor above gauge zero: measure it in metres", c.DatumM)
		}
	default:
		return invalid("kind", "%q is unknown", c.Kind)
	}
	return nil
}

func (c Correction) validateHumidity() error {
	if c.Humidity == nil {
		return invalid("humidity", "missing: name one of %s", modelNames())
	}
	m, ok := ModelNamed(c.Humidity.Name)
	if !ok {
		return invalid("humidity", "model %q is unknown: use one of %s", c.Humidity.Name, modelNames())
	}
	if c.Quantity != m.Quantity {
		return invalid("quantity", "%s: model %s corrects %s", c.Quantity, m.Name, m.Quantity)
	}
	if s := c.Humidity.Sensor; s != "" && !reading.ValidID(s) {
		return invalid("humidity", "sensor %q is no sensor's id", s)
	}
	return nil
}

// validateUnused refuses numbers that the kind would not look at: whoever gave
// them thinks that they count.
func (c Correction) validateUnused() error {
	linear := c.Kind == Offset || c.Kind == Linear
	for _, f := range []struct {
		field string
		given bool
		used  bool
	}{
		{"offset", c.Offset != 0, linear},
		{"gain", c.Gain != 0, c.Kind == Linear},
		{"coefficients", len(c.Coefficients) > 0, c.Kind == Polynomial},
		{"table", len(c.Table) > 0, c.Kind == Table},
		{"humidity", c.Humidity != nil, c.Kind == Humidity},
		{"datum_m", c.DatumM != 0, c.Kind == Datum},
		{"points", len(c.Points) > 0, linear},
		{"valid", c.Valid != nil, linear || c.Kind == Polynomial},
	} {
		if f.given && !f.used {
			return invalid(f.field, "a correction of kind %s has none: leave it out", c.Kind)
		}
	}
	return nil
}

// validateText wants something that a person wrote on one line.
func validateText(field, s string, most int) error {
	switch {
	case strings.TrimSpace(s) == "":
		return invalid(field, "empty: who looks at the data later must know it")
	case len(s) > most:
		return invalid(field, "%d bytes are more than %d: say it shorter", len(s), most)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		return invalid(field, "%q is not one line of text", s)
	}
	return nil
}

func finite(vs ...float64) bool {
	return !slices.ContainsFunc(vs, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
}

func infinite(pair [2]float64) bool { return !finite(pair[:]...) }

// Check returns why a sensor that gives these raw quantities cannot be corrected
// by c, an ErrInvalid, or nil. Store.Set cannot know what a sensor gives. One
// that gives a distance may give a level too, once it has a Datum.
func Check(c Correction, raw []reading.Quantity) error {
	fromDatum := c.Quantity == reading.Level && slices.Contains(raw, reading.Distance)
	if !fromDatum && !slices.Contains(raw, c.Quantity) {
		return invalid("quantity", "sensor %s gives no %s", c.Sensor, c.Quantity)
	}
	if c.Kind != Humidity || c.Humidity == nil {
		return nil
	}
	m, ok := ModelNamed(c.Humidity.Name)
	if !ok {
		return c.validateHumidity()
	}
	if !slices.Contains(raw, m.Input) {
		return invalid("humidity", "model %s wants %s, which sensor %s does not give: set cf1: true among the sensor's options", m.Name, m.Input, c.Sensor)
	}
	if c.Humidity.Sensor == "" && !slices.Contains(raw, reading.Humidity) {
		return invalid("humidity", "sensor %s measures no humidity: name a sensor beside it that does", c.Sensor)
	}
	return nil
}
