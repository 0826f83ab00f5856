package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/user"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

func nodeLogCommand(f *centerFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "log", Short: "Buku perawatan node (a node's maintenance log)"}
	var who, when string
	add := &cobra.Command{
		Use: "add NODE WHAT...", Short: "Catat yang dikerjakan (write down what was done)", Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			t, err := parseWhen(when, time.Now())
			if err != nil {
				return fmt.Errorf("--time: %w", err)
			}
			var m maintenanceAnswer
			if err := d.ask(cmd.Context(), http.MethodPost, atNode(args[0], "/maintenance"), nil,
				map[string]any{"what": strings.Join(args[1:], " "), "who": who, "time": t}, &m); err != nil {
				return err
			}
			return d.showMaintenance(cmd.OutOrStdout(), m)
		},
	}
	add.Flags().StringVar(&who, "who", whoAmI(), "siapa yang mengerjakan (who did it)")
	add.Flags().StringVar(&when, "time", "now", "kapan: 2026-03-01 08:00 (when)")
	list := &cobra.Command{
		Use: "list NODE", Short: "Daftar, yang terakhir dulu (list, the last first)", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			var all struct {
				Maintenance []maintenanceAnswer `json:"maintenance"`
			}
			if err := d.ask(cmd.Context(), http.MethodGet, atNode(args[0], "/maintenance"), nil, nil, &all); err != nil {
				return err
			}
			return d.showMaintenance(cmd.OutOrStdout(), all.Maintenance...)
		},
	}
	cmd.AddCommand(add, list)
	return cmd
}

// whoAmI is the person's name on this machine, "" where there is none.
func whoAmI() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}

func (d *desk) showMaintenance(out io.Writer, all ...maintenanceAnswer) error {
	if d.asJSON {
		return printJSON(out, map[string][]maintenanceAnswer{"maintenance": append([]maintenanceAnswer{}, all...)})
	}
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, d.say("WAKTU\tSIAPA\tAPA", "TIME\tWHO\tWHAT"))
	for _, m := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\n", clock(m.Time), m.Who, m.What)
	}
	return w.Flush()
}

func nodeLostCommand(f *centerFlags) *cobra.Command {
	var reason, who string
	cmd := &cobra.Command{
		Use:   "lost NODE EPOCH FROM-TO --reason WHY",
		Short: "Nyatakan paket hilang, misalnya kartu SD mati (say that packs will not come: a dead card)",
		Args:  cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			from, to, err := parsePacks(args[2])
			if err != nil {
				return err
			}
			var done struct {
				Packs uint64 `json:"packs"`
			}
			if err := d.call(cmd.Context(), http.MethodPost, atNode(args[0], "/gaps/lost"),
				map[string]any{"epoch": args[1], "from": from, "to": to, "reason": reason, "who": who}, &done); err != nil {
				return err
			}
			if d.asJSON {
				return printJSON(cmd.OutOrStdout(), done)
			}
			fmt.Fprintf(cmd.OutOrStdout(), d.say("%d paket dinyatakan hilang. Yang tetap datang akan disimpan.\n", "%d packs are lost. Those that come all the same are stored.\n"), done.Packs)
			return nil
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "alasan: kartu SD mati (why)")
	cmd.Flags().StringVar(&who, "who", whoAmI(), "siapa yang menyatakan (who says so)")
	must(cmd.MarkFlagRequired("reason"))
	return cmd
}

// parsePacks reads "9-10", or one pack's number.
func parsePacks(text string) (from, to uint64, err error) {
	first, last, both := strings.Cut(text, "-")
	if !both {
		last = first
	}
	from, err = strconv.ParseUint(first, 10, 64)
	if err == nil {
		to, err = strconv.ParseUint(last, 10, 64)
	}
	if err == nil && (from == 0 || to < from) {
		err = errors.New("backwards")
	}
	if err != nil {
		return 0, 0, fmt.Errorf("packs %q: want numbers such as 9-10, from `siaga node show`", text)
	}
	return from, to, nil
}
