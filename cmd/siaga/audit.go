package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

type auditAnswer struct {
	Entries []struct {
		ID      int64           `json:"id"`
		Time    time.Time       `json:"time"`
		Who     string          `json:"who"`
		Address string          `json:"address"`
		Action  string          `json:"action"`
		Object  string          `json:"object"`
		Before  json.RawMessage `json:"before,omitempty"`
		After   json.RawMessage `json:"after,omitempty"`
		Refused string          `json:"refused"`
	} `json:"entries"`
}

func auditCommand() *cobra.Command {
	var f centerFlags
	var who, action, object, since string
	var refused, asCSV bool
	var limit int
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Siapa melakukan apa, dan kapan (who did what, and when)",
		Long: "Siapa melakukan apa, dan kapan (who did what, and when).\n" +
			"Tanpa --csv dan --json: yang terbaru saja. Dengan keduanya: semuanya (without --csv and --json the newest only, with them all).",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := f.lang()
			if err != nil {
				return err
			}
			q := url.Values{}
			for key, value := range map[string]string{"who": who, "action": action, "object": object} {
				if value != "" {
					q.Set(key, value)
				}
			}
			if refused {
				q.Set("outcome", "refused")
			}
			if since != "" {
				d, err := parseLong(since)
				if err != nil {
					return fmt.Errorf("--since %w", err)
				}
				q.Set("from", time.Now().Add(-d).UTC().Format(time.RFC3339))
			}
			c, err := f.client()
			if err != nil {
				return err
			}
			if asCSV || f.asJSON {
				q.Set("format", "json")
				if asCSV {
					q.Set("format", "csv")
				}
				return c.copyTo(cmd.Context(), "/api/v1/audit/export?"+q.Encode(), cmd.OutOrStdout())
			}
			q.Set("limit", fmt.Sprint(limit))
			var log auditAnswer
			if err := c.call(cmd.Context(), http.MethodGet, "/api/v1/audit?"+q.Encode(), nil, &log); err != nil {
				return err
			}
			return log.print(cmd.OutOrStdout(), l)
		},
	}
	f.bind(cmd.Flags())
	cmd.Flags().Lookup("json").Usage = "semuanya sebagai JSON, satu objek per baris (all of it as JSON, one object a line)"
	cmd.Flags().BoolVar(&asCSV, "csv", false, "semuanya sebagai CSV (all of it as CSV)")
	cmd.Flags().StringVar(&who, "who", "", "hanya dari akun ini, token:ID atau system (only of this account, token:ID or system)")
	cmd.Flags().StringVar(&action, "action", "", "hanya tindakan yang berawal begini, seperti account. (only actions that begin so)")
	cmd.Flags().StringVar(&object, "object", "", "hanya tentang ini, seperti account:budi (only about this)")
	cmd.Flags().StringVar(&since, "since", "", "hanya dari beberapa hari atau jam terakhir, seperti 7d atau 12h (only of the last days or hours)")
	cmd.Flags().BoolVar(&refused, "refused", false, "hanya yang ditolak (only what was refused)")
	cmd.Flags().IntVar(&limit, "limit", 50, "berapa banyak, paling banyak 1000 (how many, up to 1000)")
	cmd.MarkFlagsMutuallyExclusive("csv", "json")
	return cmd
}

// print shows the oldest first, so that the newest is where the eye is.
func (a auditAnswer) print(out io.Writer, l lang) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, l.say("WAKTU\tSIAPA\tDARI\tTINDAKAN\tTENTANG\tHASIL", "TIME\tWHO\tFROM\tACTION\tABOUT\tRESULT"))
	for i := len(a.Entries) - 1; i >= 0; i-- {
		e := &a.Entries[i]
		result := l.say("selesai", "done")
		switch {
		case e.Refused != "":
			result = l.say("ditolak: ", "refused: ") + e.Refused
		case e.After != nil:
			result = string(e.After)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", e.Time.Local().Format("01-02 15:04:05"), e.Who, e.Address, e.Action, e.Object, result)
	}
	return w.Flush()
}
