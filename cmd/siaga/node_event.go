package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

func nodeEventCommand(f *centerFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "event",
		Short: "Kegiatan terencana: perbaikan, penggelontoran bendungan (planned events: repairs, a dam's flushing)",
	}
	cmd.AddCommand(eventAddCommand(f), eventListCommand(f), eventCancelCommand(f))
	return cmd
}

func eventAddCommand(f *centerFlags) *cobra.Command {
	var node, gauge, river, kind, from, to, reason string
	var length span
	cmd := &cobra.Command{
		Use:   "add --node NODE | --gauge NODE/SENSOR | --river RIVER --reason WHY [--from WHEN] --to WHEN | --for TIME",
		Short: "Rencanakan (plan one)", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			body := map[string]any{"kind": kind, "reason": reason}
			for scope, object := range map[string]string{"node": node, "gauge": gauge, "river": river} {
				if object == "" {
					continue
				}
				if body["scope"] != nil {
					return errors.New(d.say("sebutkan hanya satu: --node, --gauge atau --river", "name just one: --node, --gauge or --river"))
				}
				body["scope"], body["object"] = scope, object
			}
			if body["scope"] == nil {
				return errors.New(d.say("sebutkan --node, --gauge atau --river", "name --node, --gauge or --river"))
			}
			now := time.Now()
			begins, err := parseWhen(from, now)
			if err != nil {
				return fmt.Errorf("--from: %w", err)
			}
			ends := begins.Add(time.Duration(length))
			if (to == "") == (length == 0) {
				return errors.New(d.say("sebutkan --to atau --for", "say --to or --for"))
			}
			if to != "" {
				if ends, err = parseWhen(to, now); err != nil {
					return fmt.Errorf("--to: %w", err)
				}
			}
			body["from"], body["to"] = begins, ends
			var e eventAnswer
			if err := d.ask(cmd.Context(), http.MethodPost, "/api/v1/events", nil, body, &e); err != nil {
				return err
			}
			return d.showEvents(cmd.OutOrStdout(), e)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&node, "node", "", "node yang dimaksud (which node)")
	flags.StringVar(&gauge, "gauge", "", "satu sensor: NODE/SENSOR (one sensor)")
	flags.StringVar(&river, "river", "", "semua desa di sungai ini (all villages along this river)")
	flags.StringVar(&kind, "kind", "repair", "repair (perbaikan), flushing (penggelontoran), other (lain)")
	flags.StringVar(&from, "from", "now", "mulai: 2026-03-01 08:00, now, +2h (from)")
	flags.StringVar(&to, "to", "", "sampai (until)")
	flags.Var(&length, "for", "lamanya: 4h, 2d (for how long)")
	flags.StringVar(&reason, "reason", "", "alasan (why)")
	must(cmd.MarkFlagRequired("reason"))
	return cmd
}

func eventListCommand(f *centerFlags) *cobra.Command {
	var from, to string
	cmd := &cobra.Command{
		Use: "list", Short: "Dari kemarin sampai sebulan lagi (from yesterday to a month ahead)", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			query := url.Values{}
			for name, text := range map[string]string{"from": from, "to": to} {
				if text == "" {
					continue
				}
				t, err := parseWhen(text, time.Now())
				if err != nil {
					return fmt.Errorf("--%s: %w", name, err)
				}
				query.Set(name, t.Format(time.RFC3339))
			}
			var all struct {
				Events []eventAnswer `json:"events"`
			}
			if err := d.call(cmd.Context(), http.MethodGet, "/api/v1/events?"+query.Encode(), nil, &all); err != nil {
				return err
			}
			return d.showEvents(cmd.OutOrStdout(), all.Events...)
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "mulai (from)")
	cmd.Flags().StringVar(&to, "to", "", "sampai (until)")
	return cmd
}

func eventCancelCommand(f *centerFlags) *cobra.Command {
	return &cobra.Command{
		Use: "cancel ID", Short: "Batalkan, atau akhiri sekarang bila sudah mulai (call off, or end now)", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			if _, err := strconv.ParseUint(args[0], 10, 63); err != nil {
				return fmt.Errorf("event %q: want a number from `siaga node event list`", args[0])
			}
			var e eventAnswer
			if err := d.ask(cmd.Context(), http.MethodDelete, "/api/v1/events/"+args[0], nil, nil, &e); err != nil {
				return err
			}
			return d.showEvents(cmd.OutOrStdout(), e)
		},
	}
}

func (d *desk) showEvents(out io.Writer, all ...eventAnswer) error {
	if d.asJSON {
		return printJSON(out, map[string][]eventAnswer{"events": append([]eventAnswer{}, all...)})
	}
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, d.say("ID\tJENIS\tUNTUK\tMULAI\tSAMPAI\tOLEH\tALASAN", "ID\tKIND\tOF\tFROM\tUNTIL\tBY\tREASON"))
	for _, e := range all {
		reason := e.Reason
		if e.Cancelled != nil {
			reason = d.say("DIBATALKAN: ", "CALLED OFF: ") + reason
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", e.ID, e.kind(d.lang), e.Object, clock(e.From), clock(e.To), e.Who, reason)
	}
	return w.Flush()
}

func (e *eventAnswer) kind(l lang) string {
	switch e.Kind {
	case "repair":
		return l.say("perbaikan", "repair")
	case "flushing":
		return l.say("penggelontoran", "flushing")
	}
	return l.say("lain", "other")
}
