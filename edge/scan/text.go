package scan

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/internal/reading"
)

// Print writes what was found for a technician: a line for each place, and below
// it the values, or what is wrong and what to do about it.
func Print(w io.Writer, found []Finding, c Configured, lang explain.Lang) error {
	for _, f := range found {
		if err := printFinding(w, f, c, lang); err != nil {
			return err
		}
	}
	return nil
}

func printFinding(w io.Writer, f Finding, c Configured, lang explain.Lang) error {
	title := f.Model
	what, remedy := explain.Code(f.Problem, lang)
	if title == "" {
		title = what
	}
	head := []string{mark(f, lang), f.Place.String(), title, f.Detail}
	if id := c.At(f.Place); id != "" && f.Chip != "" {
		head = append(head, lang.Say("[sudah ada: %s]", "[configured: %s]", id))
	}
	lines := []string{strings.Join(nonEmpty(head), "  ")}
	if len(f.Also) > 0 {
		lines = append(lines, lang.Say("dapat juga %s: baca tulisan pada sensornya", "may also be %s: see what is printed on it", strings.Join(f.Also, ", ")))
	}
	if len(f.Values) > 0 {
		lines = append(lines, values(f.Values, lang))
	}
	if f.Problem != "" {
		if f.Model != "" {
			lines = append(lines, what)
		}
		if f.Sensor != "" {
			lines = append(lines, lang.Say("sensor: %s", "sensor: %s", f.Sensor))
		}
		if f.Error != "" {
			lines = append(lines, "("+strings.ReplaceAll(explain.Cause(f.Error), "\n", "; ")+")")
		}
		lines = append(lines, "→ "+remedy)
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n      "))
	return err
}

// mark says in a sign and a word how sure a finding is.
func mark(f Finding, lang explain.Lang) string {
	switch {
	case f.Problem == explain.InUse:
		return lang.Pick("– dipakai ", "– in use  ")
	case f.Problem == "warming_up" || f.Problem == explain.NeedsOptions:
		return lang.Pick("! perhatikan", "! note    ")
	case f.Problem == explain.NothingHeard || f.Problem == explain.UnknownChip || f.Problem == explain.UnknownTalker:
		return lang.Pick("? tak kenal", "? unknown ")
	case f.Problem != "":
		return lang.Pick("✗ masalah ", "✗ problem ")
	case f.Sure:
		return lang.Pick("✓ pasti   ", "✓ sure    ")
	}
	return lang.Pick("✓ mungkin ", "✓ likely  ")
}

func values(all []Value, lang explain.Lang) string {
	var parts []string
	for _, v := range all {
		title := v.Quantity
		if q, ok := reading.Lookup(v.Quantity); ok {
			title = lang.Pick(q.Info().TitleID, q.Info().TitleEN)
		}
		part := fmt.Sprintf("%s %v %s", title, v.Value, v.Unit)
		if v.Suspect {
			part += lang.Pick(" (meragukan)", " (suspect)")
		}
		parts = append(parts, strings.TrimSpace(part))
	}
	return strings.Join(parts, " · ")
}

func nonEmpty(parts []string) []string {
	var all []string
	for _, p := range parts {
		if p != "" {
			all = append(all, p)
		}
	}
	return all
}

// PrintSuggestions writes the lines to add to a configuration, what a scan cannot
// find, and what to do next.
func PrintSuggestions(w io.Writer, sensors []Suggestion, c Configured, lang explain.Lang) error {
	p := &printer{w: w}
	if len(sensors) == 0 {
		p.line(lang.Pick("Tidak ada sensor baru untuk ditambahkan ke konfigurasi.", "There is no new sensor to add to the configuration."))
	} else {
		p.line(lang.Pick("Untuk konfigurasi:", "For the configuration:"))
		p.line("")
		p.line("sensors:")
		for _, s := range sensors {
			for _, line := range s.lines(lang) {
				p.line("  " + line)
			}
		}
	}
	p.line("")
	p.line(lang.Pick(
		"Sensor di pin GPIO (penakar hujan, penghitung kendaraan) tidak dapat ditemukan dengan pemindaian.\nTambahkan sendiri, misalnya:",
		"Sensors on GPIO lines (rain gauges, vehicle counters) cannot be found by scanning.\nAdd them yourself, such as:"))
	p.line("")
	p.line("  - id: hujan-1\n    driver: tippingbucket\n    pin: GPIO17\n    interval: 1m")
	if pins := c.Pins(); len(pins) > 0 {
		p.line("")
		p.line(lang.Say("Sudah ada di konfigurasi: %s", "Configured already: %s", strings.Join(pins, ", ")))
	}
	return p.err
}

// PrintNext writes what comes after the sensors were written into a file.
func PrintNext(w io.Writer, sensors []Suggestion, lang explain.Lang) error {
	p := &printer{w: w}
	p.line(lang.Pick("Layanan membacanya sendiri dalam beberapa detik dan mulai mengirim.", "The service reads it by itself within seconds, and begins to send."))
	p.line(lang.Pick("Selanjutnya:", "Next:"))
	steps := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	step := func(command, id, en string) {
		if p.err == nil {
			_, p.err = fmt.Fprintf(steps, "  %s\t%s\n", command, lang.Pick(id, en))
		}
	}
	step("sudo siaga-edge read", "lihat nilainya", "see the values")
	for _, s := range sensors {
		if s.Level {
			step(fmt.Sprintf("sudo siaga-edge calibrate level --sensor %s --measured …", s.ID),
				"ukur tinggi muka air; sebelum itu hanya jarak yang terkirim", "measure the water's level; until then only its distance is sent")
		}
	}
	step("sudo siaga-edge doctor", "periksa semuanya", "check everything")
	if p.err == nil {
		p.err = steps.Flush()
	}
	return p.err
}

// printer writes lines until one fails.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(text string) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.w, text)
	}
}
