package grafana

import (
	"fmt"

	"github.com/siaga-id/siaga/internal/reading"
)

// fleet tells who has to be visited first.
func fleet() Dashboard {
	return Dashboard{
		UID: "siaga-armada", Title: Text{"Armada", "Fleet"}, Wall: true, From: "now-24h", Refresh: "30s",
		Description: Text{"Node dan sensor: siapa yang perlu dikunjungi lebih dulu", "Nodes and sensors: who needs a visit first"},
		Panels: []Panel{
			head(Place{0, 0, 4, 4}, Text{"Armada", "Fleet"}, Text{
				"Yang paling perlu dikunjungi di depan.", "Who needs a visit most stands first.",
			}),
			nodesOnline(Place{4, 0, 6, 4}),
			count(Text{"Sensor rusak", "Bad sensors"}, Text{"Sensor yang tidak memberi bacaan, atau nodenya diam", "Sensors that give no readings, or whose node is silent"},
				Place{10, 0, 3, 4}, alarm, `1 - ceil("health" / 3)`, perSensor("health")),
			count(Text{"Jam tidak tepat", "Unsure clocks"}, Text{"Node yang jamnya hanya taksiran atau tidak diketahui", "Nodes whose clock is estimated or unknown"},
				Place{13, 0, 3, 4}, watch, `1 - floor("clock" / 2)`, perNode("clock")),
			figures(Text{"Antrean (paket)", "Queued (packs)"}, Text{"Paket yang menunggu di semua node", "Packs that wait at all nodes"},
				Place{16, 0, 3, 4}, series(same("$col"), `SELECT sum("queue") AS "n" FROM %s`, perNode("queue")),
				Field{Unit: same("none"), Steps: []Step{{0, noValueColor}, {0, fine}, {1000, watch}}}, named("n", same(" "))),
			quarantineTiles(Place{19, 0, 5, 4}),
			silentTiles(Place{0, 4, 10, 5}, 4),
			{
				Kind: Stat, Place: Place{10, 4, 9, 5}, Title: Text{"Sensor rusak di node yang hidup", "Bad sensors of nodes that are online"},
				Description: Text{"Kesehatan 0: tidak memberi bacaan", "Health 0: gives no readings"},
				Queries: []Query{
					table(`SELECT "health", "node", "sensor" FROM %s WHERE "health" = 0 AND "heard" = 1`, perSensor("health", "heard")),
				},
				Transforms: []Transform{first(4), without("Time")},
				Field:      Field{Unit: same("none"), Mappings: healthWords, Steps: all(alarm), Links: toVillage, NoValue: noneTold},
			},
			centerTiles(Place{19, 4, 5, 5}),
			visits(Place{0, 9, 24, 9}),
			{
				Kind: StatusHistory, Place: Place{0, 18, 12, 9}, Title: Text{"Menit diam tiap jam, 24 jam: hanya node yang pernah diam", "Silent minutes by hour, 24 h: only nodes that were silent"},
				Description: Text{
					"Berapa menit tiap jam node tidak terdengar; kosong: tidak ada yang dicatat pusat; node yang selalu hidup tidak tercantum",
					"How many minutes of each hour a node was not heard of; empty: none that the center has written down; nodes that were always online are not listed",
				},
				Queries: []Query{series(same("$tag_node"), `SELECT sum("diam") FROM (SELECT 1 - "online" AS "diam" FROM "node" WHERE $timeFilter AND "sensor" = '' AND "online" = 0) WHERE $timeFilter GROUP BY time(1h), "node" fill(null)`)},
				Field: Field{
					Unit: same("none"), Links: lineToVillage, NoValue: noneTold,
					Steps: []Step{{0, noValueColor}, {1, watch}, {15, alarm}},
				},
				Options: map[string]any{"showValue": "auto"},
			},
			bars(Text{"Kelengkapan sejam, %", "Completeness of an hour, %"}, Text{"Bacaan yang tersimpan dari yang dijanjikan; yang paling kurang di atas", "Readings stored of those promised; the least on top"},
				Place{12, 18, 4, 9}, table(`SELECT "completeness", "node" FROM %s`, perNode("completeness")), "completeness", false,
				Field{Unit: same("percent"), Steps: percentSteps, Min: number(0), Max: number(100)}),
			least(Text{"Aki, V", "Battery, V"}, reading.Voltage, Place{16, 18, 4, 9}, 10, 15),
			least(Text{"Sinyal, dBm", "Signal, dBm"}, reading.Signal, Place{20, 18, 4, 9}, -120, -50),
		},
	}
}

