package grafana

import (
	"fmt"

	"github.com/siaga-id/siaga/gateway/index/ispu"
	"github.com/siaga-id/siaga/internal/reading"
)

// Colours that several views share. Colour is never the only sign: a word or a
// number stands with it.
const (
	// noValueColor is of no class: nothing may look like good air.
	noValueColor = "#4a4f57"
	plain        = "#1f60c4" // a value that nobody judges
	fine         = "#2e9e5b"
	watch        = "#f2c200"
	warn         = "#f07c00"
	alarm        = "#d7191c"
	doubtful     = "#8f3bb8" // suspect, invented or withheld
)

// rankColors are of the severities 0 to 3.
var rankColors = [4]string{fine, watch, warn, alarm}

// rankSteps colour a rank; without one it is grey.
var rankSteps = []Step{{0, noValueColor}, {0, rankColors[0]}, {1, rankColors[1]}, {2, rankColors[2]}, {3, rankColors[3]}}

// ispuKnots are the 24-hour means in µg/m³ at which the next class begins
// (Permen LHK P.14/2020). A momentary value coloured by them is no ISPU, and the
// panels say so.
var ispuKnots = map[reading.Quantity][4]float64{
	reading.PM2_5: {15.5, 55.4, 150.4, 250.4},
	reading.PM10:  {50, 150, 350, 420},
	reading.SO2:   {52, 180, 400, 800},
	reading.CO:    {4000, 8000, 15000, 30000},
	reading.O3:    {120, 235, 400, 800},
	reading.NO2:   {80, 200, 1130, 2260},
}

// limits are the steps of quantities that are judged by other than the ISPU:
// occupancy at half and at 70 % of a lane (Siaga's proposal), hours of rain by
// BMKG's classes, a 12 V lead battery's voltage, and what a modem's signal is good
// for.
var limits = map[reading.Quantity][]Step{
	reading.Occupancy: {{0, noValueColor}, {0, fine}, {50, watch}, {70, alarm}},
	reading.Rain:      {{0, noValueColor}, {0, plain}, {5, watch}, {10, warn}, {20, alarm}},
	reading.Voltage:   {{0, noValueColor}, {0, alarm}, {11.5, watch}, {12, fine}},
	reading.Signal:    {{0, noValueColor}, {-200, alarm}, {-110, watch}, {-100, fine}},
}

// steps returns the colours of a quantity's values.
func steps(q reading.Quantity) []Step {
	if knots, ok := ispuKnots[q]; ok {
		classes := ispu.Categories()
		all := []Step{{0, noValueColor}, {q.Info().Min, classes[0].Colour}}
		for i, knot := range knots {
			all = append(all, Step{knot, classes[i+1].Colour})
		}
		return all
	}
	if s := limits[q.Raw()]; s != nil {
		return s
	}
	return all(plain)
}

// all is one colour for every value; what has none stays grey.
func all(color string) []Step { return []Step{{0, noValueColor}, {-1e9, color}} }

// percentSteps judge completeness; below 75 % there is no ISPU.
var percentSteps = []Step{{0, noValueColor}, {0, alarm}, {75, watch}, {95, fine}}

// ispuWords show an ISPU, made a text, with its class: "82 Sedang". Above 300
// people are told ">300".
func ispuWords() []Mapping {
	patterns := []string{`^(\d|[1-4]\d|50)$`, `^(5[1-9]|[6-9]\d|100)$`, `^(10[1-9]|1[1-9]\d|200)$`, `^(20[1-9]|2[1-9]\d|300)$`, `^(30[1-9]|3[1-9]\d|[4-9]\d\d)$`}
	var all []Mapping
	for i, c := range ispu.Categories() {
		number := "$1 "
		if c.From > 300 {
			number = ">300 "
		}
		all = append(all, Mapping{Kind: "regex", Pattern: "/" + patterns[i] + "/", Text: Text{number + c.Name, number + c.NameEN}, Color: c.Colour})
	}
	return mappings(all...)
}

// quantityWords show a quantity's field name as its title.
func quantityWords(of ...reading.Quantity) []Mapping {
	var all []Mapping
	for _, q := range of {
		all = append(all, Mapping{Kind: "value", Value: q.String(), Text: title(q)})
	}
	return mappings(all...)
}

