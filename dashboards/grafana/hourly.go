package grafana

import (
	"fmt"
	"strings"

	"github.com/siaga-id/siaga/internal/reading"
)

// betweenHours is how far apart points of hourly roll-ups may be, in ms, before a
// line breaks.
const betweenHours = 5_400_000

// band shows how a quantity's hours went in all villages: the highest and the mean
// of their hourly means, as measured and corrected. Two lines are read from afar
// whatever the number of villages.
func band(words Text, q reading.Quantity, at Place) Panel {
	query := func(q reading.Quantity, suffix string) Query {
		return series(same("$col"), `SELECT max("%[1]s_mean") AS "tertinggi%[3]s", mean("%[1]s_mean") AS "rata-rata%[3]s" FROM "%[2]s_1h" WHERE $timeFilter GROUP BY time(1h) fill(none)`,
			q, q.Info().Domain, suffix)
	}
	highest, mean := Text{"tertinggi", "highest"}, Text{"rata-rata", "mean"}
	return Panel{
		Kind: TimeSeries, Place: at, Title: words,
		Description: Text{
			"Rata-rata per jam: yang tertinggi dan rata-rata semua desa, dari nilai yang baik; terkoreksi di samping yang mentah",
			"Hourly means: the highest and the mean of all villages, of good values; corrected beside raw",
		},
		Queries: []Query{query(q, ""), query(q.Corrected(), " terkoreksi")},
		Field:   Field{Unit: unit(q), Decimals: min(decimals(q), 1), Custom: map[string]any{"insertNulls": betweenHours, "lineInterpolation": "stepAfter"}},
		Overrides: []Override{
			named("tertinggi", highest), named("rata-rata", mean),
			named("tertinggi terkoreksi", corrected(highest)), named("rata-rata terkoreksi", corrected(mean)),
		},
	}
}

// days show the hours of the day beside each other, a day a row, and so what is
// usual at which hour. A heatmap panel has time on its axis and cannot; so this is
// a table whose cells are coloured, made of hourly roll-ups in the browser, where
// the hours become those of the center's zone.
func days(words Text, q reading.Quantity, at Place, steps []Step) Panel {
	columns := []string{`hari\jam`}
	for h := range 24 {
		columns = append(columns, fmt.Sprintf("%02d", h))
	}
	return Panel{
		Kind: Table, Place: at, Title: words,
		Description: Text{
			"Rata-rata semua desa per jam dalam enam hari, dari nilai yang baik tanpa koreksi; jam yang kosong tidak punya data",
			"Mean of all villages by hour of six days, of good values as measured; an empty hour has no data",
		},
		Queries: []Query{table(`SELECT mean("%s_mean") AS "nilai" FROM "%s_1h" WHERE time > now() - 6d GROUP BY time(1h) fill(none)`, q, q.Info().Domain)},
		Transforms: []Transform{
			{ID: "formatTime", Options: map[string]any{"timeField": "Time", "outputFormat": "E.DD/MM HH", "timezone": "Asia/Jakarta"}},
			{ID: "extractFields", Options: map[string]any{"source": "Time", "format": "regexp", "regExp": `/(?<hari>\S+) (?<jam>\d\d)/`, "replace": false, "keepTime": false}},
			// A column's name wins over those of the hours, unless it is calculated.
			rowwise("rata", "sum", "nilai"),
			{ID: "groupingToMatrix", Options: map[string]any{"columnField": "jam", "rowField": "hari", "valueField": "rata", "emptyValue": "null"}},
			inOrder(columns...),
		},
		Field: Field{
			Unit: same("none"), Steps: steps, NoValue: same("–"),
			Custom: map[string]any{"align": "center", "width": (at.W*78 - 126) / 24, "cellOptions": map[string]any{"type": "color-background", "mode": "basic"}},
		},
		Overrides: []Override{{"byName", `hari\jam`, []Property{
			{"displayName", Text{"hari", "day"}}, {"custom.cellOptions", map[string]any{"type": "auto"}}, {"custom.width", 100}, {"mappings", weekdays()},
		}}},
		Options: map[string]any{"cellHeight": "sm"},
	}
}

// weekdays name what moment writes as 1 to 7.
func weekdays() []Mapping {
	ids, ens := strings.Fields("Sen Sel Rab Kam Jum Sab Min"), strings.Fields("Mon Tue Wed Thu Fri Sat Sun")
	var all []Mapping
	for i := range ids {
		all = append(all, Mapping{Kind: "regex", Pattern: fmt.Sprintf(`/^%d\.(.*)$/`, i+1), Text: Text{ids[i] + " $1", ens[i] + " $1"}})
	}
	return mappings(all...)
}

// spread shows how values of all sensors were spread, hour by hour: a heatmap that
// the browser counts from hourly means.
func spread(words Text, q reading.Quantity, at Place, bucket float64) Panel {
	return Panel{
		Kind: Heatmap, Place: at, Title: words,
		Description: Text{
			"Berapa banyak sensor dengan nilai sekian, tiap jam; makin terang makin banyak",
			"How many sensors had such a value, each hour; the brighter the more",
		},
		Queries: []Query{series(same("$tag_node $tag_sensor"), `SELECT mean("%s_mean") FROM "%s_1h" WHERE $timeFilter GROUP BY time(1h), "node", "sensor" fill(none)`, q, q.Info().Domain)},
		Field:   Field{Unit: unit(q)},
		Options: map[string]any{
			"calculate": true,
			"calculation": map[string]any{
				"xBuckets": map[string]any{"mode": "size", "value": "1h"},
				"yBuckets": map[string]any{"mode": "size", "value": fmt.Sprint(bucket), "scale": map[string]any{"type": "linear"}},
			},
			"color":        map[string]any{"mode": "scheme", "scheme": "Blues", "fill": "dark-orange", "exponent": 0.5, "steps": 32, "reverse": false},
			"filterValues": map[string]any{"le": 1e-9},
			"yAxis":        map[string]any{"axisPlacement": "left", "unit": unit(q)},
			"showValue":    "never", "cellGap": 1,
			"legend":  map[string]any{"show": false},
			"tooltip": map[string]any{"mode": "single", "yHistogram": false, "showColorScale": false},
		},
	}
}
