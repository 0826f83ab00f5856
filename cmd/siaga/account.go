package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

type accountAnswer struct {
	Name     string    `json:"name"`
	Role     string    `json:"role"`
	Disabled bool      `json:"disabled"`
	Created  time.Time `json:"created"`
	Changed  time.Time `json:"password_changed"`
}

type accountsAnswer struct {
	Accounts []accountAnswer `json:"accounts"`
}

func accountCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "account",
		Short: "Akun orang yang boleh masuk (who may sign in)",
		Long: "Akun orang yang boleh masuk (who may sign in).\n\n" +
			"Peran (roles): viewer melihat (reads); operator menandai rencana, menyatakan data hilang, mengurus karantina\n" +
			"(plans events, declares losses, decides about the quarantine); technician mengurus inventaris dan node\n" +
			"(inventory, nodes); admin mengurus akun dan token (accounts, tokens).",
	}
	var f centerFlags
	f.bind(cmd.PersistentFlags())
	cmd.AddCommand(accountAdd(&f), listCommand(&f, "Daftar akun (all of them)", "/api/v1/accounts", printAccounts), accountSet(&f), accountRemove(&f))
	return cmd
}

func accountAdd(f *centerFlags) *cobra.Command {
	var role, file string
	cmd := &cobra.Command{
		Use:   "add NAME --role ROLE",
		Short: "Buat akun (make one)",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			word, err := newPassword(file, cmd.InOrStdin(), cmd.ErrOrStderr(), d.lang)
			if err != nil {
				return err
			}
			var made accountAnswer
			body := map[string]string{"name": args[0], "role": role, "password": word}
			if err := d.ask(cmd.Context(), http.MethodPost, "/api/v1/accounts", nil, body, &made); err != nil {
				return err
			}
			return f.printAccount(cmd.OutOrStdout(), d.lang, &made, d.say("dibuat", "made"))
		},
	}
	cmd.Flags().StringVar(&role, "role", "viewer", "peran (role): viewer, operator, technician, admin")
	cmd.Flags().StringVar(&file, "password-file", "", "berkas berisi sandi, - untuk masukan standar; bawaan: ditanyakan (file with the password, - for the standard input; default: asked on the terminal)")
	return cmd
}

func accountSet(f *centerFlags) *cobra.Command {
	var role, file string
	var ask, disable, enable bool
	cmd := &cobra.Command{
		Use:   "set NAME",
		Short: "Ubah peran atau kata sandi, matikan, hidupkan (change role or password, disable, enable)",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			body := map[string]any{}
			if role != "" {
				body["role"] = role
			}
			if disable || enable {
				body["disabled"] = disable
			}
			if len(body) == 0 && !ask && file == "" {
				return errors.New(d.say("tidak ada yang diubah: --role, --password, --disable atau --enable", "nothing to change: --role, --password, --disable or --enable"))
			}
			if ask || file != "" {
				if body["password"], err = newPassword(file, cmd.InOrStdin(), cmd.ErrOrStderr(), d.lang); err != nil {
					return err
				}
			}
			var is accountAnswer
			if err := d.ask(cmd.Context(), http.MethodPatch, "/api/v1/accounts/"+url.PathEscape(args[0]), nil, body, &is); err != nil {
				return err
			}
			return f.printAccount(cmd.OutOrStdout(), d.lang, &is, d.say("diubah", "changed"))
		},
	}
	cmd.Flags().StringVar(&role, "role", "", "peran (role): viewer, operator, technician, admin")
	cmd.Flags().BoolVar(&ask, "password", false, "tanyakan sandi baru; semua sesinya berakhir (ask for a new password; all sessions of the account end)")
	cmd.Flags().StringVar(&file, "password-file", "", "berkas berisi sandi baru, - untuk masukan standar (file with the new password, - for the standard input)")
	cmd.Flags().BoolVar(&disable, "disable", false, "tidak boleh masuk lagi; semua sesinya berakhir (may not sign in any more; all its sessions end)")
	cmd.Flags().BoolVar(&enable, "enable", false, "boleh masuk lagi (may sign in again)")
	cmd.MarkFlagsMutuallyExclusive("disable", "enable")
	return cmd
}

func accountRemove(f *centerFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME",
		Short: "Hapus akun (remove one)",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			if err := d.ask(cmd.Context(), http.MethodDelete, "/api/v1/accounts/"+url.PathEscape(args[0]), nil, nil, nil); err != nil {
				return err
			}
			if d.asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]string{"removed": args[0]})
			}
			fmt.Fprintf(cmd.OutOrStdout(), d.say("Akun %s dihapus; semua sesinya berakhir.\n", "Account %s is removed; all its sessions have ended.\n"), args[0])
			return nil
		},
	}
}

func (f *centerFlags) printAccount(out io.Writer, l lang, a *accountAnswer, done string) error {
	if f.asJSON {
		return printJSON(out, a)
	}
	_, err := fmt.Fprintf(out, l.say("Akun %s (%s) %s.\n", "Account %s (%s) is %s.\n"), a.Name, a.Role, done)
	return err
}

func printAccounts(out io.Writer, l lang, all accountsAnswer) error {
	if len(all.Accounts) == 0 {
		_, err := fmt.Fprintln(out, l.say("Belum ada akun: siaga account add NAMA --role admin", "There is no account yet: siaga account add NAME --role admin"))
		return err
	}
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, l.say("NAMA\tPERAN\tKEADAAN\tDIBUAT\tKATA SANDI DARI", "NAME\tROLE\tSTATE\tMADE\tPASSWORD OF"))
	for _, a := range all.Accounts {
		state := l.say("aktif", "active")
		if a.Disabled {
			state = l.say("mati", "disabled")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", a.Name, a.Role, state, day(&a.Created), day(&a.Changed))
	}
	return w.Flush()
}

// day is a time as tables show it, in the zone of whoever looks.
func day(t *time.Time) string {
	if t == nil || t.IsZero() {
		return "–"
	}
	return t.Local().Format("2006-01-02 15:04")
}
