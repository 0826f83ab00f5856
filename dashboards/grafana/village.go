package grafana

import (
	"fmt"
	"strings"

	"github.com/siaga-id/siaga/internal/reading"
)

// nodeVariable lists all nodes that the center watches over.
var nodeVariable = Variable{Name: "node", Label: Text{"Desa (node)", "Village (node)"}, Query: `SHOW TAG VALUES FROM "node" WITH KEY = "node"`}

// village is all of one node, for a desk.
func village() Dashboard {
	d := Dashboard{
		UID: "siaga-desa", Title: Text{"Desa", "Village"}, From: "now-6h", Refresh: "30s", Variables: []Variable{nodeVariable},
		Description: Text{"Semua tentang satu desa", "All of one village"},
		Panels: []Panel{
			head(Place{0, 0, 6, 4}, Text{"Desa: $node", "Village: $node"}, Text{
				"Satu node dengan semua sensornya; klik nilainya untuk sensor itu.", "One node with all its sensors; click a value for its sensor.",
			}),
			nodeFigures(Place{6, 0, 18, 4}),
			ofNode(ispuTiles(Place{0, 4, 5, 4}, 2)),
			ofNode(gaugeTiles(Place{5, 4, 5, 4}, 3)),
			{
				Kind: Table, Place: Place{10, 4, 14, 8}, Title: Text{"Sensor", "Sensors"},
				Description: Text{"Kesehatan sekarang dan kelengkapan 24 jam", "Health now, and completeness of 24 hours"},
				Queries: []Query{
					table(`SELECT "sensor", "health" FROM %s`, perSensor("health")),
					table(`SELECT "sensor", "completeness" FROM %s`, indexed("completeness")),
				},
				Transforms: []Transform{without("Time"), {ID: "joinByField", Options: map[string]any{"byField": "sensor", "mode": "outer"}}},
				Field:      Field{Unit: same("none"), Steps: []Step{{0, "transparent"}}},
				Overrides: []Override{
					named("health", Text{"kesehatan", "health"}, Property{"mappings", healthWords}, Property{"custom.cellOptions", map[string]any{"type": "color-background", "mode": "basic"}}),
					named("completeness", Text{"kelengkapan 24 jam", "completeness of 24 h"}, Property{"unit", same("percent")}, Property{"decimals", 1}, Property{"thresholds", thresholds(percentSteps)},
						Property{"custom.cellOptions", map[string]any{"type": "color-text"}}),
				},
			},
			{
				Kind: StateTimeline, Place: Place{0, 8, 10, 4}, Title: Text{"Hidup dan diam", "Online and silent"},
				Description: Text{"Menurut pusat, tiap menit; celah: pusat sendiri tidak menulis", "As the center sees it, each minute; a gap: the center itself did not write"},
				Queries:     []Query{series(Text{"node", "node"}, `SELECT min("online") FROM "node" WHERE $timeFilter AND "node" = '$node' AND "sensor" = '' GROUP BY time($__interval) fill(none)`)},
				Field:       Field{Unit: same("none"), Color: noValueColor, Mappings: onlineWords},
			},
		},
	}
	d.Panels[4] = ofNode(d.Panels[4])
	at := Place{0, 12, 8, 7}
	for _, g := range []struct {
		title Text
		of    []reading.Quantity
	}{
		{Text{"Partikel", "Particles"}, []reading.Quantity{reading.PM2_5, reading.PM10, reading.PM1}},
		{Text{"CO₂", "CO₂"}, []reading.Quantity{reading.CO2}},
		{Text{"Gas", "Gases"}, []reading.Quantity{reading.CO, reading.NO2, reading.O3, reading.SO2}},
		{Text{"Tinggi muka air", "Water level"}, []reading.Quantity{reading.Level}},
		{Text{"Hujan", "Rain"}, []reading.Quantity{reading.Rain}},
		{Text{"Suhu", "Temperature"}, []reading.Quantity{reading.Temperature}},
		{Text{"Kelembapan", "Humidity"}, []reading.Quantity{reading.Humidity}},
		{Text{"Arus", "Flow"}, []reading.Quantity{reading.Flow}},
		{Text{"Kecepatan", "Speed"}, []reading.Quantity{reading.Speed, reading.SpeedP85}},
		{Text{"Okupansi", "Occupancy"}, []reading.Quantity{reading.Occupancy}},
		{Text{"Aki", "Battery"}, []reading.Quantity{reading.Voltage}},
		{Text{"Sinyal", "Signal"}, []reading.Quantity{reading.Signal}},
	} {
		d.Panels = append(d.Panels, history(g.title, at, g.of...))
		if at.X += at.W; at.X == Columns {
			at.X, at.Y = 0, at.Y+at.H
		}
	}
	return d
}