// flagWords name the QARTOD flags.
var flagWords = mappings(
	Mapping{Kind: "value", Value: fmt.Sprint(uint8(reading.Good)), Text: Text{"baik", "good"}, Color: fine},
	Mapping{Kind: "value", Value: fmt.Sprint(uint8(reading.NotEvaluated)), Text: Text{"belum dinilai", "not evaluated"}, Color: plain},
	Mapping{Kind: "value", Value: fmt.Sprint(uint8(reading.Suspect)), Text: Text{"meragukan", "suspect"}, Color: doubtful},
	Mapping{Kind: "value", Value: fmt.Sprint(uint8(reading.Bad)), Text: Text{"buruk", "bad"}, Color: alarm},
	Mapping{Kind: "value", Value: fmt.Sprint(uint8(reading.Missing)), Text: Text{"tidak ada", "missing"}, Color: noValueColor},
)

// suspectWords put a warning before a name, and nothing where there is none.
var suspectWords = mappings(
	Mapping{Kind: "regex", Pattern: "/^[12]$/", Text: same(" ")},
	Mapping{Kind: "regex", Pattern: "/^3$/", Text: Text{"RAGU: ", "DOUBT: "}, Color: doubtful},
)

// healthWords, onlineWords and clockWords name what the measurement "node" has as
// numbers.
var (
	healthWords = mappings(
		Mapping{Kind: "value", Value: "0", Text: Text{"rusak", "bad"}, Color: alarm},
		Mapping{Kind: "value", Value: "1", Text: Text{"memulai", "starting"}, Color: watch},
		Mapping{Kind: "value", Value: "2", Text: Text{"pemanasan", "warming up"}, Color: watch},
		Mapping{Kind: "value", Value: "3", Text: Text{"baik", "good"}, Color: fine},
	)
	onlineWords = mappings(
		Mapping{Kind: "value", Value: "0", Text: Text{"diam", "silent"}, Color: alarm},
		Mapping{Kind: "value", Value: "1", Text: Text{"hidup", "online"}, Color: fine},
	)
	clockWords = mappings(
		Mapping{Kind: "value", Value: "0", Text: Text{"tidak tahu jam", "unknown"}, Color: alarm},
		Mapping{Kind: "value", Value: "1", Text: Text{"taksiran", "estimated"}, Color: watch},
		Mapping{Kind: "value", Value: "2", Text: Text{"tepat", "synchronised"}, Color: fine},
	)
	rankWords = mappings(
		Mapping{Kind: "value", Value: "0", Text: Text{"normal", "normal"}, Color: rankColors[0]},
		Mapping{Kind: "value", Value: "1", Text: Text{"tingkat 1", "rank 1"}, Color: rankColors[1]},
		Mapping{Kind: "value", Value: "2", Text: Text{"tingkat 2", "rank 2"}, Color: rankColors[2]},
		Mapping{Kind: "value", Value: "3", Text: Text{"tingkat 3", "rank 3"}, Color: rankColors[3]},
	)
)

func title(q reading.Quantity) Text { return Text{q.Info().TitleID, q.Info().TitleEN} }

// english are the units that are written otherwise there.
var english = map[string]string{"kend./jam": "veh./h", "km/jam": "km/h", "mm/jam": "mm/h", "kendaraan": "vehicles", "byte": "bytes"}

// shown is a quantity's unit as people read it.
func shown(q reading.Quantity) Text {
	display := q.Info().Display
	if en, ok := english[display]; ok {
		return Text{display, en}
	}
	return same(display)
}

// withUnit is "PM2.5 (µg/m³)".
func withUnit(q reading.Quantity) Text {
	return Text{q.Info().TitleID + " (" + shown(q).ID + ")", q.Info().TitleEN + " (" + shown(q).EN + ")"}
}

// unit returns Grafana's name of a quantity's unit; a unit that Grafana does not
// know, or would scale, becomes a suffix: that one village stands there in m and
// the next in mm is nothing for a wall.
func unit(q reading.Quantity) Text {
	known := map[string]string{
		"Cel": "celsius", "hPa": "pressurehpa", "ppm": "ppm", "ppb": "conppb",
		"ug/m3": "conμgm3", "/100": "percent", "B": "bytes",
	}
	if u, ok := known[q.Info().Unit]; ok {
		return same(u)
	}
	return Text{"suffix:" + shown(q).ID, "suffix:" + shown(q).EN}
}

// decimals are those that a quantity is shown with.
func decimals(q reading.Quantity) int { return min(q.Info().Decimals, 2) }
