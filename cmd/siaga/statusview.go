package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// Marks are words too: a screen may have no colours, and a reader no screen.
const (
	good   = "✓"
	look   = "!"
	bad    = "✗"
	silent = " "
)

func mark(ok bool, otherwise string) string {
	if ok {
		return good
	}
	return otherwise
}

// print writes the status for a person.
func (s *wholeStatus) print(out io.Writer, l lang) error {
	verdict := l.say("BAIK", "WELL")
	if !s.Well {
		verdict = l.say("TIDAK BAIK", "NOT WELL")
	}
	fmt.Fprintf(out, "%s: %s  (%s)\n", l.say("Pusat", "Center"), verdict, strings.TrimSpace("siaga "+s.Version+", "+clock(s.Time)))
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	row := func(mark, label, format string, args ...any) {
		fmt.Fprintf(w, "%s %s\t%s\n", mark, label, fmt.Sprintf(format, args...))
	}
	if s.Demo {
		row(look, "Data", "%s", l.say("SIMULASI, bukan keadaan nyata", "SIMULATED, not the real state"))
	} else {
		row(good, "Data", "%s", l.say("nyata", "real"))
	}
	s.rows(row, l)
	if err := w.Flush(); err != nil {
		return err
	}
	if err := s.printStores(out, l); err != nil {
		return err
	}
	return s.printWalls(out, l)
}

func (s *wholeStatus) rows(row func(mark, label, format string, args ...any), l lang) {
	if s.Accepting {
		row(good, l.say("Menerima data", "Accepting"), "%s", l.say("ya", "yes"))
	} else {
		row(bad, l.say("Menerima data", "Accepting"), "%s: %s", l.say("tidak", "no"), s.NotAccepting)
	}
	for _, c := range s.Components {
		if c.Name == devicesComponent && (c.Ready || s.Devices != nil) {
			continue
		}
		words := c.Words
		if c.Ready {
			words = l.say("siap", "ready")
		}
		row(mark(c.Ready, bad), c.label(l), "%s", words)
	}
	if s.Devices != nil {
		state := l.say("diterima", "taken")
		if !s.Devices.Accepting {
			state = l.say("TIDAK diterima: ", "NOT taken: ") + s.Devices.Reason
		}
		row(mark(s.Devices.Accepting, bad), l.say("Pesan alat lain", "Messages of devices"), "%s (%s: %.0f)", state, l.say("sambungan", "connections"), s.Devices.Connections)
	}
	repairs := ""
	if s.NodesRepair > 0 {
		repairs = fmt.Sprintf(l.say(", %d dalam perbaikan", ", %d under repair"), s.NodesRepair)
	}
	row(mark(s.NodesOnline+s.NodesRepair >= s.NodesTotal, look), l.say("Node daring", "Nodes online"), "%d %s %d%s", s.NodesOnline, l.say("dari", "of"), s.NodesTotal, repairs)
	row(mark(s.OpenGaps == 0, look), l.say("Celah data terbuka", "Open gaps"), "%d", s.OpenGaps)
	row(mark(s.Quarantined == 0, look), l.say("Karantina", "Quarantine"), "%d%s", s.Quarantined, hint(s.Quarantined, "siaga quarantine list"))
	if s.Anomalies != nil {
		row(mark(*s.Anomalies == 0, look), l.say("Kartu disalin atau dipulihkan (24 jam)", "Cards cloned or restored (24 h)"), "%d", *s.Anomalies)
	}
	s.exposureRows(row, l)
	s.expiryRows(row, l)
	row(silent, l.say("Bacaan per detik", "Readings per second"), "%s", l.number("%.1f", s.ReadingsPerSecond))
	row(silent, l.say("Keterlambatan kirim", "Delivery delay"), "%s", l.quantiles(s.DelayP50S, s.DelayP99S))
	row(silent, l.say("Umur bacaan", "Reading age"), "%s", l.quantiles(s.AgeP50S, s.AgeP99S))
	newest := l.say("tidak ada", "none")
	if s.Newest != nil && !s.Newest.IsZero() {
		newest = fmt.Sprintf("%s (%s)", clock(*s.Newest), l.ago(s.Time.Sub(*s.Newest)))
	}
	row(silent, l.say("Bacaan terbaru", "Newest reading"), "%s", newest)
}

