package calibration

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// Kind is how a correction computes.
type Kind string

// The kinds of corrections.
const (
	// None says that nothing is in force; an Undo or a Replace leaves it behind.
	None Kind = "none"
	// Offset: raw + Offset.
	Offset Kind = "offset"
	// Linear: Gain · raw + Offset.
	Linear Kind = "linear"
	// Polynomial: Coefficients[0] + Coefficients[1] · raw + Coefficients[2] · raw² ….
	Polynomial Kind = "polynomial"
	// Table: by straight lines between the pairs of Table. Beyond its ends the
	// nearest pair's true value is taken, and is suspect.
	Table Kind = "table"
	// Humidity: PM2.5 from the sensor's CF=1 value and relative humidity, by one of
	// Models.
	Humidity Kind = "humidity"
	// Datum is the height above gauge zero of a sensor that measures the distance
	// to the water: it makes a level where there was none. Its Quantity is
	// distance. It gives no corrected value: see Store.Datum.
	Datum Kind = "datum"
)

// Correction is one version of how a quantity of a sensor is corrected. Fields
// that its Kind does not use are zero. Units are the quantity's own.
type Correction struct {
	Sensor reading.SensorID `json:"sensor"`
	// Quantity is the raw one. In JSON it is its name.
	Quantity reading.Quantity `json:"-"`
	// Version counts all changes of the node's corrections; Set gives it.
	Version int     `json:"version"`
	Kind    Kind    `json:"kind"`
	Offset  float64 `json:"offset,omitzero"`
	Gain    float64 `json:"gain,omitzero"`
	// Coefficients are 1 to 6, the constant first.
	Coefficients []float64 `json:"coefficients,omitempty"`
	// Table has 2 to 32 pairs of a raw and a true value, ascending in raw.
	Table    [][2]float64   `json:"table,omitempty"`
	Humidity *HumidityModel `json:"humidity,omitempty"`
	// DatumM is in metres.
	DatumM float64 `json:"datum_m,omitzero"`
	// Points are the measurements that Fit took an Offset or Linear correction
	// from, as pairs of raw and reference value; none where people gave the numbers.
	Points [][2]float64 `json:"points,omitempty"`
	// Valid is the range of raw values in which the correction is known to hold,
	// both ends included; beyond it corrected values are suspect. nil is no limit.
	// Table and Humidity have their own.
	Valid *[2]float64 `json:"valid,omitempty"`
	// Date is UTC in whole seconds; Set fills in a zero one from the machine's clock.
	Date   time.Time `json:"date"`
	Author string    `json:"author"`
	Reason string    `json:"reason"`
}

// HumidityModel is which of Models corrects, and with whose humidity.
type HumidityModel struct {
	// Name is a Model's.
	Name string `json:"name"`
	// Sensor gives the relative humidity where the corrected sensor gives none.
	Sensor reading.SensorID `json:"sensor,omitempty"`
}

// MarshalJSON writes the quantity by its name.
func (c Correction) MarshalJSON() ([]byte, error) {
	type plain Correction
	return json.Marshal(struct {
		Quantity string `json:"quantity"`
		plain
	}{c.Quantity.String(), plain(c)})
}

// UnmarshalJSON reads exactly what MarshalJSON writes: an unknown key or
// quantity, or a pair that is none, is an error. It does not Validate.
func (c *Correction) UnmarshalJSON(b []byte) error {
	type plain Correction
	var in struct {
		Quantity string      `json:"quantity"`
		Table    [][]float64 `json:"table"`
		Points   [][]float64 `json:"points"`
		Valid    []float64   `json:"valid"`
		plain
	}
	if err := decodeExactly(b, &in); err != nil {
		return fmt.Errorf("decode correction: %w", err)
	}
	q, ok := reading.Lookup(in.Quantity)
	if !ok && in.Quantity != "" {
		return fmt.Errorf("decode correction: quantity: %q is unknown", in.Quantity)
	}
	out := Correction(in.plain)
	out.Quantity = q
	var err1, err2 error
	out.Table, err1 = pairs(in.Table)
	out.Points, err2 = pairs(in.Points)
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Errorf("decode correction: %w", err)
	}
	if in.Valid != nil {
		valid, err := pairs([][]float64{in.Valid})
		if err != nil {
			return fmt.Errorf("decode correction: %w", err)
		}
		out.Valid = &valid[0]
	}
	*c = out
	return nil
}

// pairs refuses what Go's decoder would cut off or fill up with zeros.
func pairs(lists [][]float64) (out [][2]float64, err error) {
	for _, l := range lists {
		if len(l) != 2 {
			return nil, fmt.Errorf("%v is no pair of numbers", l)
		}
		out = append(out, [2]float64(l))
	}
	return out, nil
}

// decodeExactly refuses unknown keys and whatever stands behind the value.
func decodeExactly(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something stands behind its end")
	}
	return nil
}

// clone shares no memory with c.
func (c Correction) clone() Correction {
	c.Coefficients = slices.Clone(c.Coefficients)
	c.Table = slices.Clone(c.Table)
	c.Points = slices.Clone(c.Points)
	if c.Humidity != nil {
		h := *c.Humidity
		c.Humidity = &h
	}
	if c.Valid != nil {
		v := *c.Valid
		c.Valid = &v
	}
	return c
}
