package grafana

// alongRivers shows every gauge with a row, those of a river together, upstream
// first, so that what comes down is seen where it has not come yet. Its colour is its
// rank. How long water takes from one to the next nobody has measured, and it is not
// told. Gauges that give no level have a row too.
func alongRivers(at Place, rows int) Panel {
	column := func(name string, as Text, width int, more ...Property) Override {
		return named(name, as, append([]Property{{"custom.width", width}}, more...)...)
	}
	right := Property{"custom.align", "right"}
	return Panel{
		Kind: Table, Place: at, Title: Text{"Sungai dari hulu ke hilir, cm", "Rivers from upstream to downstream, cm"},
		Description: Text{
			"Tiap pengukur menurut urutannya di sungai, hulu di atas; warna menurut tingkat siaganya, abu-abu: diam atau belum punya tingkat. Urutan ditulis di inventaris: siaga site set KODE --river NAMA --river-order N",
			"Each gauge in its order along the river, upstream on top; coloured by its rank, grey: silent or without levels. The order is written into the inventory: siaga site set CODE --river NAME --river-order N",
		},
		Queries: []Query{table(
			`SELECT "river", "river_order", "node", "level_cm", "rank", "level_name", "margin", "rise_15", "rise", "doubt" FROM %s`,
			indexed("silent", "river", "river_order", "level_cm", "rank", "level_name", "margin", "rise_15", "rise", "doubt"))},
		// Sorting keeps the order of equals; a river that nobody has named comes last.
		Transforms: []Transform{
			sortBy("node", false), sortBy("river_order", false), sortBy("river", false), first(rows),
			inOrder("river", "river_order", "node", "level_cm", "level_name", "margin", "rise_15", "rise", "doubt", "rank"),
		},
		Field: Field{Unit: same("none"), NoValue: same("–")},
		Overrides: []Override{
			column("river", Text{"sungai", "river"}, 112, Property{"noValue", Text{"belum ditulis", "not written"}}),
			column("river_order", Text{"ke-", "no."}, 40, right),
			column("node", Text{"pengukur", "gauge"}, 126, Property{"links", toVillage}),
			column("level_cm", Text{"tinggi", "level"}, 60, right, Property{"noValue", Text{"diam", "silent"}}),
			column("level_name", Text{"tingkat", "name"}, 86),
			column("margin", Text{"sisa", "to next"}, 70, right),
			column("rise_15", Text{"15 mnt", "15 min"}, 58, right),
			column("rise", Text{"1 jam", "1 h"}, 52, right),
			column("doubt", same(" "), 58, Property{"mappings", mappings(
				Mapping{Kind: "value", Value: "0", Text: same(" ")},
				Mapping{Kind: "value", Value: "1", Text: Text{"ragu", "doubt"}},
			)}, Property{"noValue", same(" ")}),
			{"byName", "rank", []Property{
				{"custom.hidden", true},
				{"color", map[string]any{"mode": "thresholds"}},
				{"thresholds", thresholds(rankSteps)},
				{"custom.cellOptions", map[string]any{"type": "color-background", "mode": "basic", "applyToRow": true}},
			}},
		},
		Options: map[string]any{"cellHeight": "sm"},
	}
}
