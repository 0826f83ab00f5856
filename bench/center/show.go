package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/siaga-id/siaga/bench/generator"
)

// aims are what a run should show, "" where there is no aim.
// memory is with the embedded engine, alone without it.
type aims struct{ rate, delivery, memory, alone string }

var (
	throughputAims = aims{rate: "≥ 150,000 on 2 cores", memory: "≤ 1 GB, flat", alone: "≤ 1 GB, flat"}
	nodesAims      = aims{delivery: "p99 ≤ 500 ms", alone: "≤ 1 GB"}
)

// complaintsShown is how many of the center's warnings are printed.
const complaintsShown = 10

func show(out io.Writer, s scenario, r result) error {
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	line := func(title, aim, format string, values ...any) {
		if aim != "" {
			aim = "aim " + aim
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", title, fmt.Sprintf(format, values...), aim)
	}
	line(s.title, "", "for %.0f s, on %d cores", r.ForS, r.Cores)
	line("nodes connected", "", "%d in %.1f s", r.Nodes, r.ConnectedInS)
	line("readings stored a second", s.aims.rate, "%.0f", r.StoredPerS)
	line("packs sent, acknowledged, in InfluxDB", "lost 0", "%d, %d, %d", r.Packs, r.Acked, r.Stored/generator.Readings)
	line("  readings lost", "0", "%d", r.Packs*generator.Readings-r.Stored)
	line("  packs sent again, held", "", "%d, %d", r.Again, r.Held)
	line(fmt.Sprintf("from a pack's seal to InfluxDB after the first %.0f s: p50, p99", r.WarmS), s.aims.delivery, "%s, %s", milliseconds(r.Delivery.P50S), milliseconds(r.Delivery.P99S))
	line("  within 500 ms", "", "%.3f %%", 100*r.WithinHalfS)
	line("  p99 of the worst moment, bound of the slowest", "", "%s, %s", milliseconds(r.WorstP99S), milliseconds(r.Delivery.MaxS))
	if r.MinutesMaxS > 0 {
		line("  slowest in the record of minutes", "", "%s", milliseconds(r.MinutesMaxS))
	}
	line("from a pack's seal to its acknowledgement, p50, p99, max", "", "%s, %s, %s", milliseconds(r.Ack.P50S), milliseconds(r.Ack.P99S), milliseconds(r.Ack.MaxS))
	line("  of which it waited in the generator, p99", "", "%s", milliseconds(r.Late.P99S))
	for _, w := range r.Windows {
		line(fmt.Sprintf("  until %.0f s: p50, p99, bound of the slowest", w.AtS), "", "%s, %s, %s", milliseconds(w.P50S), milliseconds(w.P99S), milliseconds(w.MaxS))
	}
	of, aim := "the center", s.aims.memory
	if r.Influxd {
		of, aim = "the center without InfluxDB", s.aims.alone
	}
	line("memory of "+of+": peak", aim, "%s", megabytes(r.Peak))
	line("  connected, before the first pack", "", "%s", r.Connected)
	if r.Minute != (memory{}) {
		line("  after a minute", "", "%s", r.Minute)
	}
	line("  at the end", "", "%s", r.End)
	line("  growth a minute over the second half", "", "%s", r.Growth)
	line("processor: the center", "", "%.2f cores, %.0f ns a reading", r.CPU.Center, r.CPUEachNS)
	line("  the generators, all others on this machine, other machines of its hypervisor", "", "%.2f, %.2f, %.2f cores", r.CPU.Generators, r.CPU.Others, r.CPU.Stolen)
	line("payload a reading", "", "%.1f bytes", r.PayloadEach)
	line("warnings of the center", "", "%d", len(r.Complaints))
	if err := table.Flush(); err != nil {
		return err
	}
	for i, c := range r.Complaints {
		if i == complaintsShown {
			fmt.Fprintf(out, "  … and %d more\n", len(r.Complaints)-i)
			break
		}
		fmt.Fprintln(out, " ", c)
	}
	_, err := fmt.Fprintln(out)
	return err
}

// String tells both, as people read them.
func (m memory) String() string {
	return fmt.Sprintf("%s, %s without files", megabytes(m.Resident), megabytes(m.Anonymous))
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }

func milliseconds(s float64) string { return fmt.Sprintf("%.0f ms", 1000*s) }
