package grafana

import (
	"fmt"

	"github.com/siaga-id/siaga/internal/reading"
)

// overview is the first view of the wall: where things are worst, and whether what
// is shown is complete and current. It asks what the center has computed and raw
// readings of the last minutes only, at most 20 queries.
func overview() Dashboard {
	return Dashboard{
		UID: "siaga-ikhtisar", Title: Text{"Ikhtisar", "Overview"}, Wall: true, From: "now-24h", Refresh: "30s",
		Description: Text{"Udara, air sungai dan lalu lintas semua desa, dan apakah datanya lengkap", "Air, rivers and traffic of all villages, and whether their data is complete"},
		Panels: []Panel{
			head(Place{0, 0, 6, 4}, Text{"Keadaan desa", "The villages"}, Text{
				fmt.Sprintf("Nilai “sekarang” paling tua %s; desa yang diam menjadi abu-abu.", newestWithin),
				fmt.Sprintf("What is “now” is %s old at most; a silent village turns grey.", newestWithin),
			}),
			nodesOnline(Place{6, 0, 7, 4}),
			figures(Text{"Umur data (jam:menit:detik)", "Age of data (hours:minutes:seconds)"},
				Text{
					"Selang sejak bacaan terbaru melebihi waktunya: di desa yang paling baru, dan di yang paling lama diam",
					"Time since the newest reading beyond its interval: of the most current village, and of the longest silent",
				},
				Place{13, 0, 6, 4},
				series(same("$col"), `SELECT min("gap") AS "terbaru", max("gap") AS "terlama" FROM %s`, perNode("gap")),
				Field{Unit: same("dthms"), Steps: []Step{{0, noValueColor}, {0, fine}, {60, watch}, {600, alarm}}},
				named("terbaru", Text{"terbaru", "newest"}), named("terlama", Text{"terlama", "oldest"})),
			centerTiles(Place{19, 0, 5, 4}),
			villages(Place{0, 4, 11, 14}),
			silentTiles(Place{0, 18, 11, 4}, 4),
			ispuTiles(Place{11, 4, 13, 5}, 4),
			newestTiles(Text{"PM2.5 sekarang, µg/m³ (indikatif, bukan ISPU)", "PM2.5 now, µg/m³ (indicative, no ISPU)"}, reading.PM2_5, Place{11, 9, 13, 4}, 6, true),
			worstGauges(Place{11, 13, 13, 5}, 4),
			newestTiles(Text{"Jalan terpadat: okupansi sekarang, %", "Busiest roads: occupancy now, %"}, reading.Occupancy, Place{11, 18, 13, 4}, 5, true),
			band(Text{"PM2.5, 24 jam", "PM2.5, 24 h"}, reading.PM2_5, Place{0, 22, 8, 5}),
			rain(Place{8, 22, 8, 5}),
			band(Text{"Arus kendaraan, 24 jam", "Traffic flow, 24 h"}, reading.Flow, Place{16, 22, 8, 5}),
		},
	}
}

func number(v float64) *float64 { return &v }

// nodesOnline counts who is heard of among those that are registered, and how much
// of their data is here.
func nodesOnline(at Place) Panel {
	return figures(Text{"Node", "Nodes"},
		Text{
			"Node yang terdengar sekarang, semua yang terdaftar, dan bacaan sejam terakhir yang tersimpan dari yang dijanjikan",
			"Nodes heard of now, all registered, and readings of the last hour stored of those promised",
		}, at,
		series(same("$col"), `SELECT sum("online") AS "hidup", count("online") AS "terdaftar", mean("completeness") AS "lengkap" FROM %s`, perNode("online", "completeness")),
		Field{Unit: same("none"), Color: plain},
		named("hidup", Text{"hidup", "online"}), named("terdaftar", Text{"terdaftar", "registered"}),
		named("lengkap", Text{"lengkap sejam", "complete, hour"},
			Property{"unit", same("percent")}, Property{"color", map[string]any{"mode": "thresholds"}}, Property{"thresholds", thresholds(percentSteps)}))
}

// worstGauges are the gauges that are nearest to trouble, in one query instead of
// gaugeTiles' five: a tile's colour is its rank, its name all that is said.
func worstGauges(at Place, tiles int) Panel {
	return Panel{
		Kind: Stat, Place: at, Title: Text{"Sungai: tinggi muka air sekarang", "Rivers: water levels now"},
		Description: Text{
			"Tingkat siaga tertinggi di depan, lalu yang paling dekat ke tingkat berikutnya; warna menurut tingkatnya. Abu-abu: belum punya tingkat.",
			"The highest ranks first, then the nearest to the next; coloured by rank. Grey: without levels.",
		},
		Queries: []Query{table(`SELECT "level_cm", "rank", "margin", "node", "level_name" FROM %s`, indexed("level_cm", "rank", "margin", "level_name"))},
		// Sorting keeps the order of equals, so the later sort is the first key.
		Transforms: []Transform{sortBy("margin", false), sortBy("rank", true), first(tiles), written("level_cm"), without("Time", "margin")},
		Field: Field{
			Unit: same("none"), Links: toVillage,
			Steps: rankSteps,
		},
		Overrides: []Override{named("rank", same("${__data.fields.node}: ${__data.fields.level_cm} cm, ${__data.fields.level_name}")), {"byName", "level_name", []Property{{"noValue", Text{"tanpa tingkat", "no levels"}}}}},
		Options:   map[string]any{"textMode": "name", "text": map[string]any{"titleSize": 30, "valueSize": 30}},
	}
}
