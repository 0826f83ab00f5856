package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
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
	cmd.AddCommand(caShowCommand(&f), caRotateCommand(&f), caEndCommand(&f))
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
	now := false
	cmd := &cobra.Command{
		Use: "rotate", Args: cobra.NoArgs,
		Short: "Buat otoritas baru; node beralih sendiri (make a new one; nodes change over by themselves)",
		Long: `Otoritas baru diperkenalkan selama 90 hari sebelum menerbitkan; --now: mulai sekarang, juga yang sedang
diperkenalkan. Yang lama dipercaya sampai semua node punya sertifikat baru, atau sampai: siaga ca end ID
(The new one is made known for 90 days before it issues; --now: from now on, also one that is being made
known. The old one is trusted until all nodes have new certificates, or until: siaga ca end ID)`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			var all authoritiesAnswer
			path := "/api/v1/ca/rotate"
			if now {
				path += "?now=true"
			}
			if err := d.call(cmd.Context(), http.MethodPost, path, nil, &all); err != nil {
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
	cmd.Flags().BoolVar(&now, "now", false, "menerbitkan mulai sekarang (issues from now on)")
	return cmd
}

func caEndCommand(f *centerFlags) *cobra.Command {
	strand := false
	cmd := &cobra.Command{
		Use: "end ID", Args: cobra.ExactArgs(1),
		Short: "Akhiri otoritas lama: tidak dipercaya lagi (end an old authority: it is trusted no more)",
		Long: `Untuk selamanya: kuncinya dihapus, sertifikat darinya ditolak, dan node diberi tahu. Node yang akan
tertinggal disebutkan dulu; --strand mengakhirinya juga, lalu node itu perlu token baru.
(For good: its key is destroyed, certificates by it are refused, and nodes are told. The nodes that would be
stranded are named first; --strand ends it all the same, and those want a new token then.)`,
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			path := "/api/v1/ca/" + url.PathEscape(args[0])
			if strand {
				path += "?strand=true"
			} else if err := d.stranded(cmd.Context(), path); err != nil {
				return err
			}
			var all authoritiesAnswer
			if err := d.call(cmd.Context(), http.MethodDelete, path, nil, &all); err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if d.asJSON {
				return printJSON(out, all)
			}
			fmt.Fprintln(out, d.say(
				"Otoritas itu berakhir. Semua node menyambung ulang dan diberi tahu. Cadangan lama memuatnya lagi: akhiri lagi setelah memulihkannya. Untuk broker lain jalankan lagi siaga broker-config.",
				"That authority has ended. All nodes connect anew and are told. An old backup holds it still: end it again after a restore. For an external broker run siaga broker-config again."))
			return all.print(out, d.lang)
		},
	}
	cmd.Flags().BoolVar(&strand, "strand", false, "juga bila ada node yang tertinggal (also where nodes are left behind)")
	return cmd
}

// stranded names whom an authority's end would leave behind, as an error.
func (d *desk) stranded(ctx context.Context, path string) error {
	var behind struct {
		Old    []string `json:"old"`
		Unseen []string `json:"unseen"`
		Tokens []string `json:"tokens"`
	}
	if err := d.call(ctx, http.MethodGet, path+"/stranded", nil, &behind); err != nil {
		return err
	}
	var lines []string
	for _, list := range []struct {
		nodes []string
		why   string
	}{
		{behind.Old, d.say("hanya punya sertifikat lama", "have only a certificate of it")},
		{behind.Unseen, d.say("belum memakai sertifikat barunya sejak pusat dihidupkan", "have not used their new certificate since the center was started")},
		{behind.Tokens, d.say("punya token yang belum dipakai, dari sebelum pergantian", "have a token that is not used yet, of before the change")},
	} {
		if len(list.nodes) > 0 {
			lines = append(lines, "  "+list.why+": "+strings.Join(list.nodes, ", "))
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return fmt.Errorf("%s\n%s\n  → %s", d.say("node ini akan tertinggal:", "these nodes would be stranded:"), strings.Join(lines, "\n"),
		d.say("tunggu mereka, pensiunkan, atau akhiri dengan --strand dan beri token baru", "wait for them, retire them, or end it with --strand and give them new tokens"))
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
