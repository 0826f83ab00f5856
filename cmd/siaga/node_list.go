package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

func nodeListCommand(f *centerFlags) *cobra.Command {
	var site string
	cmd := &cobra.Command{
		Use: "list", Short: "Semua node dan keadaannya (all nodes and how they are)", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			var all nodesAnswer
			if err := d.call(cmd.Context(), http.MethodGet, "/api/v1/nodes", nil, &all); err != nil {
				return err
			}
			if site != "" {
				all.Nodes = slices.DeleteFunc(all.Nodes, func(n nodeAnswer) bool { return n.Site.Code != site })
			}
			if d.asJSON {
				return printJSON(cmd.OutOrStdout(), all)
			}
			return d.printNodes(cmd.OutOrStdout(), all)
		},
	}
	cmd.Flags().StringVar(&site, "site", "", "hanya node di desa ini, menurut kodenya (only nodes at this site, by its code)")
	return cmd
}

func (d *desk) printNodes(out io.Writer, all nodesAnswer) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, d.say("NODE\tDESA\tKECAMATAN\tKODE\tKEADAAN\tTERDENGAR\tLENGKAP 1 JAM", "NODE\tVILLAGE\tDISTRICT\tCODE\tSTATE\tHEARD\tCOMPLETE 1 H"))
	for i := range all.Nodes {
		n := &all.Nodes[i]
		heard, complete := "-", "-"
		if n.LastSeen != nil {
			heard = d.ago(all.Time.Sub(*n.LastSeen))
		}
		if n.CompletenessPct != nil {
			complete = d.number("%.1f", *n.CompletenessPct) + " %"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", n.ID, or(n.Site.Name), or(n.Site.District), or(n.Site.Code), n.state(d.lang), heard, complete)
	}
	return w.Flush()
}

// state is how a node is, in words.
func (n *nodeAnswer) state(l lang) string {
	state := l.say("SENYAP", "SILENT")
	switch {
	case n.Retired != nil:
		state = l.say("pensiun", "retired")
	case n.Online:
		state = l.say("daring", "online")
	case n.Repair != nil:
		state = l.say("perbaikan sampai ", "repair until ") + clock(n.Repair.Until)
	case n.LastSeen == nil:
		state = l.say("belum terdengar", "not heard yet")
	}
	if !n.Claimed {
		state += l.say(", belum terdaftar", ", not in the inventory")
	}
	return state
}

func or(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func nodeShowCommand(f *centerFlags) *cobra.Command {
	var history bool
	cmd := &cobra.Command{
		Use: "show NODE", Short: "Satu node: inventaris, sensor, siaga (one node)", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			var n nodeAnswer
			if err := d.call(cmd.Context(), http.MethodGet, atNode(args[0], ""), nil, &n); err != nil {
				return err
			}
			a, err := d.asset(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			var past struct {
				History []historyAnswer `json:"history"`
			}
			if history {
				if err := d.ask(cmd.Context(), http.MethodGet, atNode(args[0], "/history"), url.Values{}, nil, &past); err != nil {
					return err
				}
			}
			if d.asJSON {
				return printJSON(cmd.OutOrStdout(), struct {
					nodeAnswer
					Inventory *assetAnswer    `json:"inventory"`
					History   []historyAnswer `json:"history,omitempty"`
				}{n, a, past.History})
			}
			return d.printAsset(cmd.OutOrStdout(), &n, a, past.History)
		},
	}
	cmd.Flags().BoolVar(&history, "history", false, "riwayat perubahan juga (also who changed what)")
	return cmd
}

func (d *desk) printAsset(out io.Writer, n *nodeAnswer, a *assetAnswer, past []historyAnswer) error {
	fmt.Fprintf(out, "%s: %s\n", n.ID, n.state(d.lang))
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	for _, row := range [][2]string{
		{d.say("Desa", "Village"), or(n.Site.Name) + ", " + or(n.Site.District) + " (" + or(a.Site) + ")"},
		{d.say("Papan", "Board"), or(a.Model) + ", " + d.say("nomor seri ", "serial number ") + or(a.Serial)},
		{d.say("Versi siaga-edge", "siaga-edge version"), or(n.Version)},
		{d.say("Catatan", "Note"), or(a.Note)},
	} {
		fmt.Fprintf(w, "  %s\t%s\n", row[0], row[1])
	}
	if len(a.Mountings) > 0 {
		fmt.Fprintln(w, "\n"+d.say("SENSOR\tMODEL\tNOMOR SERI\tTINGGI\tDATUM\tARAH\tSEJAK\tCATATAN", "SENSOR\tMODEL\tSERIAL\tHEIGHT\tDATUM\tORIENTATION\tSINCE\tNOTE"))
		for _, m := range a.Mountings {
			since := "-"
			if m.Since != nil {
				since = m.Since.Local().Format(time.DateOnly)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", m.Sensor, or(m.Model), or(m.Serial), d.metres(m.HeightM), d.metres(m.DatumM), or(m.Orientation), since, or(m.Note))
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := d.printLevels(out, a.Levels); err != nil {
		return err
	}
	if err := d.printGaps(out, n.Gaps); err != nil {
		return err
	}
	d.printHistory(out, past)
	return nil
}

func (d *desk) printGaps(out io.Writer, gaps []gapAnswer) error {
	if len(gaps) == 0 {
		return nil
	}
	fmt.Fprintf(out, "\n%s\n", d.say("Paket yang belum ada (celah)", "Packs that are not there (gaps)"))
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, d.say("  EPOCH\tPAKET\tKEADAAN\tALASAN\tKATA", "  EPOCH\tPACKS\tSTATE\tREASON\tSAYS"))
	states := map[string]string{
		"missing": d.say("hilang jejak", "missing"), "waiting": d.say("menunggu di node", "waiting at the node"), "lost": d.say("hilang", "lost"),
	}
	for _, g := range gaps {
		fmt.Fprintf(w, "  %s\t%d-%d\t%s\t%s\t%s\n", g.Epoch, g.From, g.To, or(states[g.State]), or(g.Reason), or(g.Said))
	}
	return w.Flush()
}

func (d *desk) printHistory(out io.Writer, past []historyAnswer) {
	if len(past) == 0 {
		return
	}
	fmt.Fprintf(out, "\n%s\n", d.say("Riwayat", "History"))
	for _, h := range past {
		fmt.Fprintf(out, "  %s  %s  %s", clock(h.Time), h.Who, h.Action)
		if h.Refused != "" {
			fmt.Fprintf(out, "  %s: %s", d.say("DITOLAK", "REFUSED"), h.Refused)
		}
		fmt.Fprintln(out)
		both := maps.Clone(h.Before)
		if both == nil {
			both = map[string]any{}
		}
		maps.Copy(both, h.After)
		for _, name := range slices.Sorted(maps.Keys(both)) {
			fmt.Fprintf(out, "    %s: %s → %s\n", name, said(h.Before[name]), said(h.After[name]))
		}
	}
}

func said(v any) string {
	if v == nil || v == "" {
		return "-"
	}
	return fmt.Sprint(v)
}

func (d *desk) metres(v *float64) string {
	if v == nil {
		return "-"
	}
	return d.number("%.3g", *v) + " m"
}
