package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/siaga-id/siaga/dashboards/grafana"
)

// grafanaFlags are those of both commands about Grafana.
type grafanaFlags struct {
	said      string
	simulated bool
	plain     bool
	asJSON    bool
}

func (f *grafanaFlags) bind(flags *pflag.FlagSet) {
	flags.StringVar(&f.said, "lang", os.Getenv("SIAGA_LANG"), "id, en: bahasa dasbor dan pesan (language of dashboards and messages; default: id)")
	flags.BoolVar(&f.simulated, "simulated", false, "pusat demo: semua dasbor bertulis SIMULASI (a demo center: every dashboard says SIMULASI)")
	flags.BoolVar(&f.plain, "plain-beyond-loopback", false, "kirim token ke mesin lain tanpa enkripsi, bila tidak ada yang dapat menyadap (send an access token to another machine unencrypted, where nobody else can read along)")
	flags.BoolVar(&f.asJSON, "json", false, "JSON")
}

// set is which dashboards are meant.
func (f *grafanaFlags) set() (grafana.Set, lang, error) {
	l, err := parseLang(f.said)
	set := grafana.Set{Lang: grafana.Indonesian, Simulated: f.simulated}
	if l == english {
		set.Lang = grafana.English
	}
	return set, l, err
}

// encrypted returns an error where a token would go over the network for everybody
// to read.
func (f *grafanaFlags) encrypted(address string, l lang) error {
	if f.plain || strings.HasPrefix(strings.ToLower(address), "https://") || onThisMachine(address) {
		return nil
	}
	return fmt.Errorf(l.say("token akan terkirim tanpa enkripsi ke %s: pakai https://, jalankan Grafana dan pusat di satu mesin, atau di jaringan tertutup: --plain-beyond-loopback",
		"a token would go unencrypted to %s: use https://, run Grafana and the center on one machine, or on a closed network: --plain-beyond-loopback"), address)
}

func grafanaCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "grafana",
		Short: "Dasbor, alarm dan dinding di Grafana (dashboards, alerts and the wall in Grafana)",
	}
	var f grafanaFlags
	f.bind(cmd.PersistentFlags())
	cmd.AddCommand(grafanaProvision(&f), grafanaWall(&f))
	return cmd
}
