package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

const (
	// complaintsShown is how many of the center's warnings are printed, barMost how
	// long the longest bar is.
	complaintsShown = 10
	barMost         = 50
)

func show(out io.Writer, r result) error {
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	line := func(title, aim, format string, values ...any) {
		if aim != "" {
			aim = "aim " + aim
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", title, fmt.Sprintf(format, values...), aim)
	}
	n := float64(r.Nodes)
	line("nodes over TLS", "", "%d, on %d cores with their center", r.Nodes, r.Cores)
	line("enrolled, each by its token file", "", "in %.1f s, %.0f a second; %d told to come again", r.Enrol.EnrolS, n/r.Enrol.EnrolS, r.Enrol.Again)
	line("  import, token files", "", "%.1f s, %.1f s", r.Enrol.ImportS, r.Enrol.TokensS)
	line("  processor time of the center, each", "", "%.1f ms", 1000*r.Enrol.CenterCPUS/n)
	comes(line, "all switched on at once", "", r.Connect, r.Nodes)
	line("memory of the center without nodes", "", "%s", r.Before)
	line("  with all of them, quiet", "", "%s", r.Quiet.Connected)
	line("  each node, with its connection and its readings on their way", "", "%s", r.Quiet.Connected.each(r.Before, r.Nodes).small())
	line("  the most that it has held, in each of its lives", "", "%s", peaks(r.Peaks))
	line(fmt.Sprintf("quiet for %.0f s: processor", r.Quiet.ForS), "", "%.1f s, %.0f %% of one core; the nodes %.0f %%", r.Quiet.CPUS, 100*r.Quiet.Center, 100*r.Quiet.Fleets)
	line("  from a pack's seal to InfluxDB", "p99 ≤ 500 ms", "%s", r.Quiet.Delivery)
	for _, c := range r.Storms {
		comes(line, fmt.Sprintf("center killed, away for %.0f s", c.DownS), "≤ 60 s", c, r.Nodes)
	}
	if s := r.Siege; s != nil {
		line(fmt.Sprintf("siege by %d connections without CONNECT", s.Connections), "", "%d opened, at most %d open, %d evicted", s.Opened, s.MostOpen, s.Evicted)
		line("  connected nodes at the least; how often one lost its connection", "all; 0", "%d; %d", s.Least, s.Gone)
		line("  a newcomer's handshake, the slowest", "", "%s of %d, %d failed", milliseconds(s.NewcomerS), s.Tried, s.Failed)
		line("  from a pack's seal to InfluxDB", "", "%s", s.Delivery)
		line("  processor of the center", "", "%.0f %% of one core", 100*s.Center)
		line("  its memory before, at the most", "", "%s → %s", s.Before, s.Most)
	}
	a := r.Account
	line("readings queued, in InfluxDB", "", "%d, %d: %.0f a node", a.Queued, a.Stored, float64(a.Queued)/n)
	line("  all there after the nodes stopped measuring", "", "%.1f s", a.SettledS)
	line("  lost, twice", "0, 0", "%d, %d", max(a.Queued-a.Stored, 0)+a.Lost, max(a.Stored-a.Queued, 0))
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
	for _, c := range r.Storms {
		fmt.Fprintf(out, "\nnodes that came back in each second after the kill, center away for %.0f s (handshakes):\n%s", c.DownS, c.histogram())
	}
	return nil
}

func comes(line func(title, aim, format string, values ...any), title, aim string, c comeback, nodes int) {
	if c.AllS == 0 {
		line(title, aim, "%d of %d connected", c.Back, nodes)
	} else {
		line(title+": 50 %, 99 %, all connected", aim, "after %.1f, %.1f, %.1f s", c.HalfS, c.MostS, c.AllS)
	}
	line("  handshakes: in all, most a second; failed, evicted", "", "%d, %.0f; %d, %d", c.Handshakes, c.PeakPerS, c.Failed, c.Evicted)
	line("  center answers; processor: the center, its most in a second; the nodes", "", "after %.1f s; %.1f s, %.0f %% of one core; %.1f s", c.AnswersS, c.CenterCPUS, 100*c.PeakCores, c.FleetCPUS)
}

// histogram has a line for each second from the first in which anybody came.
func (c comeback) histogram() string {
	most := 1
	for _, s := range c.Seconds {
		most = max(most, s.Connected)
	}
	var b strings.Builder
	begun := false
	for i, s := range c.Seconds {
		if begun = begun || s != (second{}); begun {
			fmt.Fprintf(&b, "%4d s %6d (%d) %s\n", i, s.Connected, s.Handshakes, strings.Repeat("▪", max(s.Connected, 0)*barMost/most))
		}
	}
	return b.String()
}

// String tells it as people read it.
func (d delivery) String() string {
	return fmt.Sprintf("p50 %s, p99 %s of %d packs", milliseconds(d.P50S), milliseconds(d.P99S), d.Packs)
}

// String tells it as people read it.
func (m memory) String() string {
	return fmt.Sprintf("%s; objects %s, stacks %s, %d goroutines", megabytes(m.Resident), megabytes(m.Objects), megabytes(m.Stacks), m.Goroutines)
}

// small is for one connection.
func (m memory) small() string {
	return fmt.Sprintf("%.1f kB; objects %.1f kB, stacks %.1f kB, %d goroutines", float64(m.Resident)/1e3, float64(m.Objects)/1e3, float64(m.Stacks)/1e3, m.Goroutines)
}

func peaks(all []int64) string {
	var texts []string
	for _, p := range all {
		texts = append(texts, megabytes(p))
	}
	return strings.Join(texts, ", ")
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }

func milliseconds(s float64) string { return fmt.Sprintf("%.0f ms", 1000*s) }
