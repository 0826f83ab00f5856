package calibration

import (
	"math"
	"slices"
	"strings"

	"github.com/siaga-id/siaga/internal/reading"
)

// Model computes PM2.5 from what a Plantower sensor says and the relative
// humidity: in humid air such sensors count water for dust. The models here
// were found in the United States with hourly and daily means of PurpleAir
// monitors; in Indonesia none has been validated, which must be said wherever
// one is chosen. None is in force unless people set it.
//
// They may give less than 0 in clean humid air. That is kept, so that means stay
// true; the quantity's limits mark it suspect.
type Model struct {
	// Name tells model and version; it never changes its meaning.
	Name string
	// Quantity is what is corrected, Input what the model reads: a "CF=1" value in
	// µg/m³, not the atmospheric one.
	Quantity, Input reading.Quantity
	// Below is the Input in µg/m³ from which on the model is not valid; +Inf where
	// none is published.
	Below float64
	// Validated is where, in English.
	Validated string
	formula   func(cf1, rh float64) float64
}

var models = []Model{
	// Barkjohn, Gantt and Clements, "Development and application of a United
	// States-wide correction for PM2.5 data collected with the PurpleAir sensor",
	// Atmos. Meas. Tech. 14, 4617 (2021). Valid below 570 µg/m³ as the lowest of the
	// three ranges that the US EPA took up later (Barkjohn et al., Sensors 22, 9669,
	// 2022).
	{
		Name: "epa-2021", Quantity: reading.PM2_5, Input: reading.PM2_5CF1, Below: 570, Validated: "United States",
		formula: func(cf1, rh float64) float64 { return 0.524*cf1 - 0.0862*rh + 5.75 },
	},
	// The release before it for the AirNow Fire and Smoke Map, late 2020: US EPA
	// Tools and Resources webinar of 19 May 2021, slide 37, as the documentation of
	// AirSensor2 (Mazama Science) and PurpleAir's forum give it. Above 343 µg/m³ it
	// takes no humidity, and jumps up by some 25 µg/m³.
	{
		Name: "epa-2020", Quantity: reading.PM2_5, Input: reading.PM2_5CF1, Below: math.Inf(1), Validated: "United States",
		formula: func(cf1, rh float64) float64 {
			if cf1 <= 343 {
				return 0.52*cf1 - 0.086*rh + 5.75
			}
			return 0.46*cf1 + 3.93e-4*cf1*cf1 + 2.97
		},
	},
}

// Models returns every model. The caller owns the slice.
func Models() []Model { return slices.Clone(models) }

// ModelNamed returns the model of that name, and whether there is one.
func ModelNamed(name string) (Model, bool) {
	i := slices.IndexFunc(models, func(m Model) bool { return m.Name == name })
	if i < 0 {
		return Model{}, false
	}
	return models[i], true
}

// Correct returns the corrected value in µg/m³ for a CF=1 value in µg/m³ and a
// relative humidity in %, and whether the model is valid there.
func (m Model) Correct(cf1, rh float64) (corrected float64, valid bool) {
	return m.formula(cf1, rh), cf1 >= 0 && cf1 < m.Below && rh >= 0 && rh <= 100
}

func modelNames() string {
	var names []string
	for _, m := range models {
		names = append(names, m.Name)
	}
	return strings.Join(names, ", ")
}
