package grafana

import (
	"fmt"

	"github.com/siaga-id/siaga/gateway/index/ispu"
	"github.com/siaga-id/siaga/internal/reading"
)

// air keeps what the air is like now and the ISPU of 24 hours apart: a momentary
// value is no ISPU.
func air() Dashboard {
	return Dashboard{
		UID: "siaga-udara", Title: Text{"Udara", "Air"}, Wall: true, From: "now-24h", Refresh: "30s",
		Description: Text{"ISPU 24 jam dan nilai sekarang yang indikatif", "ISPU of 24 hours, and indicative values of now"},
		Panels: []Panel{
			head(Place{0, 0, 8, 4}, Text{"Udara", "Air"}, classes()),
			count(Text{"ISPU ditahan (sensor)", "ISPU withheld (sensors)"},
				Text{
					"Sensor tanpa ISPU, karena tidak ada parameter yang datanya lengkap 75 % dalam 24 jam",
					"Sensors without an ISPU, since no parameter has 75 % of its data in 24 hours",
				}, Place{8, 0, 4, 4}, doubtful,
				`"withheld"`, indexed("withheld")),
			withheldTiles(Place{12, 0, 12, 4}, 4),
			ispuTiles(Place{0, 4, 24, 5}, 8),
			newestTiles(Text{"PM2.5 sekarang, µg/m³ (indikatif, bukan ISPU)", "PM2.5 now, µg/m³ (indicative, no ISPU)"}, reading.PM2_5, Place{0, 9, 12, 5}, 8, true),
			newestTiles(Text{"PM10 sekarang, µg/m³ (indikatif, bukan ISPU)", "PM10 now, µg/m³ (indicative, no ISPU)"}, reading.PM10, Place{12, 9, 12, 5}, 8, true),
			newestTiles(Text{"CO₂ sekarang, ppm", "CO₂ now, ppm"}, reading.CO2, Place{0, 14, 8, 4}, 4, true),
			gases(Place{8, 14, 16, 4}),
			band(Text{"PM2.5, 24 jam", "PM2.5, 24 h"}, reading.PM2_5, Place{0, 18, 7, 9}),
			days(Text{"PM2.5 menurut jam, µg/m³ (rata-rata semua desa)", "PM2.5 by hour, µg/m³ (mean of all villages)"}, reading.PM2_5, Place{7, 18, 17, 9}, steps(reading.PM2_5)),
		},
	}
}

// classes tells the regulation's classes.
func classes() Text {
	var t Text
	all := ispu.Categories()
	for i, c := range all {
		to := "–" + fmt.Sprint(all[min(i+1, len(all)-1)].From-1)
		if i == len(all)-1 {
			to = "+"
		}
		t.ID += fmt.Sprintf("%s %.0f%s · ", c.Name, c.From, to)
		t.EN += fmt.Sprintf("%s %.0f%s · ", c.NameEN, c.From, to)
	}
	return Text{"ISPU: " + t.ID + "Permen LHK P.14/2020", "ISPU: " + t.EN + "Permen LHK P.14/2020"}
}

// ispuTiles are the villages with the worst ISPU, by class and with the parameter
// that decides.
func ispuTiles(at Place, tiles int) Panel {
	return Panel{
		Kind: Stat, Place: at, Title: Text{"ISPU (24 jam)", "ISPU (24 h)"},
		Description: Text{
			"Indeks Standar Pencemar Udara, rata-rata 24 jam, dengan parameter kritisnya; yang terburuk di depan. Ditahan selama datanya kurang dari 75 % lengkap.",
			"Air pollution index by the Indonesian standard, of 24-hour means, with the parameter that decides; the worst first. Withheld below 75 % of the data.",
		},
		Queries:    []Query{table(`SELECT "ispu", "parameter", "node" FROM %s`, indexed("ispu", "parameter"))},
		Transforms: []Transform{sortBy("ispu", true), first(tiles), written("ispu"), inOrder("node", "parameter", "ispu")},
		Field: Field{
			Unit: same("string"), Steps: []Step{{0, noValueColor}}, Links: toVillage,
			NoValue: Text{"ditahan: data belum 75 % lengkap", "withheld: less than 75 % of the data"},
		},
		Overrides: []Override{
			{"byName", "ispu", []Property{{"mappings", ispuWords()}}},
			{"byName", "parameter", []Property{{"mappings", quantityWords(ispu.Parameters()...)}}},
		},
		Options: map[string]any{"reduceOptions": map[string]any{"calcs": []string{"lastNotNull"}, "values": true, "fields": "/^ispu$/"}, "text": map[string]any{"titleSize": 18, "valueSize": 32}},
	}
}

// withheldTiles say how far the villages are from having an ISPU.
func withheldTiles(at Place, tiles int) Panel {
	return Panel{
		Kind: Stat, Place: at, Title: Text{"ISPU ditahan: kelengkapan 24 jam, % (perlu 75)", "ISPU withheld: completeness of 24 h, % (75 wanted)"},
		Description: Text{
			"Kelengkapan parameter yang paling lengkap; yang paling kurang di depan",
			"Completeness of the most complete parameter; the least first",
		},
		Queries: []Query{table(`SELECT "ispu_completeness", "node" FROM %s WHERE "withheld" = 1`, indexed("withheld", "ispu_completeness"))},
		Transforms: []Transform{
			sortBy("ispu_completeness", false), first(tiles), without("Time"),
		},
		Field: Field{Unit: same("percent"), Steps: all(doubtful), Links: toVillage, NoValue: noneTold},
	}
}

// gases are the highest values of all villages, a tile each gas, with the village.
// Suspect ones do not count: a tile could not say so.
func gases(at Place) Panel {
	p := Panel{
		Kind: Stat, Place: at, Title: Text{"Gas: tertinggi sekarang (indikatif)", "Gases: highest now (indicative)"},
		Description: Text{
			fmt.Sprintf("Nilai tertinggi dari semua desa, paling tua %s, tanpa yang meragukan dan tanpa koreksi; warna menurut ambang ISPU 24 jam", newestWithin),
			fmt.Sprintf("Highest value of all villages, %s old at most, without suspect ones, as measured; coloured by the ISPU's 24-hour knots", newestWithin),
		},
		Transforms: []Transform{without("Time")},
		Field:      Field{Unit: same("none"), Links: toVillage, Steps: all(plain)},
	}
	for i, q := range []reading.Quantity{reading.CO, reading.NO2, reading.O3, reading.SO2, reading.TVOC} {
		p.Queries = append(p.Queries, table(
			`SELECT max("v") AS "nilai", "node" FROM (SELECT last("%[1]s") AS "v" FROM "%[2]s" WHERE time > now() - %[3]s AND "%[1]s_qc" < %[4]d GROUP BY "node", "sensor")`,
			q, q.Info().Domain, newestWithin, reading.Suspect))
		var color Property
		if s := steps(q); len(s) > 2 {
			color = Property{"thresholds", thresholds(s)}
		} else {
			color = Property{"color", fixed(plain)}
		}
		p.Overrides = append(p.Overrides, Override{"byFrameRefID", refID(i), []Property{
			{"displayName", Text{title(q).ID + ", ${__data.fields.node}", title(q).EN + ", ${__data.fields.node}"}}, {"unit", unit(q)}, color,
		}})
	}
	return p
}
