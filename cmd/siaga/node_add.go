package main

import (
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"
)

func nodeAddCommand(f *centerFlags) *cobra.Command {
	var site, model, serial, note string
	var noToken bool
	valid := span(defaultValid)
	cmd := &cobra.Command{
		Use: "add NODE --site CODE", Short: "Daftarkan node dan buat token pendaftarannya (take a node on, with a token to enrol it)", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			var a assetAnswer
			if err := d.ask(cmd.Context(), http.MethodPost, "/api/v1/nodes", nil, map[string]string{
				"node": args[0], "site": site, "model": model, "serial": serial, "note": note,
			}, &a); err != nil {
				return err
			}
			var t *enrolmentAnswer
			if !noToken {
				if t, err = d.token(cmd.Context(), a.Node, valid); err != nil {
					return fmt.Errorf("%s: %w", d.say(a.Node+" sudah terdaftar, tetapi tokennya belum ada; ulangi: siaga node token "+a.Node,
						a.Node+" is taken on, but there is no token for it yet; again: siaga node token "+a.Node), err)
				}
			}
			out := cmd.OutOrStdout()
			if d.asJSON {
				return printJSON(out, struct {
					*assetAnswer
					Token *enrolmentAnswer `json:"token,omitempty"`
				}{&a, t})
			}
			fmt.Fprintf(out, d.say("%s terdaftar di %s.\n", "%s is taken on at %s.\n"), a.Node, a.Site)
			if !a.SiteKnown {
				fmt.Fprintf(out, d.say("! Nama dan letak desa itu belum ada: siaga site set %s --name NAMA --district KECAMATAN --lat LINTANG --lon BUJUR\n",
					"! Name and place of that village are not known yet: siaga site set %s --name NAME --district DISTRICT --lat LAT --lon LON\n"), a.Site)
			}
			if t != nil {
				return d.printToken(out, t)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&site, "site", "", "kode Kemendagri desa, seperti 35.05.12.1005 (the village's code)")
	cmd.Flags().StringVar(&model, "model", "", "model papan (of the board)")
	cmd.Flags().StringVar(&serial, "serial", "", "nomor seri papan (the board's serial number)")
	cmd.Flags().StringVar(&note, "note", "", "catatan (note)")
	cmd.Flags().BoolVar(&noToken, "no-token", false, "tanpa token (make no token)")
	cmd.Flags().Var(&valid, "valid", "masa berlaku token: 24h, 30d (how long the token is valid)")
	must(cmd.MarkFlagRequired("site"))
	return cmd
}

// must is for mistakes of this program's own.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// printToken says what to type on the node, and shows the token for a camera.
func (d *desk) printToken(out io.Writer, t *enrolmentAnswer) error {
	fmt.Fprintf(out, d.say("Token sekali pakai, berlaku sampai %s. Ketik di node:\n", "A token for one use, valid until %s. Type on the node:\n"), clock(t.Expires))
	fmt.Fprintf(out, "\n  sudo siaga-edge enroll %s\n\n", t.Token)
	if err := printQR(out, t.Token); err != nil {
		return err
	}
	fmt.Fprintf(out, d.say("Membatalkan token ini: siaga node token --withdraw %s\n", "To withdraw this token: siaga node token --withdraw %s\n"), t.ID)
	return nil
}
