package calibration

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/internal/reading"
)

func TestEveryValidCorrectionTravelsExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyCorrection().Draw(t, "c")
		if err := want.Validate(); err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Correction
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s\n(-want +got):\n%s", b, diff)
		}
	})
}

func TestValidateNamesTheMistake(t *testing.T) {
	for _, tc := range []struct {
		want  string
		spoil func(*Correction)
	}{
		{"sensor: ", func(c *Correction) { c.Sensor = "Air 1" }},
		{"quantity: ", func(c *Correction) { c.Quantity = 0 }},
		{"quantity: ", func(c *Correction) { c.Quantity = reading.Level.Corrected() }},
		{"kind: ", func(c *Correction) { c.Kind = None }},
		{"kind: ", func(c *Correction) { c.Kind = "magic" }},
		{"kind: ", func(c *Correction) { c.Quantity = reading.Distance }},
		{"kind: ", func(c *Correction) { c.Kind, c.Offset, c.DatumM = Datum, 0, 4 }},
		{"offset: ", func(c *Correction) { c.Offset = math.NaN() }},
		{"gain: ", func(c *Correction) { c.Gain = 2 }},
		{"gain: ", func(c *Correction) { c.Kind = Linear }},
		{"gain: ", func(c *Correction) { c.Kind, c.Gain = Linear, math.Inf(1) }},
		{"points: ", func(c *Correction) { c.Points = make([][2]float64, maxPoints+1) }},
		{"offset: ", func(c *Correction) { c.Kind, c.Coefficients = Polynomial, []float64{1} }},
		{"coefficients: ", func(c *Correction) { c.Kind, c.Offset = Polynomial, 0 }},
		{"coefficients: ", func(c *Correction) {
			c.Kind, c.Offset, c.Coefficients = Polynomial, 0, make([]float64, maxCoefficients+1)
		}},
		{"table: ", func(c *Correction) { c.Kind, c.Offset, c.Table = Table, 0, [][2]float64{{1, 1}} }},
		{"table: ", func(c *Correction) { c.Kind, c.Offset, c.Table = Table, 0, [][2]float64{{1, 1}, {1, 2}} }},
		{"table: ", func(c *Correction) { c.Kind, c.Offset, c.Table = Table, 0, [][2]float64{{1, 1}, {math.Inf(1), 2}} }},
		{"humidity: ", func(c *Correction) { c.Kind, c.Offset = Humidity, 0 }},
		{"humidity: ", func(c *Correction) { c.Kind, c.Offset, c.Humidity = Humidity, 0, &HumidityModel{Name: "epa"} }},
		{"quantity: ", func(c *Correction) { c.Kind, c.Offset, c.Humidity = Humidity, 0, &HumidityModel{Name: "epa-2021"} }},
		{"datum_m: ", func(c *Correction) {
			c.Quantity, c.Kind, c.Offset, c.DatumM = reading.Distance, Datum, 0, 184
		}},
		{"valid: ", func(c *Correction) { c.Valid = &[2]float64{2, 2} }},
		{"author: ", func(c *Correction) { c.Author = " " }},
		{"author: ", func(c *Correction) { c.Author = strings.Repeat("a", maxAuthor+1) }},
		{"reason: ", func(c *Correction) { c.Reason = "" }},
		{"reason: ", func(c *Correction) { c.Reason = "two\nlines" }},
		{"reason: ", func(c *Correction) { c.Reason = "\xff" }},
	} {
		c := offset("air-1", reading.Level, 0.1)
		tc.spoil(&c)
		err := c.Validate()
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), ": "+tc.want) {
			t.Errorf("%+v: error %v, want %q in it", c, err, tc.want)
		}
	}
}

func TestCheckLooksAtWhatTheSensorGives(t *testing.T) {
	pm := []reading.Quantity{reading.PM2_5}
	withCF1 := append(pm, reading.PM2_5CF1)
	withBoth := append(withCF1, reading.Humidity)
	own := Correction{Sensor: "pm-1", Quantity: reading.PM2_5, Kind: Humidity, Humidity: &HumidityModel{Name: "epa-2021"}}
	other := own
	other.Humidity = &HumidityModel{Name: "epa-2021", Sensor: "bme-1"}
	for _, tc := range []struct {
		name string
		c    Correction
		raw  []reading.Quantity
		want string
	}{
		{"what it gives", offset("pm-1", reading.PM2_5, 1), pm, ""},
		{"what it does not give", offset("pm-1", reading.CO2, 1), pm, "gives no co2"},
		{"a level that a datum may give", offset("air-1", reading.Level, 1), []reading.Quantity{reading.Distance}, ""},
		{"no CF=1", other, pm, "cf1: true"},
		{"no humidity", own, withCF1, "name a sensor"},
		{"its own humidity", own, withBoth, ""},
		{"another's humidity", other, withCF1, ""},
	} {
		err := Check(tc.c, tc.raw)
		if tc.want == "" && err != nil || tc.want != "" && (!errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s: error %v, want %q in it", tc.name, err, tc.want)
		}
	}
}

func TestUnmarshalIsExact(t *testing.T) {
	for _, in := range []string{
		`{"quantity":"level","gian":2}`, `{"quantity":"depth"}`, `{"quantity":1}`, `{"quantity":"level","version":1.5}`, `[]`,
		`{"table":[[1,2,3]]}`, `{"points":[[1]]}`, `{"valid":[]}`, `{"valid":[1,2,3]}`, `{"table":[null]}`,
	} {
		var c Correction
		if err := json.Unmarshal([]byte(in), &c); err == nil {
			t.Errorf("%s is read as %+v", in, c)
		}
	}
}