// least shows the nodes with the least of a quantity that they send of themselves.
func least(words Text, q reading.Quantity, at Place, from, to float64) Panel {
	p := bars(words, Text{
		fmt.Sprintf("%s sekarang; yang paling rendah di atas", title(q).ID), fmt.Sprintf("%s now; the lowest on top", title(q).EN),
	}, at, table(`SELECT "nilai", "node" FROM (SELECT last("%[1]s") AS "nilai" FROM "%[2]s" WHERE time > now() - %[3]s AND %[4]s GROUP BY "node")`,
		q, q.Info().Domain, newestWithin, notBad(q)), "nilai", false,
		Field{Unit: same("none"), Decimals: min(decimals(q), 1), Steps: steps(q), Min: number(from), Max: number(to)})
	return p
}

// visits is all that is known of every node, the one that is worst off first.
func visits(at Place) Panel {
	nodes := perNode("online", "gap", "health", "completeness", "delay_p99", "queue", "queue_age", "clock", "quarantined", "repair")
	background := Property{"custom.cellOptions", map[string]any{"type": "color-background", "mode": "basic"}}
	column := func(name string, as Text, unit string, steps []Step, words []Mapping) Override {
		o := named(name, as, Property{"unit", same(unit)}, Property{"custom.width", 136})
		if words != nil {
			o.Properties = append(o.Properties, Property{"mappings", words}, background)
		}
		if steps != nil {
			o.Properties = append(o.Properties, Property{"thresholds", thresholds(steps)}, background)
		}
		return o
	}
	more := func(from, to float64) []Step { return []Step{{0, "transparent"}, {from, watch}, {to, alarm}} }
	return Panel{
		Kind: Table, Place: at, Title: Text{"Siapa dikunjungi lebih dulu", "Who to visit first"},
		Description: Text{
			"Diam dan rusak di depan, lalu yang paling tidak lengkap; aki dan sinyal bila node mengirimnya",
			"Silent and bad ones first, then the least complete; battery and signal where a node sends them",
		},
		Queries: []Query{
			table(`SELECT "node", "online", "health", "gap", "completeness", "delay_p99", "queue", "queue_age", "clock", "quarantined", "repair" FROM %s`, nodes),
			table(`SELECT "voltage", "node" FROM (SELECT last("voltage") AS "voltage" FROM "power" WHERE time > now() - %s AND %s GROUP BY "node")`, newestWithin, notBad(reading.Voltage)),
			table(`SELECT "signal", "node" FROM (SELECT last("signal") AS "signal" FROM "node" WHERE time > now() - %s AND %s GROUP BY "node")`, newestWithin, notBad(reading.Signal)),
		},
		Transforms: []Transform{
			without("Time"), joined(),
			inOrder("node", "online", "health", "gap", "completeness", "delay_p99", "queue", "queue_age", "clock", "quarantined", "voltage", "signal", "repair"),
		},
		Field: Field{Unit: same("none"), Steps: []Step{{0, "transparent"}}, NoValue: same("–")},
		Overrides: []Override{
			named("node", Text{"node", "node"}, Property{"custom.width", 200}, Property{"links", toVillage}),
			column("online", Text{"keadaan", "state"}, "none", nil, onlineWords),
			column("health", Text{"sensor", "sensors"}, "none", nil, healthWords),
			column("gap", Text{"jeda", "gap"}, "dtdhms", more(60, 600), nil),
			column("completeness", Text{"lengkap", "complete"}, "percent", percentSteps, nil),
			column("delay_p99", Text{"tunda p99", "delay p99"}, "suffix:s", more(10, 60), nil),
			column("queue", Text{"antrean", "queue"}, "none", more(100, 1000), nil),
			column("queue_age", Text{"umur antrean", "queue's age"}, "dtdhms", more(600, 3600), nil),
			column("clock", Text{"jam", "clock"}, "none", nil, clockWords),
			column("quarantined", Text{"karantina", "quarantine"}, "none", more(1, 100), nil),
			named("voltage", Text{"aki, V", "battery, V"}, Property{"decimals", 1}, Property{"custom.width", 136}, Property{"thresholds", thresholds(steps(reading.Voltage))}, background),
			column("signal", Text{"sinyal, dBm", "signal, dBm"}, "none", steps(reading.Signal), nil),
			column("repair", Text{"perbaikan", "repair"}, "none", nil, mappings(
				Mapping{Kind: "value", Value: "0", Text: same("–")},
				Mapping{Kind: "value", Value: "1", Text: Text{"sedang", "under way"}, Color: plain},
			)),
		},
		Options: map[string]any{"cellHeight": "sm", "sortBy": []any{
			map[string]any{"displayName": Text{"keadaan", "state"}, "desc": false},
			map[string]any{"displayName": Text{"sensor", "sensors"}, "desc": false},
			map[string]any{"displayName": Text{"lengkap", "complete"}, "desc": false},
		}},
	}
}
