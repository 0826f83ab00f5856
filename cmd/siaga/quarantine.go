package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

type quarantineAnswer struct {
	Total    int   `json:"total"`
	Bytes    int64 `json:"bytes"`
	Capacity int64 `json:"capacity_bytes"`
	Entries  []struct {
		ID       int64      `json:"id"`
		Time     time.Time  `json:"time"`
		Node     string     `json:"node"`
		Topic    string     `json:"topic"`
		Source   string     `json:"source"`
		Reason   string     `json:"reason"`
		Detail   string     `json:"detail"`
		Length   int        `json:"length"`
		Seq      uint64     `json:"seq"`
		Epoch    string     `json:"epoch"`
		Replayed *time.Time `json:"replayed"`
		Dropped  *time.Time `json:"dropped"`
	} `json:"entries"`
}

type idsRequest struct {
	IDs []int64 `json:"ids"`
}

type doneAnswer struct {
	Done     int `json:"done"`
	Failed   int `json:"failed"`
	Failures []struct {
		ID     int64  `json:"id"`
		Reason string `json:"reason"`
	} `json:"failures"`
}

func quarantineCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "quarantine",
		Short: "Paket yang ditolak, dan alasannya (what was refused, and why)",
	}
	var f centerFlags
	f.bind(cmd.PersistentFlags())
	cmd.AddCommand(
		&cobra.Command{
			Use: "list", Short: "Daftar (list)", Args: cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				d, err := f.desk()
				if err != nil {
					return err
				}
				var q quarantineAnswer
				if err := d.call(cmd.Context(), "GET", "/api/v1/quarantine", nil, &q); err != nil {
					return err
				}
				if d.asJSON {
					return printJSON(cmd.OutOrStdout(), q)
				}
				return q.print(cmd.OutOrStdout(), d.lang)
			},
		},
		quarantineAct("replay", "Terima kembali yang salah ditolak (take in again what was refused by mistake)", "POST", "/api/v1/quarantine/replay", &f),
		quarantineAct("drop", "Buang untuk selamanya (give up for good)", "DELETE", "/api/v1/quarantine", &f),
	)
	return cmd
}

// quarantineAct is a command that does something to entries, or to all.
func quarantineAct(name, short, method, path string, f *centerFlags) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   name + " ID...",
		Short: short,
		RunE: func(cmd *cobra.Command, args []string) error {
			req, err := parseIDs(args, all)
			if err != nil {
				return err
			}
			d, err := f.desk()
			if err != nil {
				return err
			}
			var done doneAnswer
			if err := d.call(cmd.Context(), method, path, req, &done); err != nil {
				return err
			}
			if d.asJSON {
				err = printJSON(cmd.OutOrStdout(), done)
			} else {
				done.print(cmd.OutOrStdout(), d.lang)
			}
			if err == nil && done.Failed > 0 {
				err = fmt.Errorf("%d entries are still refused and stay in the quarantine", done.Failed)
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "semua yang terbuka (all open entries)")
	return cmd
}

func parseIDs(args []string, all bool) (idsRequest, error) {
	if all == (len(args) > 0) {
		return idsRequest{}, errors.New("name entries by their ID, or --all")
	}
	var req idsRequest
	for _, a := range args {
		id, err := strconv.ParseInt(a, 10, 64)
		if err != nil {
			return idsRequest{}, fmt.Errorf("entry %q: want a number from `siaga quarantine list`", a)
		}
		req.IDs = append(req.IDs, id)
	}
	return req, nil
}

func (d doneAnswer) print(out io.Writer, l lang) {
	fmt.Fprintf(out, l.say("%d selesai, %d gagal\n", "%d done, %d failed\n"), d.Done, d.Failed)
	for _, f := range d.Failures {
		fmt.Fprintf(out, "  %d: %s\n", f.ID, f.Reason)
	}
}

func (q quarantineAnswer) print(out io.Writer, l lang) error {
	fmt.Fprintf(out, l.say("%d terbuka, %.1f dari %.0f MiB\n", "%d open, %.1f of %.0f MiB\n"), q.Total, float64(q.Bytes)/(1<<20), float64(q.Capacity)/(1<<20))
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, l.say("ID\tWAKTU\tNODE\tPAKET\tKEADAAN\tALASAN\tKETERANGAN", "ID\tTIME\tNODE\tPACK\tSTATE\tREASON\tDETAIL"))
	for _, e := range q.Entries {
		state := l.say("terbuka", "open")
		switch {
		case e.Replayed != nil:
			state = l.say("diterima", "taken in")
		case e.Dropped != nil:
			state = l.say("dibuang", "dropped")
		}
		node := e.Node
		if node == "" {
			node = e.Topic
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%s\t%s\t%s\n", e.ID, e.Time.Local().Format("01-02 15:04:05"), node, e.Seq, state, e.Reason, e.Detail)
	}
	return w.Flush()
}