func hint(n int, command string) string {
	if n == 0 {
		return ""
	}
	return " (" + command + ")"
}

// label is the component's name for people.
func (c component) label(l lang) string {
	switch c.Name {
	case "influx":
		return "InfluxDB"
	case "broker":
		return "Broker MQTT"
	case "registry":
		return l.say("Registri", "Registry")
	case "history":
		return l.say("Riwayat", "History")
	}
	return c.Name
}

func (s *wholeStatus) printStores(out io.Writer, l lang) error {
	if len(s.Stores) == 0 {
		return nil
	}
	fmt.Fprintf(out, "\n%s\n", l.say("Antrean dan spool", "Queues and spools"))
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, l.say("  NAMA\tCATATAN\tUKURAN\tBATAS\tTERTUA", "  NAME\tRECORDS\tSIZE\tLIMIT\tOLDEST"))
	for _, one := range s.Stores {
		limit, oldest := "-", "-"
		if one.LimitBytes != nil {
			limit = l.size(*one.LimitBytes)
		}
		if one.OldestS != nil {
			oldest = l.ago(time.Duration(*one.OldestS * float64(time.Second)))
		}
		fmt.Fprintf(w, "%s %s\t%.0f\t%s\t%s\t%s\n", mark(!one.full(), bad), one.label(l), one.Records, l.size(one.Bytes), limit, oldest)
	}
	return w.Flush()
}

// label is the store's name for people.
func (s *store) label(l lang) string {
	switch s.Name {
	case "queue":
		return l.say("paket masuk", "incoming packs")
	case "data":
		return l.say("menunggu InfluxDB", "waiting for InfluxDB")
	case "stored":
		return l.say("laporan tersimpan", "reports of stored packs")
	case "refused":
		return l.say("menunggu karantina", "waiting for the quarantine")
	case "devices":
		return l.say("pesan alat, menunggu dekoder", "messages of devices, waiting for a decoder")
	}
	return s.Name
}

func (s *wholeStatus) printWalls(out io.Writer, l lang) error {
	if len(s.Walls) == 0 {
		return nil
	}
	fmt.Fprintf(out, "\n%s\n", l.say("Dinding", "Walls"))
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	for _, wall := range s.Walls {
		newest := "-"
		if wall.Newest != nil && !wall.Newest.IsZero() {
			newest = clock(*wall.Newest)
		}
		fmt.Fprintf(w, "  %s\t%s %s\t%s %s\n", wall.ID, l.say("terlihat", "seen"), l.ago(s.Time.Sub(wall.Seen)), l.say("bacaan terbaru", "newest reading"), newest)
	}
	return w.Flush()
}

func clock(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05 MST") }

// number writes a number as the language does.
func (l lang) number(format string, v float64) string {
	text := fmt.Sprintf(format, v)
	if l == indonesian {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

func (l lang) quantiles(p50, p99 *float64) string {
	one := func(v *float64) string {
		if v == nil {
			return "-"
		}
		return l.number("%.3f", *v) + " s"
	}
	return fmt.Sprintf("p50 %s, p99 %s", one(p50), one(p99))
}

func (l lang) size(bytes float64) string {
	for _, unit := range []struct {
		name string
		size float64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if bytes >= unit.size {
			return l.number("%.1f", bytes/unit.size) + " " + unit.name
		}
	}
	return fmt.Sprintf("%.0f B", bytes)
}

// ago says how long something is past.
func (l lang) ago(d time.Duration) string {
	d = max(d, 0)
	n, unit := d/time.Second, l.say("detik", "s")
	switch {
	case d >= 48*time.Hour:
		n, unit = d/(24*time.Hour), l.say("hari", "days")
	case d >= 2*time.Hour:
		n, unit = d/time.Hour, l.say("jam", "h")
	case d >= 2*time.Minute:
		n, unit = d/time.Minute, l.say("menit", "min")
	}
	return fmt.Sprintf("%d %s %s", n, unit, l.say("lalu", "ago"))
}
