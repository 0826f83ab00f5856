//go:build linux

package main

import (
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// show prints one table, a column for each chain, the usual one first.
func show(out io.Writer, o options, all []result) error {
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	row := func(title string, of func(r result) string) {
		fmt.Fprint(table, title)
		for _, r := range all {
			fmt.Fprint(table, "\t", of(r))
		}
		fmt.Fprintln(table)
	}
	row("a point: four values of one time", func(r result) string { return r.Chain })
	row("messages", func(r result) string { return r.Format })
	row("publisher keeps a message until", func(r result) string { return r.Keeps })
	row("payload a point", func(r result) string { return fmt.Sprintf("%.0f bytes", r.Bytes) })
	row(fmt.Sprintf("full speed, %d points", o.points), func(r result) string { return fmt.Sprintf("%.0f points/s", r.Full.PerSecond) })
	costs(row, all, func(r result) quiet { return r.Full })
	row("  memory at most, resident", func(r result) string { return fmt.Sprintf("%.0f MB", float64(r.Full.peak())/1e6) })
	for _, name := range names(all) {
		row("    "+name, func(r result) string {
			return r.of(name, func(c cost) string { return fmt.Sprintf("%.0f MB", float64(c.Peak)/1e6) })
		})
	}
	row(fmt.Sprintf("%d points/s for %v", o.rate, o.steady), func(result) string { return "" })
	costs(row, all, func(r result) quiet { return r.Steady })
	for i, st := range all[0].Storms {
		row(fmt.Sprintf("%s, %d times in %v", st.Broken, st.Kills, o.storm), func(r result) string { return fmt.Sprintf("%d points sent", r.Storms[i].Sent) })
		row("  lost, duplicated, altered points", func(r result) string { return r.Storms[i].String() })
		row("  messages sent again by publishers", func(r result) string { return fmt.Sprint(r.Storms[i].SentAgain) })
		row("  last point after the end", func(r result) string { return r.Storms[i].drained() })
	}
	for i, text := range []string{"aim: at full speed ≤ 0.33 of the first chain's processor time", "  at a steady rate", "  0 lost, 0 duplicated, 0 altered"} {
		row(text, func(r result) string { return r.aims(all[0])[i] })
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprint(out, "\n", legend)
	return err
}

func costs(row func(string, func(result) string), all []result, of func(result) quiet) {
	row("  lost, duplicated, altered points", func(r result) string { return of(r).String() })
	row("  processor time a point", func(r result) string { return fmt.Sprintf("%.1f µs", of(r).cpu()) })
	for _, name := range names(all) {
		row("    "+name, func(r result) string {
			for _, c := range of(r).Cost {
				if c.Name == name {
					return fmt.Sprintf("%.1f µs", c.CPU)
				}
			}
			return ""
		})
	}
	row("    beside it the publishers", func(r result) string { return fmt.Sprintf("%.1f µs", of(r).Publisher) })
}

// aims says, for each aim, what a chain reaches; processor time is only for ours.
func (r result) aims(usual result) [3]string {
	verdict := func(reached bool, format string, a ...any) string {
		if reached {
			return fmt.Sprintf("reached: "+format, a...)
		}
		return fmt.Sprintf("missed: "+format, a...)
	}
	wrong := r.Full.wrong() + r.Steady.wrong()
	for _, st := range r.Storms {
		wrong += st.wrong()
	}
	all := [3]string{2: verdict(wrong == 0, "%d", wrong)}
	for i, part := range []duration{r.Full.cpu() / usual.Full.cpu(), r.Steady.cpu() / usual.Steady.cpu()} {
		if r.Keeps == siaga.keepsUntil() {
			all[i] = verdict(part <= 1./3, "%.2f", part)
		}
	}
	return all
}

func (c compared) wrong() int { return c.Lost + c.Duplicated + c.Altered }

// names are all programs, in the chains' order.
func names(all []result) (names []string) {
	for _, r := range all {
		for _, c := range r.Full.Cost {
			if !slices.Contains(names, c.Name) {
				names = append(names, c.Name)
			}
		}
	}
	return names
}

func (r result) of(name string, f func(cost) string) string {
	for _, c := range r.Full.Cost {
		if c.Name == name {
			return f(c)
		}
	}
	return ""
}

func (c compared) String() string { return fmt.Sprintf("%d, %d, %d", c.Lost, c.Duplicated, c.Altered) }

func (st storm) drained() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%.1f s", st.DrainS)
	if st.Nudged {
		b.WriteString(", consumer restarted once more")
	}
	if st.Deaths > 0 {
		fmt.Fprintf(&b, ", %d ended by themselves", st.Deaths)
	}
	return b.String()
}

// legend says what each row means.
//
//go:embed legend.txt
var legend string
