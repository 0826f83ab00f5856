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
			Field:       Field{Unit: unit(q), Decimals: decimals(q)},
		})
		if at.X += at.W; at.X == Columns {
			at.X, at.Y = 0, at.Y+at.H
		}
	}
	d.Panels = append(d.Panels, Panel{
		Kind: Table, Place: Place{0, at.Y, 24, 7}, Title: Text{"Celah data", "Gaps"},
		Description: Text{"Bacaan yang belum ada di pusat: menunggu, atau hilang", "Readings that are not at the center: waiting, or lost"},
		Queries:     []Query{{Plugin: &PluginQuery{Type: "gaps", Nodes: of}}},
		Field:       Field{Unit: same("none"), NoValue: Text{"tidak ada celah", "no gaps"}},
	})
	return d
}
