package grafana

import "github.com/siaga-id/siaga/internal/reading"

// sensor is one quantity of one sensor, for a desk: raw, corrected, and what the
// checks said of it.
func sensor() Dashboard {
	const of = `$timeFilter AND "node" = '$node' AND "sensor" = '$sensor'`
	return Dashboard{
		UID: "siaga-sensor", Title: Text{"Sensor", "One sensor"}, From: "now-6h", Refresh: "30s",
		Description: Text{"Satu sensor: mentah, terkoreksi dan tanda mutunya", "One sensor: raw, corrected and its quality flags"},
		Variables: []Variable{
			nodeVariable,
			{Name: "sensor", Label: Text{"Sensor", "Sensor"}, Query: `SHOW TAG VALUES FROM "index" WITH KEY = "sensor" WHERE "node" = '$node'`},
			{Name: "besaran", Label: Text{"Besaran", "Quantity"}, Options: reading.Quantities()},
		},
		Panels: []Panel{
			head(Place{0, 0, 12, 4}, Text{"$node · $sensor", "$node · $sensor"}, Text{"${besaran:text}", "${besaran:text}"}),
			{
				Kind: Stat, Place: Place{12, 0, 6, 4}, Title: Text{"Kesehatan sekarang", "Health now"},
				Description: Text{"Menurut nodenya; diam berarti rusak", "As its node says; silent counts as bad"},
				Queries:     []Query{series(same("$col"), `SELECT last("health") AS "kesehatan" FROM "node" WHERE time > now() - %s AND "node" = '$node' AND "sensor" = '$sensor'`, newestWithin)},
				Field:       Field{Unit: same("none"), Mappings: healthWords, Color: noValueColor},
				Overrides:   []Override{named("kesehatan", same(" "))},
				Options:     map[string]any{"reduceOptions": one()},
			},
			{
				Kind: Gauge, Place: Place{18, 0, 6, 4}, Title: Text{"Kelengkapan 24 jam", "Completeness, 24 h"},
				Description: Text{"Bacaan baik dari yang dijanjikan selang ukurnya, 24 jam penuh terakhir", "Good readings of those that its interval promises, last 24 whole hours"},
				Queries:     []Query{series(same("$col"), `SELECT last("completeness") AS "lengkap" FROM "index" WHERE time > now() - %s AND "node" = '$node' AND "sensor" = '$sensor'`, newestWithin)},
				Field:       Field{Unit: same("percent"), Decimals: 1, Min: number(0), Max: number(100), Steps: percentSteps},
				Overrides:   []Override{named("lengkap", same(" "))},
				Options:     map[string]any{"reduceOptions": one()},
			},
			{
				Kind: TimeSeries, Place: Place{0, 4, 24, 10}, Title: Text{"${besaran:text}: mentah dan terkoreksi", "${besaran:text}: raw and corrected"},
				Description: Text{"Semua nilai yang tersimpan; ungu: meragukan, merah: buruk. Celah: tidak ada bacaan.", "All values stored; purple: suspect, red: bad. A gap: no readings."},
				Queries: []Query{
					series(Text{"mentah", "raw"}, `SELECT mean("$besaran") FROM %s WHERE %s GROUP BY time($__interval) fill(none)`, domains, of),
					series(Text{"terkoreksi", "corrected"}, `SELECT mean("${besaran}_cor") FROM %s WHERE %s GROUP BY time($__interval) fill(none)`, domains, of),
					series(Text{"meragukan", "suspect"}, `SELECT mean("$besaran") FROM %s WHERE %s AND "${besaran}_qc" = %d GROUP BY time($__interval) fill(none)`, domains, of, reading.Suspect),
					series(Text{"buruk", "bad"}, `SELECT mean("$besaran") FROM %s WHERE %s AND "${besaran}_qc" >= %d GROUP BY time($__interval) fill(none)`, domains, of, reading.Bad),
				},
				Field: Field{Unit: same("none"), Decimals: 2},
				Overrides: []Override{suspectPoints(2), {"byFrameRefID", refID(3), []Property{
					{"color", fixed(alarm)}, {"custom.drawStyle", "points"}, {"custom.pointSize", 8},
				}}},
			},
			{
				Kind: StateTimeline, Place: Place{0, 14, 24, 4}, Title: Text{"Tanda mutu terburuk (QARTOD)", "Worst quality flag (QARTOD)"},
				Description: Text{"Yang terburuk dari tiap selang; celah: tidak ada bacaan", "The worst of each interval; a gap: no readings"},
				Queries: []Query{
					series(Text{"mentah", "raw"}, `SELECT max("${besaran}_qc") FROM %s WHERE %s GROUP BY time($__interval) fill(none)`, domains, of),
					series(Text{"terkoreksi", "corrected"}, `SELECT max("${besaran}_cor_qc") FROM %s WHERE %s GROUP BY time($__interval) fill(none)`, domains, of),
				},
				Field: Field{Unit: same("none"), Color: noValueColor, Mappings: flagWords},
			},
			{
				Kind: TimeSeries, Place: Place{0, 18, 14, 8}, Title: Text{"${besaran:text}: tiap jam, dari nilai yang baik", "${besaran:text}: by hour, of good values"},
				Description: Text{"Terendah, rata-rata dan tertinggi tiap jam; jam ini belum terhitung", "Lowest, mean and highest of each hour; this hour does not count yet"},
				Queries: []Query{series(same("$col"),
					`SELECT min("${besaran}_min") AS "terendah", mean("${besaran}_mean") AS "rata-rata", max("${besaran}_max") AS "tertinggi" FROM %s WHERE %s GROUP BY time(1h) fill(none)`, hourlyDomains, of)},
				Field:     Field{Unit: same("none"), Decimals: 2, Custom: map[string]any{"insertNulls": betweenHours, "lineInterpolation": "stepAfter"}},
				Overrides: []Override{named("terendah", Text{"terendah", "lowest"}), named("rata-rata", Text{"rata-rata", "mean"}), named("tertinggi", Text{"tertinggi", "highest"})},
			},
			{
				Kind: TimeSeries, Place: Place{14, 18, 10, 8}, Title: Text{"Bacaan baik tiap jam", "Good readings by hour"},
				Description: Text{"Berapa banyak; jam ini belum terhitung", "How many; this hour does not count yet"},
				Queries:     []Query{series(Text{"bacaan", "readings"}, `SELECT sum("${besaran}_count") FROM %s WHERE %s GROUP BY time(1h) fill(none)`, hourlyDomains, of)},
				Field: Field{Unit: same("none"), Min: number(0), Custom: map[string]any{
					"drawStyle": "bars", "fillOpacity": 80, "lineWidth": 1, "insertNulls": betweenHours, "barAlignment": 1,
				}},
			},
		},
	}
}
