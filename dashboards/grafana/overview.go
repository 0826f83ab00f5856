package grafana

import (
	"fmt"

	"github.com/siaga-id/siaga/internal/reading"
)

// pm25Steps colours indicative values by the concentrations of ISPU's classes
// for PM2.5 (Permen LHK P.14/2020, 24-hour means). A momentary value is no ISPU,
// and the panels say so.
var pm25Steps = []Step{
	{0, "#34cc33"},
	{15.5, "#0070c0"},
	{55.4, "#ffc100"},
	{150.4, "#ff0000"},
	{250.4, "#000000"},
}

// Overview is the first view of the wall: every village's newest values, and how
// they came to be.
func Overview() Dashboard {
	return Dashboard{
		UID: "siaga-ikhtisar", Title: "Siaga: Ikhtisar",
		Description: "Udara, air sungai, cuaca dan lalu lintas semua desa",
		Tags:        []string{"siaga"}, From: "now-1h", Refresh: "30s",
		Panels: []Panel{
			newest(Stat, "PM2.5 sekarang (indikatif, bukan ISPU)", reading.PM2_5, Place{0, 0, 24, 5}, pm25Steps),
			history("PM2.5", reading.PM2_5, Place{0, 5, 12, 7}),
			history("PM10", reading.PM10, Place{12, 5, 12, 7}),
			newest(BarGauge, "Tinggi muka air sekarang", reading.Level, Place{0, 12, 6, 8}, nil),
			history("Tinggi muka air", reading.Level, Place{6, 12, 18, 8}),
			history("Arus lalu lintas", reading.Flow, Place{0, 20, 8, 7}),
			history("Kecepatan rata-rata", reading.Speed, Place{8, 20, 8, 7}),
			history("Suhu", reading.Temperature, Place{16, 20, 8, 7}),
			{
				Kind: Text, Title: "", Place: Place{0, 27, 24, 1},
				Description: "Keterangan",
				Markdown:    "Nilai yang lebih tua dari 15 menit tidak ditampilkan sebagai nilai sekarang. Data simulasi hanya ada pada pusat demo.",
			},
		},
	}
}

// newestWithin is how old a value may be to stand in a panel of current values.
const newestWithin = "15m"

// newest shows every sensor's newest value, if it is recent. The bound stands in
// the query, so that a longer view does not make an old value look current.
func newest(kind Kind, title string, q reading.Quantity, at Place, steps []Step) Panel {
	return Panel{
		Kind: kind, Title: title, Place: at, Quantity: q, Steps: steps,
		Description: fmt.Sprintf("Nilai terakhir tiap sensor, paling tua %s", newestWithin),
		Query: fmt.Sprintf(`SELECT last(%q) FROM %q WHERE $timeFilter AND time > now() - %s GROUP BY "node", "sensor"`,
			q.String(), q.Info().Domain, newestWithin),
		Alias: "$tag_node",
	}
}

// history shows every sensor's means over the view's range.
func history(title string, q reading.Quantity, at Place) Panel {
	return Panel{
		Kind: TimeSeries, Title: title, Place: at, Quantity: q,
		Description: q.Info().TitleID + " tiap sensor, rata-rata per selang",
		Query: fmt.Sprintf(`SELECT mean(%q) FROM %q WHERE $timeFilter GROUP BY time($__interval), "node", "sensor" fill(none)`,
			q.String(), q.Info().Domain),
		Alias: "$tag_node",
	}
}
