package grafana

import (
	"fmt"

	"github.com/siaga-id/siaga/internal/reading"
)

// pm25Steps colours indicative values by the concentrations of ISPU's classes
// for PM2.5 (Permen LHK P.14/2020, 24-hour means). A momentary value is no ISPU,
// and the panels say so.
var pm25Steps = []Step{
	{0, noValueColor},
	{0, "#34cc33"},
	{15.5, "#0070c0"},
	{55.4, "#ffc100"},
	{150.4, "#ff0000"},
	{250.4, "#000000"},
}

// noValueColor is of no class: nothing may look like good air.
const noValueColor = "#4a4f57"

// Overview is the first view of the wall: every village's newest values, how
// they came to be, and who has fallen silent.
func Overview(simulated bool) Dashboard {
	d := Dashboard{
		UID: "siaga-ikhtisar", Title: "Siaga: Ikhtisar",
		Description: "Udara, air sungai, cuaca dan lalu lintas semua desa",
		Tags:        []string{"siaga"}, From: "now-1h", Refresh: "30s",
	}
	head := "# Siaga: keadaan desa"
	if simulated {
		d.UID, d.Title = d.UID+"-simulasi", "SIMULASI "+d.Title
		d.Tags = append(d.Tags, "simulasi")
		head = "# SIMULASI: semua nilai buatan, bukan keadaan nyata"
	}
	d.Panels = []Panel{
		{
			Kind: Text, Place: Place{0, 0, 24, 3}, Description: "Keterangan",
			Markdown: head + fmt.Sprintf("\n\n### Nilai “sekarang” paling tua %s; desa yang diam tidak punya nilai sekarang dan naik ke atas daftar.", newestWithin),
		},
		newest("PM2.5 sekarang, µg/m³ (indikatif, bukan ISPU)", reading.PM2_5, Place{0, 3, 24, 5}, pm25Steps),
		newest("Tinggi muka air sekarang, m", reading.Level, Place{0, 8, 24, 5}, []Step{{0, noValueColor}, {-1000, "#1f60c4"}}),
		history("PM2.5", reading.PM2_5, Place{0, 13, 8, 7}),
		history("Tinggi muka air", reading.Level, Place{8, 13, 8, 7}),
		history("Arus lalu lintas", reading.Flow, Place{16, 13, 8, 7}),
		history("PM10", reading.PM10, Place{0, 20, 6, 7}),
		history("Kecepatan rata-rata", reading.Speed, Place{6, 20, 6, 7}),
		silent("PM2.5: terakhir dari tiap sensor", reading.PM2_5, Place{12, 20, 6, 7}),
		silent("Muka air: terakhir dari tiap sensor", reading.Level, Place{18, 20, 6, 7}),
	}
	return d
}

// newestWithin is how old a value may be to stand in a panel of current values:
// a node that nothing is wrong with sends every minute at the least.
const newestWithin = "5m"

// newest shows every sensor's newest value, if it is recent and not known to be
// bad, and the corrected one where there is one. The bound stands in the query, so
// that a longer view does not make an old value look current. The title has to say
// the unit.
func newest(title string, q reading.Quantity, at Place, steps []Step) Panel {
	query := func(q reading.Quantity) string {
		return fmt.Sprintf(`SELECT last(%q) FROM %q WHERE $timeFilter AND time > now() - %s AND %s GROUP BY "node", "sensor"`,
			q.String(), q.Info().Domain, newestWithin, notBad(q))
	}
	return Panel{
		Kind: Stat, Title: title, Place: at, Quantity: q, Steps: steps, Bare: true,
		Description: fmt.Sprintf("Nilai terakhir tiap sensor, paling tua %s%s", newestWithin, correctedNote),
		Query:       query(q), Corrected: query(q.Corrected()),
		Alias: "$tag_node",
	}
}

// correctedNote ends the description of a panel that shows corrected values too.
const correctedNote = "; “" + correctedWord + "”: sesudah kalibrasi, di samping nilai mentahnya"

// notBad leaves out values with the QARTOD flags bad and missing.
func notBad(q reading.Quantity) string {
	return fmt.Sprintf(`"%s_qc" < %d`, q, reading.Bad)
}

// history shows every sensor's means over the view's range, as measured and
// corrected. Lanes of one road are sensors of one node, so both name a line.
func history(title string, q reading.Quantity, at Place) Panel {
	query := func(q reading.Quantity) string {
		return fmt.Sprintf(`SELECT mean(%q) FROM %q WHERE $timeFilter AND %s GROUP BY time($__interval), "node", "sensor" fill(none)`,
			q.String(), q.Info().Domain, notBad(q))
	}
	return Panel{
		Kind: TimeSeries, Title: title, Place: at, Quantity: q,
		Description: q.Info().TitleID + " tiap sensor, rata-rata per selang" + correctedNote,
		Query:       query(q), Corrected: query(q.Corrected()),
		Alias: "$tag_node $tag_sensor",
	}
}

// silentWithin is how long a sensor that is silent stays on the list.
const silentWithin = "7d"

// silent lists when every sensor said something last, whatever the view's range:
// what is missing among the current values must not be missing altogether.
func silent(title string, q reading.Quantity, at Place) Panel {
	return Panel{
		Kind: Table, Title: title, Place: at, Quantity: q,
		Description: fmt.Sprintf("Kapan tiap sensor terakhir mengirim, dalam %s; yang paling lama diam di atas", silentWithin),
		Query: fmt.Sprintf(`SELECT last(%q) AS "nilai" FROM %q WHERE time > now() - %s GROUP BY "node", "sensor"`,
			q.String(), q.Info().Domain, silentWithin),
	}
}
