package main

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// readTable is what was seen, as lines for a terminal.
func readTable(s sight, lang explain.Lang) []string {
	lines := []string{readHead(s, lang), ""}
	rows := [][]string{{
		lang.Pick("SENSOR", "SENSOR"), lang.Pick("BESARAN", "QUANTITY"), lang.Pick("MENTAH", "RAW"),
		lang.Pick("TERKOREKSI", "CORRECTED"), lang.Pick("MUTU", "QUALITY"), lang.Pick("UMUR", "AGE"),
	}}
	var first []int // of each sensor's rows
	for _, sensor := range s.Sensors {
		first = append(first, len(rows))
		rows = append(rows, readRows(sensor, s.Error != "", lang)...)
	}
	aligned := align(rows)
	lines = append(lines, aligned[0])
	for i, sensor := range s.Sensors {
		end := len(aligned)
		if i+1 < len(first) {
			end = first[i+1]
		}
		lines = append(lines, aligned[first[i]:end]...)
		lines = append(lines, readTrouble(sensor, lang)...)
	}
	return lines
}

func readHead(s sight, lang explain.Lang) string {
	source := map[string]string{
		"agent":     lang.Pick("dari agen", "from the agent"),
		"direct":    lang.Pick("langsung dari sensor (agen tidak berjalan)", "from the sensors themselves (no agent runs)"),
		"recording": lang.Pick("REKAMAN, bukan keadaan sekarang", "RECORDING, not the present"),
	}[s.Source]
	parts := []string{s.Node, s.Site, source}
	if s.Simulated {
		parts = append(parts, lang.Pick("SIMULASI", "SIMULATED"))
	}
	if s.Error != "" {
		parts = append(parts, lang.Say("✕ TIDAK MENJAWAB: %s", "✕ NOT ANSWERING: %s", s.Error))
	}
	return strings.Join(parts, "  ")
}

// readRows are a sensor's values; one row without any where there are none.
func readRows(sensor edge.SensorSnapshot, lost bool, lang explain.Lang) [][]string {
	if len(sensor.Values) == 0 {
		return [][]string{{sensor.ID, "–", "–", "–", readHealth(sensor, lang), ""}}
	}
	var rows [][]string
	for i, v := range sensor.Values {
		name := ""
		if i == 0 {
			name = sensor.ID
		}
		quality := readQuality(v.Quality, lang)
		if lost || v.AgeS > 3*sensor.IntervalS+5 {
			quality = lang.Pick("BASI", "STALE")
		}
		corrected := "–"
		if v.Corrected != nil {
			corrected = lang.Say("%s (v%d)", "%s (v%d)", amount(v, *v.Corrected, lang), v.Calibration)
		}
		rows = append(rows, []string{
			name, lang.Pick(v.TitleID, v.TitleEN), amount(v, v.Raw, lang), corrected, quality, ageText(v.AgeS, lang),
		})
	}
	return rows
}

// readTrouble says what is wrong with a sensor and what to do.
func readTrouble(sensor edge.SensorSnapshot, lang explain.Lang) []string {
	if sensor.Health != string(wire.HealthFailing) && sensor.Code == "" {
		return nil
	}
	code := sensor.Code
	if code == "" {
		code = explain.Unknown
	}
	what, remedy := explain.Code(code, lang)
	lines := []string{
		fmt.Sprintf("   %s %s: %s", readHealth(sensor, lang), lang.Say("sejak %s", "for %s", ageText(sensor.SinceS, lang)), what),
		"   → " + remedy,
	}
	if sensor.Error != "" {
		lines = append(lines, "   ("+strings.ReplaceAll(sensor.Error, "\n", "; ")+")")
	}
	return append(lines, "")
}

func readHealth(sensor edge.SensorSnapshot, lang explain.Lang) string {
	switch wire.Health(sensor.Health) {
	case wire.HealthOK:
		return lang.Pick("● baik", "● good")
	case wire.HealthWarming:
		return lang.Pick("◐ pemanasan", "◐ warming up")
	case wire.HealthFailing:
		return lang.Pick("✕ GAGAL", "✕ FAILING")
	}
	return lang.Pick("○ mulai", "○ starting")
}

func readQuality(quality string, lang explain.Lang) string {
	switch quality {
	case reading.Good.String():
		return lang.Pick("✓ baik", "✓ good")
	case reading.NotEvaluated.String():
		return lang.Pick("○ belum dinilai", "○ not evaluated")
	case reading.Suspect.String():
		return lang.Pick("▲ meragukan", "▲ suspect")
	case reading.Bad.String():
		return lang.Pick("✕ rusak", "✕ bad")
	}
	return quality
}

// amount is a value with its unit, at its quantity's resolution.
func amount(v edge.ValueSnapshot, value float64, lang explain.Lang) string {
	q, ok := reading.Lookup(v.Quantity)
	switch {
	case !ok:
		return fmt.Sprint(value, " ", v.Unit)
	case q.Raw() == reading.Uptime:
		return ageText(value, lang)
	case v.Unit == "byte":
		return byteText(value)
	}
	return strings.TrimSpace(atResolution(q, value) + " " + v.Unit)
}

// byteText is an amount of bytes in the largest decimal unit.
func byteText(n float64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	i := 0
	for ; n >= 1000 && i < len(units)-1; i++ {
		n /= 1000
	}
	if i == 0 || n >= 10 {
		return fmt.Sprintf("%.0f %s", n, units[i])
	}
	return fmt.Sprintf("%.1f %s", n, units[i])
}

// ageText is a time in its two largest units.
func ageText(seconds float64, lang explain.Lang) string {
	s := int64(math.Max(0, seconds))
	sec, min, hour, day := lang.Pick("dtk", "s"), lang.Pick("mnt", "min"), lang.Pick("jam", "h"), lang.Pick("hari", "d")
	switch {
	case s < 60:
		return fmt.Sprintf("%d %s", s, sec)
	case s < 3600:
		return fmt.Sprintf("%d %s %d %s", s/60, min, s%60, sec)
	case s < 86400:
		return fmt.Sprintf("%d %s %d %s", s/3600, hour, s/60%60, min)
	}
	return fmt.Sprintf("%d %s %d %s", s/86400, day, s/3600%24, hour)
}

// align pads the cells of each column to the same width.
func align(rows [][]string) []string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	lines := make([]string, len(rows))
	for n, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			b.WriteString(cell)
			b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
		}
		lines[n] = strings.TrimRight(b.String(), " ")
	}
	return lines
}
