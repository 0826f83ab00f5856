package calibration

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/internal/reading"
)

// correctionOf draws valid corrections of a kind, such as Set leaves them.
func correctionOf(kind Kind) *rapid.Generator[Correction] {
	return rapid.Custom(func(t *rapid.T) Correction {
		number := rapid.Float64Range(-1e6, 1e6)
		c := Correction{
			Sensor:   reading.SensorID(rapid.SampledFrom([]string{"pm-1", "air-1", "bme-1"}).Draw(t, "sensor")),
			Quantity: rapid.SampledFrom([]reading.Quantity{reading.Level, reading.Temperature, reading.CO2}).Draw(t, "quantity"),
			Kind:     kind,
			Date:     time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "date"), 0).UTC(),
			Author:   rapid.StringMatching(`[a-zA-Zé]{1,20}`).Draw(t, "author"),
			Reason:   rapid.StringMatching(`[a-z<>"\\ ]{0,40}x`).Draw(t, "reason"),
		}
		switch kind {
		case Offset:
			c.Offset = number.Draw(t, "offset")
			c.Points = rapid.SampledFrom([][][2]float64{nil, {{1, 2}}}).Draw(t, "points")
		case Linear:
			c.Offset, c.Gain = number.Draw(t, "offset"), rapid.Float64Range(0.001, 100).Draw(t, "gain")
		case Polynomial:
			c.Coefficients = rapid.SliceOfN(number, 1, maxCoefficients).Draw(t, "coefficients")
			if rapid.Bool().Draw(t, "has a range") {
				c.Valid = &[2]float64{-1, 0.1}
			}
		case Table:
			raws := rapid.SliceOfNDistinct(number, 2, maxTable, rapid.ID).Draw(t, "raws")
			slices.Sort(raws)
			for _, raw := range raws {
				c.Table = append(c.Table, [2]float64{raw, number.Draw(t, "true")})
			}
		case Humidity:
			c.Quantity = reading.PM2_5
			c.Humidity = &HumidityModel{Name: rapid.SampledFrom([]string{"epa-2021", "epa-2020"}).Draw(t, "model")}
			c.Humidity.Sensor = reading.SensorID(rapid.SampledFrom([]string{"", "bme-1"}).Draw(t, "from"))
		case Datum:
			c.Quantity = reading.Distance
			c.DatumM = rapid.Float64Range(-5, 50).Draw(t, "datum")
		}
		return c
	})
}

// anyCorrection draws valid corrections.
func anyCorrection() *rapid.Generator[Correction] {
	return rapid.Custom(func(t *rapid.T) Correction {
		kind := rapid.SampledFrom([]Kind{Offset, Linear, Polynomial, Table, Humidity, Datum}).Draw(t, "kind")
		return correctionOf(kind).Draw(t, "c")
	})
}

// offset is a correction that tests look for by its number.
func offset(sensor reading.SensorID, q reading.Quantity, by float64) Correction {
	return Correction{Sensor: sensor, Quantity: q, Kind: Offset, Offset: by, Author: "sari", Reason: "compared with a thermometer"}
}
