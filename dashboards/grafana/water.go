package grafana

import (
	"github.com/siaga-id/siaga/internal/reading"
)

// water shows every gauge against its own levels, the worst first and once more as
// they stand along their rivers.
func water() Dashboard {
	return Dashboard{
		UID: "siaga-air", Title: Text{"Air sungai", "Rivers"}, Wall: true, From: "now-6h", Refresh: "30s",
		Description: Text{"Tinggi muka air terhadap tingkat siaga tiap pengukur, dan hujan", "Water levels against each gauge's own, and rain"},
		Panels: []Panel{
			head(Place{0, 0, 7, 4}, Text{"Air sungai", "Rivers"}, Text{
				"Tinggi dalam cm di atas nol tiap pengukur; warna dan kata menurut tingkat siaga pengukur itu sendiri.",
				"In cm above each gauge's zero; colour and word by that gauge's own levels.",
			}),
			count(Text{"Di atas normal (pengukur)", "Above normal (gauges)"},
				Text{"Pengukur yang sekarang di tingkat 1 ke atas", "Gauges that are at rank 1 or above now"}, Place{7, 0, 4, 4}, alarm,
				`ceil("rank" / 3)`, indexed("rank")),
			count(Text{"Diam (pengukur)", "Silent (gauges)"},
				Text{"Pengukur yang sekarang tidak memberi tinggi muka air", "Gauges that give no level now"}, Place{11, 0, 4, 4}, alarm,
				`"silent"`, indexed("silent")),
			count(Text{"Tingkat karangan (pengukur)", "Invented levels (gauges)"},
				Text{"Pengukur yang tingkat siaganya contoh: tidak ada yang menetapkannya", "Gauges whose levels are examples: nobody decreed them"}, Place{15, 0, 4, 4}, doubtful,
				`"invented"`, indexed("invented")),
			{
				Kind: Stat, Place: Place{19, 0, 5, 4}, Title: Text{"Meragukan, tetapi ditampilkan, cm", "Suspect, but shown, cm"},
				Description: Text{
					"Pengukur yang menit terakhirnya hanya punya bacaan meragukan; kepala lahar juga begitu",
					"Gauges whose newest minute has suspect readings only; so has the front of a lahar",
				},
				Queries:    []Query{table(`SELECT "level_cm", "node" FROM %s WHERE "doubt" = 1`, indexed("level_cm", "doubt"))},
				Transforms: []Transform{sortBy("level_cm", true), first(3), without("Time")},
				Field:      Field{Unit: same("none"), Steps: all(doubtful), Links: toVillage, NoValue: noneTold},
			},
			gaugeTiles(Place{0, 4, 24, 6}, 8),
			alongRivers(Place{0, 10, 9, 17}, 15),
			bars(Text{"Jarak ke tingkat berikutnya, cm", "Below the next level, cm"},
				Text{"Yang paling dekat di atas; negatif: di atas tingkat tertinggi", "The nearest on top; negative: above the highest level"},
				Place{9, 10, 5, 8}, table(`SELECT "margin", "node" FROM %s`, indexed("margin")), "margin", false,
				Field{Unit: same("suffix:cm"), Steps: []Step{{0, noValueColor}, {-1e9, alarm}, {0, warn}, {20, watch}, {50, fine}}, Min: number(0), Max: number(100)}),
			bars(Text{"Naik dalam 15 menit, cm", "Rise in 15 minutes, cm"},
				Text{"Yang paling cepat naik di atas; negatif: turun", "The fastest rising on top; negative: falling"},
				Place{14, 10, 5, 8}, table(`SELECT "rise_15", "node" FROM %s`, indexed("rise_15")), "rise_15", true, rising(50)),
			bars(Text{"Naik dalam satu jam, cm/jam", "Rise in an hour, cm/h"},
				Text{"Yang paling cepat naik di atas; negatif: turun", "The fastest rising on top; negative: falling"},
				Place{19, 10, 5, 8}, table(`SELECT "rise", "node" FROM %s`, indexed("rise")), "rise", true, rising(100)),
			{
				Kind: StateTimeline, Place: Place{9, 18, 5, 9}, Title: Text{"Tingkat siaga, 6 jam", "Ranks, 6 h"},
				Description: Text{"Tingkat tiap pengukur; celah: tidak ada bacaan", "Each gauge's rank; a gap: no readings"},
				Queries:     []Query{series(same("$tag_node"), `SELECT max("rank") FROM "index" WHERE $timeFilter GROUP BY time($__interval), "node", "sensor" fill(none)`)},
				Field:       Field{Unit: same("none"), Color: noValueColor, Mappings: rankWords, Links: lineToVillage},
			},
			{
				Kind: TimeSeries, Place: Place{14, 18, 5, 9}, Title: Text{"Tinggi muka air, cm, 6 jam", "Water levels, cm, 6 h"},
				Description: Text{"Rata-rata menit tiap pengukur, terkoreksi bila ada; celah: tidak ada bacaan", "Each gauge's minutes, corrected where there is a correction; a gap: no readings"},
				Queries:     []Query{series(same("$tag_node"), `SELECT max("level_cm") FROM "index" WHERE $timeFilter GROUP BY time($__interval), "node", "sensor" fill(none)`)},
				Field:       Field{Unit: same("suffix:cm"), Links: lineToVillage},
			},
			rain(Place{19, 18, 5, 4}),
			rainToday(Place{19, 22, 5, 5}),
		},
	}
}