// ofNode has the queries of a panel of newest values ask for $node only.
func ofNode(p Panel) Panel {
	for i := range p.Queries {
		p.Queries[i].InfluxQL = strings.ReplaceAll(p.Queries[i].InfluxQL, "time > now() - "+newestWithin, "time > now() - "+newestWithin+` AND "node" = '$node'`)
	}
	return p
}

// nodeFigures are a node's own state.
func nodeFigures(at Place) Panel {
	others := []string{"gap", "completeness", "queue", "delay_p99", "clock", "quarantined"}
	return Panel{
		Kind: Stat, Place: at, Title: Text{"Keadaan node", "State of the node"},
		Description: Text{"Sekarang; antrean, tunda dan jam hanya selama node terdengar", "Now; queue, delay and clock only while the node is heard of"},
		Queries:     []Query{series(same("$col"), `SELECT %s FROM "node" WHERE time > now() - %s AND "sensor" = '' AND "node" = '$node'`, newestOf("online", others), newestWithin)},
		Field:       Field{Unit: same("none"), Color: plain},
		Overrides: []Override{
			named("online", Text{"keadaan", "state"}, Property{"mappings", onlineWords}),
			named("gap", Text{"jeda", "gap"}, Property{"unit", same("dtdhms")}),
			named("completeness", Text{"kelengkapan sejam", "completeness, hour"}, Property{"unit", same("percent")}),
			named("queue", Text{"antrean", "queue"}),
			named("delay_p99", Text{"tunda p99", "delay p99"}, Property{"unit", same("suffix:s")}, Property{"decimals", 1}),
			named("clock", Text{"jam", "clock"}, Property{"mappings", clockWords}),
			named("quarantined", Text{"karantina", "quarantine"}),
		},
		Options: map[string]any{"reduceOptions": one()},
	}
}

// history shows one node's quantities over the view's range, as measured and
// corrected, without bad ones; suspect ones are points of their own colour.
func history(words Text, at Place, of ...reading.Quantity) Panel {
	p := Panel{
		Kind: TimeSeries, Place: at, Title: words,
		Description: Text{
			"Rata-rata per selang, mentah dan terkoreksi; titik ungu: meragukan; celah: tidak ada bacaan",
			"Means by interval, raw and corrected; purple points: suspect; a gap: no readings",
		},
		Field: Field{Unit: unit(of[0]), Decimals: decimals(of[0])},
	}
	for _, q := range of {
		ask := func(q reading.Quantity, name Text, flags string) {
			alias := Text{name.ID + " $tag_sensor", name.EN + " $tag_sensor"}
			p.Queries = append(p.Queries, series(alias,
				`SELECT mean("%[1]s") FROM "%[2]s" WHERE $timeFilter AND "node" = '$node' AND "%[1]s_qc" %[3]s GROUP BY time($__interval), "sensor" fill(none)`,
				q, q.Info().Domain, flags))
		}
		good := fmt.Sprintf("< %d", reading.Suspect)
		ask(q, title(q), good)
		ask(q.Corrected(), corrected(title(q)), good)
		p.Overrides = append(p.Overrides, suspectPoints(len(p.Queries)))
		ask(q, Text{title(q).ID + " meragukan", title(q).EN + " suspect"}, fmt.Sprintf("= %d", reading.Suspect))
	}
	p.Field.Links = []Link{{Text{"Lihat sensornya", "Show the sensor"}, "siaga-sensor", "var-node=$node&var-sensor=${__field.labels.sensor}&var-besaran=" + of[0].String()}}
	return p
}

// suspectPoints draws a query's series as points.
func suspectPoints(query int) Override {
	return Override{"byFrameRefID", refID(query), []Property{
		{"color", fixed(doubtful)}, {"custom.drawStyle", "points"}, {"custom.pointSize", 8},
	}}
}
