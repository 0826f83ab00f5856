package main

import (
	"fmt"
	"io"
	"net/http"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

type authorityAnswer struct {
	ID           string    `json:"id"`
	Fingerprint  string    `json:"fingerprint"`
	Created      time.Time `json:"created"`
	IssuesFrom   time.Time `json:"issues_from"`
	Issues       bool      `json:"issues"`
	TrustedUntil time.Time `json:"trusted_until"`
	NotAfter     time.Time `json:"not_after"`
	PEM          string    `json:"pem"`
}

type authoritiesAnswer struct {
	Authorities []authorityAnswer `json:"authorities"`
	Centers     []string          `json:"centers"`
}

func caCommand() *cobra.Command {
	var f centerFlags
	cmd := &cobra.Command{
		Use:   "ca",
		Short: "Otoritas sertifikat pusat (the center's certificate authority)",
	}
	f.bind(cmd.PersistentFlags())
	cmd.AddCommand(caShowCommand(&f), caRotateCommand(&f))
	return cmd
}

func caShowCommand(f *centerFlags) *cobra.Command {
	var pem bool
	cmd := &cobra.Command{
		Use: "show", Args: cobra.NoArgs,
		Short: "Otoritas yang dipercaya node; --pem untuk peramban (those that nodes trust; --pem for browsers)",
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			var all authoritiesAnswer
			if err := d.call(cmd.Context(), http.MethodGet, "/api/v1/ca", nil, &all); err != nil {
				return err
			}
			switch out := cmd.OutOrStdout(); {
			case pem:
				for _, a := range all.Authorities {
					fmt.Fprint(out, a.PEM)
				}
				return nil
			case d.asJSON:
				return printJSON(out, all)
			default:
				return all.print(out, d.lang)
			}
		},
	}
	cmd.Flags().BoolVar(&pem, "pem", false, "sertifikatnya saja, PEM (only the certificates)")
	return cmd
}

func caRotateCommand(f *centerFlags) *cobra.Command {
	return &cobra.Command{
		Use: "rotate", Args: cobra.NoArgs,
		Short: "Buat otoritas baru; node beralih sendiri (make a new one; nodes change over by themselves)",
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			var all authoritiesAnswer
			if err := d.call(cmd.Context(), http.MethodPost, "/api/v1/ca/rotate", nil, &all); err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if d.asJSON {
				return printJSON(out, all)
			}
			fmt.Fprintln(out, d.say(
				"Otoritas baru dibuat. Node mengenalnya saat memperbarui sertifikat; tidak ada yang perlu dikunjungi atau dihidupkan ulang.",
				"The new authority is made. Nodes learn of it as they renew their certificates; nothing needs a visit or a restart."))
			return all.print(out, d.lang)
		},
	}
}

func (a *authoritiesAnswer) print(out io.Writer, l lang) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, l.say("ID\tKEADAAN\tMENERBITKAN SEJAK\tDIPERCAYA SAMPAI\tBERAKHIR\tSIDIK JARI (SHA-256)", "ID\tSTATE\tISSUES FROM\tTRUSTED UNTIL\tENDS\tFINGERPRINT (SHA-256)"))
	issuing := false
	for _, one := range a.Authorities {
		state := l.say("lama", "old")
		switch {
		case one.Issues:
			state, issuing = l.say("menerbitkan", "issues"), true
		case issuing: // after the one that does
			state = l.say("diperkenalkan", "being made known")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", one.ID, state, day(&one.IssuesFrom), day(&one.TrustedUntil), day(&one.NotAfter), one.Fingerprint)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(a.Centers) == 0 {
		fmt.Fprintln(out, l.say("Node tidak dapat menjangkau pusat: isi secure.addrs di konfigurasi.", "Nodes cannot reach the center: set secure.addrs in its configuration."))
		return nil
	}
	fmt.Fprintln(out, l.say("Alamat pusat bagi node:", "The center's addresses for nodes:"))
	for _, c := range a.Centers {
		fmt.Fprintln(out, "  "+c)
	}
	return nil
}
