package main

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/siaga-id/siaga/dashboards/grafana/playlist"
	"github.com/siaga-id/siaga/dashboards/grafana/provision"
	"github.com/siaga-id/siaga/internal/secret"
)

// wallPatience bounds one answer of Grafana's.
const wallPatience = 30 * time.Second

func grafanaWall(f *grafanaFlags) *cobra.Command {
	var address, tokenFile string
	var interval time.Duration
	cmd := &cobra.Command{
		Use:   "wall --grafana URL --token-file FILE",
		Short: "Buat daftar putar dinding dan cetak alamatnya (make the wall's playlist and print its address)",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, l, err := f.set()
			if err != nil {
				return err
			}
			if interval < 5*time.Second || interval != interval.Truncate(time.Second) {
				return fmt.Errorf(l.say("--interval %s: paling cepat 5s, dalam detik penuh", "--interval %s: want whole seconds, 5s at the least"), interval)
			}
			token, err := secret.Read("--token-file", tokenFile)
			if err != nil {
				return err
			}
			if err := f.encrypted(address, l); err != nil {
				return err
			}
			c := playlist.Client{URL: address, Token: strings.TrimSpace(token), HTTP: &http.Client{
				Timeout:       wallPatience,
				CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			}}
			title := l.say("Siaga: dinding", "Siaga: wall")
			if set.Simulated {
				title = "SIMULASI " + title
			}
			uids := provision.Wall(set)
			made, err := c.Put(cmd.Context(), playlist.Playlist{Name: playlist.WallName(set), Title: title, Interval: fmt.Sprintf("%.0fs", interval.Seconds()), Dashboards: uids})
			if err != nil {
				return explainGrafana(err, l)
			}
			shown := map[string]string{}
			for _, uid := range uids {
				shown[uid] = c.DashboardURL(made, uid)
			}
			if f.asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]any{"uid": made.UID, "what": made.What, "playlist": c.PlayURL(made), "dashboards": shown})
			}
			out := cmd.OutOrStdout()
			what := map[string]string{"added": l.say("dibuat", "made"), "changed": l.say("diubah", "changed"), "same": l.say("sudah benar", "as it should be")}[made.What]
			fmt.Fprintf(out, l.say("Daftar putar “%s” %s. Alamat untuk layar dinding:\n  %s\n\nSatu tampilan saja:\n", "Playlist “%s”: %s. Address for the wall:\n  %s\n\nOne view alone:\n"), title, what, c.PlayURL(made))
			for _, uid := range uids {
				fmt.Fprintf(out, "  %s\n", shown[uid])
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&address, "grafana", "", "alamat Grafana bagi peramban dinding (Grafana's address, as the wall's browser reaches it)")
	flags.StringVar(&tokenFile, "token-file", "", "berkas berisi token akun layanan berperan Editor (file with the token of a service account with the role Editor)")
	flags.DurationVar(&interval, "interval", 30*time.Second, "berapa lama tiap tampilan (how long each view stays)")
	_ = cmd.MarkFlagRequired("grafana") // it exists
	_ = cmd.MarkFlagRequired("token-file")
	return cmd
}

// explainGrafana says what to do about a no of Grafana's.
func explainGrafana(err error, l lang) error {
	var refused *playlist.RefusedError
	if !errors.As(err, &refused) {
		return err
	}
	switch refused.Status {
	case http.StatusUnauthorized:
		return fmt.Errorf("%w\n  → %s", err, l.say("token ini bukan dari Grafana itu, sudah habis, atau dicabut", "this token is not of that Grafana, has expired or was revoked"))
	case http.StatusForbidden:
		return fmt.Errorf("%w\n  → %s", err, l.say("akun layanan ini perlu peran Editor", "this service account needs the role Editor"))
	}
	return err
}
