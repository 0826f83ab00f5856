package grafana

import (
	"fmt"

	"github.com/siaga-id/siaga/internal/reading"
)

// traffic shows vehicles, not SMP: without classes of vehicles there are none.
func traffic() Dashboard {
	return Dashboard{
		UID: "siaga-lalulintas", Title: Text{"Lalu lintas", "Traffic"}, Wall: true, From: "now-24h", Refresh: "30s",
		Description: Text{"Arus, kecepatan dan okupansi semua ruas", "Flow, speed and occupancy of all roads"},
		Panels: []Panel{
			head(Place{0, 0, 9, 4}, Text{"Lalu lintas", "Traffic"}, Text{
				"Arus dalam kendaraan, bukan SMP: jenis kendaraan belum dibedakan. Tiap lajur atau arah satu sensor.",
				"Flow in vehicles, not passenger car units: classes are not told apart. Each lane or direction is a sensor.",
			}),
			roads(Place{9, 0, 15, 4}),
			newestTiles(Text{"Terpadat: okupansi sekarang, %", "Busiest: occupancy now, %"}, reading.Occupancy, Place{0, 4, 24, 5}, 8, true),
			newestTiles(Text{"Arus terbesar sekarang, kend./jam", "Greatest flow now, veh./h"}, reading.Flow, Place{0, 9, 12, 4}, 5, true),
			newestTiles(Text{"Paling lambat sekarang, km/jam", "Slowest now, km/h"}, reading.Speed, Place{12, 9, 12, 4}, 5, false),
			band(Text{"Arus, 24 jam", "Flow, 24 h"}, reading.Flow, Place{0, 13, 8, 5}),
			speeds(Place{8, 13, 8, 5}),
			spread(Text{"Sebaran kecepatan, 24 jam", "Spread of speeds, 24 h"}, reading.Speed, Place{16, 13, 8, 5}, 10),
			days(Text{"Arus menurut jam, kend./jam (rata-rata semua ruas)", "Flow by hour, veh./h (mean of all roads)"}, reading.Flow, Place{0, 18, 24, 9},
				[]Step{{0, noValueColor}, {0, "#12324a"}, {100, "#1b5e7d"}, {250, "#2c8c99"}, {500, "#6bb38a"}, {1000, "#d9c65b"}}),
		},
	}
}

// roads are means of all roads, of readings that are not suspect.
func roads(at Place) Panel {
	p := Panel{
		Kind: Stat, Place: at, Title: Text{"Rata-rata semua ruas sekarang", "Mean of all roads now"},
		Description: Text{
			fmt.Sprintf("Rata-rata nilai terbaru semua sensor, paling tua %s, tanpa yang meragukan dan tanpa koreksi", newestWithin),
			fmt.Sprintf("Mean of all sensors' newest values, %s old at most, without suspect ones, as measured", newestWithin),
		},
		Field:   Field{Unit: same("none"), Color: plain},
		Options: map[string]any{"reduceOptions": one()},
	}
	for i, q := range []reading.Quantity{reading.Flow, reading.Speed, reading.SpeedP85, reading.Occupancy} {
		p.Queries = append(p.Queries, series(title(q),
			`SELECT mean("v") FROM (SELECT last("%[1]s") AS "v" FROM "%[2]s" WHERE time > now() - %[3]s AND "%[1]s_qc" < %[4]d GROUP BY "node", "sensor")`,
			q, q.Info().Domain, newestWithin, reading.Suspect))
		p.Overrides = append(p.Overrides, Override{"byFrameRefID", refID(i), []Property{{"displayName", withUnit(q)}}})
	}
	return p
}

// speeds are the mean and the 85th percentile of all roads, by hours.
func speeds(at Place) Panel {
	query := func(mean, p85 reading.Quantity, suffix string) Query {
		return series(same("$col"), `SELECT mean("%[1]s_mean") AS "rata-rata%[3]s", mean("%[2]s_mean") AS "persentil 85%[3]s" FROM "traffic_1h" WHERE $timeFilter GROUP BY time(1h) fill(none)`, mean, p85, suffix)
	}
	mean, p85 := Text{"rata-rata", "mean"}, Text{"persentil 85", "85th percentile"}
	return Panel{
		Kind: TimeSeries, Place: at, Title: Text{"Kecepatan, 24 jam", "Speed, 24 h"},
		Description: Text{
			"Rata-rata semua ruas per jam, dari nilai yang baik; terkoreksi di samping yang mentah",
			"Mean of all roads by hour, of good values; corrected beside raw",
		},
		Queries: []Query{
			query(reading.Speed, reading.SpeedP85, ""), query(reading.Speed.Corrected(), reading.SpeedP85.Corrected(), " terkoreksi"),
		},
		Field: Field{Unit: unit(reading.Speed), Custom: map[string]any{"insertNulls": betweenHours, "lineInterpolation": "stepAfter"}},
		Overrides: []Override{
			named("rata-rata", mean), named("persentil 85", p85),
			named("rata-rata terkoreksi", corrected(mean)), named("persentil 85 terkoreksi", corrected(p85)),
		},
	}
}