// rising tells what rises from what falls; how fast is too fast nobody decreed. A
// full bar is most, in cm.
func rising(most float64) Field {
	return Field{Unit: same("suffix:cm"), Decimals: 1, Steps: []Step{{0, noValueColor}, {-1e9, plain}, {1, watch}}, Min: number(0), Max: number(most)}
}

// bars are the first rows of a table with a number and a village each.
func bars(words, about Text, at Place, q Query, column string, greatest bool, field Field) Panel {
	field.Links = toVillage
	return Panel{
		Kind: BarGauge, Place: at, Title: words, Description: about, Queries: []Query{q},
		Transforms: []Transform{sortBy(column, greatest), first(8), without("Time")},
		Field:      field,
	}
}

// nothing stands for what there is not: no gauge reads it, in cm.
const nothing = -99999

// gaugeTiles are the gauges by rank, the worst first: centimetres, and what people
// there call the level. Each rank is a query, so that it has its colour, and those
// without levels are the last one: InfluxQL cannot ask for nothing, but can fill it.
func gaugeTiles(at Place, tiles int) Panel {
	p := Panel{
		Kind: Stat, Place: at, Title: Text{"Tinggi muka air sekarang, cm", "Water levels now, cm"},
		Description: Text{
			"Rata-rata menit terbaru tiap pengukur, dengan nama tingkat siaganya; tingkat tertinggi di depan, lalu yang paling dekat ke tingkat berikutnya. Abu-abu: belum punya tingkat.",
			"Each gauge's newest minute, with the name of its level; the highest ranks first, then the nearest to the next. Grey: without levels.",
		},
		Transforms: []Transform{
			sortBy("margin", false), first(tiles), without("Time", "margin"),
		},
		Field:   Field{Unit: same("none"), Color: noValueColor, Links: toVillage},
		Options: map[string]any{"reduceOptions": map[string]any{"calcs": []string{"lastNotNull"}, "values": true, "fields": "", "limit": tiles}, "text": map[string]any{"titleSize": 18, "valueSize": 60}},
	}
	for i := range rankColors {
		rank := len(rankColors) - 1 - i
		p.Queries = append(p.Queries, table(`SELECT "level_cm", "margin", "node", "level_name" FROM %s WHERE "rank" = %d`,
			indexed("level_cm", "rank", "margin", "level_name"), rank))
		p.Overrides = append(p.Overrides, Override{"byFrameRefID", refID(i), []Property{
			{"color", fixed(rankColors[rank])}, {"displayName", same("${__data.fields.node}: ${__data.fields.level_name}")},
		}})
	}
	p.Queries = append(p.Queries, table(
		`SELECT "level_cm", "node" FROM (SELECT last("level_cm") AS "level_cm", last("rank") AS "rank" FROM "index" WHERE time > now() - %[1]s GROUP BY "node", "sensor" fill(%[2]d)) WHERE "rank" = %[2]d AND "level_cm" > %[2]d`,
		newestWithin, nothing))
	p.Overrides = append(p.Overrides, Override{"byFrameRefID", "E", []Property{{"displayName", same("${__data.fields.node}")}}})
	return p
}

// hourOfRain is the rain of each sensor's hours in mm: the mean of intervals times
// how many there were.
const hourOfRain = `(SELECT "rain_mean" * "rain_count" AS "mm" FROM "weather_1h" WHERE %s GROUP BY "node", "sensor")`

func rain(at Place) Panel {
	return Panel{
		Kind: TimeSeries, Place: at, Title: Text{"Hujan tiap jam, mm: desa terbasah", "Rain by hour, mm: the wettest village"},
		Description: Text{
			"Dari bacaan yang baik saja, jadi jam yang tidak lengkap kurang dari sebenarnya; jam ini belum terhitung",
			"Of good readings only, so that incomplete hours tell less than there was; this hour does not count yet",
		},
		Queries: []Query{series(same("mm"), `SELECT max("mm") AS "mm" FROM `+hourOfRain+` WHERE $timeFilter GROUP BY time(1h) fill(none)`, "$timeFilter")},
		Field: Field{Unit: same("suffix:mm"), Decimals: 1, Min: number(0), Steps: steps(reading.Rain), Custom: map[string]any{
			"drawStyle": "bars", "fillOpacity": 80, "lineWidth": 1, "insertNulls": betweenHours, "barAlignment": 1,
		}},
	}
}

func rainToday(at Place) Panel {
	return Panel{
		Kind: BarChart, Place: at, Title: Text{"Hujan 24 jam, mm", "Rain of 24 h, mm"},
		Description: Text{"Desa dengan hujan terbanyak; dari bacaan yang baik saja", "Villages with most rain; of good readings only"},
		Queries:     []Query{table(`SELECT sum("mm") AS "mm" FROM `+hourOfRain+` GROUP BY "node"`, "time > now() - 1d")},
		Transforms:  []Transform{sortBy("mm", true), first(4), inOrder("node", "mm")},
		Field:       Field{Unit: same("suffix:mm"), Min: number(0), Color: plain, Links: toVillage},
		Options:     map[string]any{"legend": map[string]any{"showLegend": false, "displayMode": "list", "placement": "bottom", "calcs": []string{}}, "xField": "node", "showValue": "always", "xTickLabelMaxLength": 14},
	}
}
