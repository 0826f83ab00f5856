package grafana

import "github.com/siaga-id/siaga/internal/reading"

// live is one village's readings as they arrive, its gaps, and what happened to it.
// It needs the plugin: without it, leave its file out.
func live() Dashboard {
	of := []string{"$node"}
	d := Dashboard{
		UID: "siaga-langsung", Title: Text{"Langsung", "Live"}, From: "now-15m", Refresh: "30s", Variables: []Variable{nodeVariable},
		Description: Text{"Bacaan satu desa begitu tiba", "One village's readings as they arrive"},
		Marks: []Mark{
			{Text{"Celah", "Gaps"}, doubtful, PluginQuery{Type: "annotations", Nodes: of, Kinds: []string{"gap"}}},
			{Text{"Konfigurasi dan kejadian", "Configuration and events"}, plain, PluginQuery{Type: "annotations", Nodes: of, Kinds: []string{"configuration", "event"}}},
		},
		Panels: []Panel{head(Place{0, 0, 24, 4}, Text{"Langsung: $node", "Live: $node"}, Text{
			"Bacaan begitu tiba di pusat, terkoreksi bila ada.", "Readings as they arrive at the center, corrected where there is a correction.",
		})},
	}
	at := Place{0, 4, 12, 8}
	for _, q := range []reading.Quantity{reading.PM2_5, reading.Level, reading.Flow, reading.Occupancy} {
		d.Panels = append(d.Panels, Panel{
			Kind: TimeSeries, Place: at, Title: title(q),
			Description: Text{"Langsung, terkoreksi bila ada; celah: tidak ada bacaan", "Live, corrected where there is a correction; a gap: no readings"},
			Queries:     []Query{{Plugin: &PluginQuery{Type: "readings", Quantity: q.String(), Nodes: of, Live: true}}},
			// The answer says how far apart readings are: a line breaks where one is missing.
			Field: Field{Unit: unit(q), Decimals: decimals(q), Custom: map[string]any{"insertNulls": false}},
		})
		if at.X += at.W; at.X == Columns {
			at.X, at.Y = 0, at.Y+at.H
		}
	}
	d.Panels = append(d.Panels, gaps(Place{0, at.Y, 24, 7}, of))
	return d
}

// gaps lists what of some nodes is not at the center. The center's own sentences are in
// one language; what the states mean is said here in both.
func gaps(at Place, nodes []string) Panel {
	width := Property{"custom.width", 200}
	return Panel{
		Kind: Table, Place: at, Title: Text{"Celah data", "Gaps"},
		Description: Text{"Bacaan yang belum ada di pusat: menunggu, atau hilang", "Readings that are not at the center: waiting, or lost"},
		Queries:     []Query{{Plugin: &PluginQuery{Type: "gaps", Nodes: nodes}}},
		Transforms: []Transform{
			without("node", "epoch", "from_pack", "to_pack", "words"), inOrder("from_time", "to_time", "state", "packs", "since", "reason", "said", "merged"),
		},
		Field: Field{Unit: same("none"), NoValue: Text{"tidak ada celah", "no gaps"}},
		Overrides: []Override{
			named("from_time", Text{"sesudah bacaan", "after the reading of"}, width, Property{"noValue", Text{"tidak diketahui", "not known"}}),
			named("to_time", Text{"sebelum bacaan", "before the reading of"}, width, Property{"noValue", Text{"belum ada", "none yet"}}),
			named("state", Text{"keadaan", "state"}, Property{"custom.width", 380}, Property{"mappings", mappings(
				Mapping{Kind: "value", Value: "waiting", Text: Text{"menunggu di node: datang sendiri", "waits at the node: comes by itself"}, Color: plain},
				Mapping{Kind: "value", Value: "missing", Text: Text{"belum tersimpan: cari kartunya", "not stored: look for its card"}, Color: doubtful},
				Mapping{Kind: "value", Value: "lost", Text: Text{"hilang: tidak akan datang", "lost: will not come"}, Color: alarm},
			)}, Property{"custom.cellOptions", map[string]any{"type": "color-background", "mode": "basic"}}),
			named("packs", Text{"paket", "packs"}, Property{"custom.width", 100}),
			named("since", Text{"diketahui sejak", "known since"}, width),
			named("reason", Text{"alasan", "reason"}, Property{"noValue", same("–")}),
			named("said", Text{"kata", "said by"}, Property{"custom.width", 120}, Property{"noValue", same("–")}),
			named("merged", Text{"tepat", "exact"}, Property{"custom.width", 120}, Property{"mappings", mappings(
				Mapping{Kind: "value", Value: "true", Text: Text{"kira-kira", "roughly"}, Color: doubtful},
				Mapping{Kind: "value", Value: "false", Text: Text{"ya", "yes"}},
			)}),
		},
		Options: map[string]any{"cellHeight": "sm"},
	}
}
