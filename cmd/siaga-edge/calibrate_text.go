package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/siaga-id/siaga/edge/calibration"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/internal/reading"
)

// atResolution is a value at its quantity's resolution.
func atResolution(q reading.Quantity, v float64) string {
	return strconv.FormatFloat(v, 'f', q.Info().Decimals, 64)
}

// exactNumber is a number as it was given.
func exactNumber(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// describeCorrection says in a few words what a correction computes.
func describeCorrection(c calibration.Correction, lang explain.Lang) string {
	unit := c.Quantity.Info().Display
	var text string
	switch c.Kind {
	case calibration.Offset:
		text = fmt.Sprintf("%+g %s", c.Offset, unit)
	case calibration.Linear:
		text = fmt.Sprintf("× %s %+g %s", exactNumber(c.Gain), c.Offset, unit)
	case calibration.Polynomial:
		var list []string
		for _, a := range c.Coefficients {
			list = append(list, exactNumber(a))
		}
		text = lang.Pick("polinom ", "polynomial ") + strings.Join(list, ", ")
	case calibration.Table:
		var list []string
		for _, pair := range c.Table {
			list = append(list, exactNumber(pair[0])+"→"+exactNumber(pair[1]))
		}
		text = lang.Pick("tabel ", "table ") + strings.Join(list, ", ")
	case calibration.Humidity:
		text = lang.Pick("kelembapan ", "humidity ") + c.Humidity.Name
		if c.Humidity.Sensor != "" {
			text += lang.Say(", RH dari %s", ", RH from %s", c.Humidity.Sensor)
		}
	case calibration.Datum:
		text = lang.Say("sensor %.3f m di atas nol papan duga", "sensor %.3f m above gauge zero", c.DatumM)
	default:
		return lang.Pick("tanpa koreksi", "no correction")
	}
	if n := len(c.Points); n > 0 {
		text += lang.Say(" (%d titik)", " (%d points)", n)
	}
	if c.Valid != nil {
		text += lang.Say(", berlaku %s sampai %s", ", valid %s to %s", exactNumber(c.Valid[0]), exactNumber(c.Valid[1]))
	}
	return text
}

// modelCaveat is what must be said of a humidity model wherever it is chosen; "" for
// other corrections.
func modelCaveat(c calibration.Correction, lang explain.Lang) string {
	if c.Kind != calibration.Humidity {
		return ""
	}
	m, ok := calibration.ModelNamed(c.Humidity.Name)
	if !ok {
		return ""
	}
	return lang.Say("Perhatian: model %s divalidasi di %s, BELUM divalidasi di Indonesia. Nilai mentah tetap disimpan.",
		"Note: model %s was validated in the %s, NOT in Indonesia. Raw values are kept.", m.Name, m.Validated)
}

// describeEvent says what a person did.
func describeEvent(e calibration.Entry, lang explain.Lang) string {
	switch e.Event {
	case calibration.SetEvent:
		return lang.Pick("diatur", "set")
	case calibration.UndoEvent:
		if e.Restores == 0 {
			return lang.Pick("dibatalkan", "undone")
		}
		return lang.Say("kembali ke versi %d", "back to version %d", e.Restores)
	default:
		return lang.Pick("sensor diganti", "sensor replaced")
	}
}
