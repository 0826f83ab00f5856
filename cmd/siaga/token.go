package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

type tokenAnswer struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Scope   string     `json:"scope"`
	Created time.Time  `json:"created"`
	By      string     `json:"by"`
	Expires *time.Time `json:"expires"`
	Used    *time.Time `json:"used"`
	Revoked *time.Time `json:"revoked"`
	Token   string     `json:"token,omitempty"`
}

type tokensAnswer struct {
	Tokens []tokenAnswer `json:"tokens"`
}

func tokenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Token untuk Grafana dan skrip (access tokens for Grafana and scripts)",
	}
	var f centerFlags
	f.bind(cmd.PersistentFlags())
	cmd.AddCommand(tokenCreate(&f), listCommand(&f, "Daftar token, tanpa rahasianya (all of them, without their secrets)", "/api/v1/tokens", printTokens), tokenRevoke(&f))
	return cmd
}

func tokenCreate(f *centerFlags) *cobra.Command {
	var scope, valid string
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "Buat token; hanya ditampilkan sekali (make one; it is shown once)",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			body := map[string]any{"name": args[0], "scope": scope}
			if valid != "never" {
				long, err := parseLong(valid)
				if err != nil {
					return fmt.Errorf("--valid %w, or never", err)
				}
				body["expires"] = time.Now().Add(long)
			}
			var made tokenAnswer
			if err := d.ask(cmd.Context(), http.MethodPost, "/api/v1/tokens", nil, body, &made); err != nil {
				return err
			}
			if d.asJSON {
				return printJSON(cmd.OutOrStdout(), made)
			}
			// The token alone goes to the standard output, for $(…) and > FILE.
			fmt.Fprintf(cmd.ErrOrStderr(), d.say("Token %s (%s), berlaku: %s. Simpan sekarang: tidak dapat ditampilkan lagi.\n",
				"Token %s (%s), good until: %s. Keep it now: it cannot be shown again.\n"), made.ID, made.Scope, until(made.Expires, d.lang))
			_, err = fmt.Fprintln(cmd.OutOrStdout(), made.Token)
			return err
		},
	}
	cmd.Flags().StringVar(&scope, "scope", "viewer", "viewer, operator, technician, admin, atau ingest untuk siaga ingest di mesin lain (or ingest for one on another machine)")
	cmd.Flags().StringVar(&valid, "valid", "365d", "berapa lama, seperti 90d atau 12h; never: selamanya (how long, such as 90d or 12h; never)")
	return cmd
}

func tokenRevoke(f *centerFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "revoke ID",
		Short: "Cabut token (end one)",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			if err := d.ask(cmd.Context(), http.MethodDelete, "/api/v1/tokens/"+url.PathEscape(args[0]), nil, nil, nil); err != nil {
				return err
			}
			if d.asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]string{"revoked": args[0]})
			}
			fmt.Fprintf(cmd.OutOrStdout(), d.say("Token %s dicabut.\n", "Token %s is revoked.\n"), args[0])
			return nil
		},
	}
}

// parseLong reads days, or what Go's durations are.
func parseLong(said string) (time.Duration, error) {
	d, err := time.ParseDuration(said)
	if days, ok := strings.CutSuffix(said, "d"); ok {
		var n uint64
		n, err = strconv.ParseUint(days, 10, 14)
		d = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q: want days or hours, such as 90d or 12h", said)
	}
	return d, nil
}

func until(t *time.Time, l lang) string {
	if t == nil {
		return l.say("selamanya", "for ever")
	}
	return day(t)
}

func printTokens(out io.Writer, l lang, all tokensAnswer) error {
	now := time.Now()
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, l.say("ID\tNAMA\tLINGKUP\tKEADAAN\tBERLAKU SAMPAI\tTERAKHIR DIPAKAI\tOLEH", "ID\tNAME\tSCOPE\tSTATE\tGOOD UNTIL\tLAST USED\tBY"))
	for _, t := range all.Tokens {
		state := l.say("berlaku", "good")
		switch {
		case t.Revoked != nil:
			state = l.say("dicabut", "revoked")
		case t.Expires != nil && !t.Expires.After(now):
			state = l.say("habis", "expired")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, t.Name, t.Scope, state, until(t.Expires, l), day(t.Used), t.By)
	}
	return w.Flush()
}
