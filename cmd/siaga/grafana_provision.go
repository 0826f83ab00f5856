package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/siaga-id/siaga/dashboards/grafana/provision"
	"github.com/siaga-id/siaga/internal/secret"
)

// provisioning is what the command line says of a Grafana's provisioning.
type provisioning struct {
	*grafanaFlags
	out, kind, influxSecret, center, data, tokenFile, caFile string
	webhookToken, telegramToken                              string
	opt                                                      provision.Options
}

func grafanaProvision(f *grafanaFlags) *cobra.Command {
	p := provisioning{grafanaFlags: f}
	cmd := &cobra.Command{
		Use:   "provision --out DIR",
		Short: "Tulis sumber data, dasbor dan alarm untuk Grafana (write data sources, dashboards and alerts for Grafana)",
		Long: "Menulis ke folder provisioning Grafana, di samping isi lainnya, lalu mencetak yang masih perlu diatur.\n" +
			"Jalankan lagi setelah pembaruan Siaga atau untuk mengubahnya, lalu mulai ulang Grafana. Berkas dapat\n" +
			"dibaca grup folder itu, yang harus grup Grafana, dan oleh tidak seorang pun selain itu.\n" +
			"(Writes into Grafana's provisioning folder, beside whatever is there, and prints what is left to set.\n" +
			"Run it again after an update of Siaga or for a change, then restart Grafana. The folder's group, which\n" +
			"must be Grafana's, can read the files, and nobody else.)",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.run(cmd) },
	}
	p.bind(cmd.Flags())
	_ = cmd.MarkFlagRequired("out") // it exists
	return cmd
}

func (p *provisioning) bind(flags *pflag.FlagSet) {
	o := &p.opt
	flags.StringVar(&p.out, "out", "", "folder provisioning Grafana, seperti /etc/grafana/provisioning (Grafana's provisioning folder)")
	flags.StringVar(&o.Dir, "at", "", "where Grafana itself sees that folder, as in a container (default: where it is)")
	flags.Int64Var(&o.Org, "org", 1, "id organisasi di Grafana (id of Grafana's organisation)")
	flags.StringVar(&p.kind, "influx-kind", string(provision.Embedded), "embedded, 1, 2 or 3: the InfluxDB that Grafana asks (2: with a DBRP mapping; 3: untried)")
	flags.StringVar(&o.Influx.URL, "influx", "", "its address (default: the embedded one's, on another machine than the center's through --gateway)")
	flags.StringVar(&o.Influx.Database, "influx-database", "siaga", "basis datanya, atau nama yang dipetakan ke bucket (its database, or the name that is mapped to the bucket)")
	flags.StringVar(&o.Influx.User, "influx-user", "", "pengguna InfluxDB 1.8, dengan --influx-token-file (user of InfluxDB 1.8)")
	flags.StringVar(&p.influxSecret, "influx-token-file", "", "berkas berisi token InfluxDB 2 atau 3, atau sandi 1.8 (file with the token of InfluxDB 2 or 3, or the password of 1.8)")
	flags.StringVar(&o.Gateway.URL, "gateway", defaultCenter, "alamat pusat bagi Grafana (the center's address, as Grafana reaches it)")
	flags.StringVar(&p.tokenFile, "token-file", "", "berkas berisi token viewer untuk Grafana (file with an access token of the scope viewer, for Grafana)")
	flags.StringVar(&p.data, "data", "", "direktori data pusat di mesinnya sendiri: membuat token itu dan menemukan otoritasnya (the center's data directory, on its own machine: makes that token, and finds the center's authority)")
	flags.StringVar(&p.center, "center", defaultCenter, "dengan --data: alamat pusat untuk program ini (with --data: the center's address for this program)")
	flags.StringVar(&p.caFile, "ca", "", "berkas otoritas pusat untuk gateway https://, dari siaga ca show --pem (file with the center's authority, for an https:// gateway)")
	flags.BoolVar(&o.Plugin, "plugin", true, "dengan sumber data plugin Siaga, untuk yang langsung (with the data source of Siaga's plugin, for what is live)")
	flags.StringSliceVar(&o.Receivers.Webhooks, "webhook", listEnv("SIAGA_ALERT_WEBHOOK"), "send alerts to this address (again for more; SIAGA_ALERT_WEBHOOK)")
	flags.StringVar(&p.webhookToken, "webhook-token-file", os.Getenv("SIAGA_ALERT_WEBHOOK_TOKEN_FILE"), "file with a token for it (SIAGA_ALERT_WEBHOOK_TOKEN_FILE)")
	flags.StringVar(&o.Receivers.TelegramChat, "telegram", os.Getenv("SIAGA_TELEGRAM_CHAT"), "send alerts to this Telegram chat, a number (SIAGA_TELEGRAM_CHAT)")
	flags.StringVar(&p.telegramToken, "telegram-token-file", os.Getenv("SIAGA_TELEGRAM_TOKEN_FILE"), "file with the bot's token (SIAGA_TELEGRAM_TOKEN_FILE)")
	flags.StringSliceVar(&o.Receivers.Emails, "email", listEnv("SIAGA_ALERT_EMAIL"), "send alerts to this address (again for more; SIAGA_ALERT_EMAIL); Grafana needs [smtp]")
	flags.BoolVar(&o.Policy, "policy", false, "alarm lain pun ke sana: mengganti semua kebijakan notifikasi Grafana (alerts of others go there too: replaces all of Grafana's notification policies)")
}

// listEnv reads a list with commas from the environment.
func listEnv(name string) []string {
	return strings.FieldsFunc(os.Getenv(name), func(r rune) bool { return r == ',' || r == ' ' })
}

func (p *provisioning) run(cmd *cobra.Command) error {
	set, l, err := p.set()
	if err != nil {
		return err
	}
	if p.out, err = filepath.Abs(p.out); err != nil {
		return err
	}
	o := &p.opt
	o.Set, o.Influx.Kind = set, provision.Kind(p.kind)
	if o.Dir == "" {
		o.Dir = filepath.ToSlash(p.out)
	}
	o.Gateway.URL = strings.TrimRight(o.Gateway.URL, "/")
	if err := p.readFiles(); err != nil {
		return err
	}
	if err := p.completeInflux(); err != nil {
		return err
	}
	made, err := p.askCenter(cmd.Context(), l)
	if err != nil {
		return err
	}
	changes, err := provision.Write(p.out, *o)
	if err != nil {
		return made.undo(cmd.Context(), err)
	}
	if p.asJSON {
		return printJSON(cmd.OutOrStdout(), map[string]any{"folder": p.out, "files": changes, "grafana_ini": provision.Settings(*o)})
	}
	p.explain(cmd.OutOrStdout(), l, changes, made)
	return nil
}

// readFiles reads every secret that was named.
func (p *provisioning) readFiles() error {
	o := &p.opt
	for _, f := range []struct {
		flag, file string
		into       *string
	}{
		{"--influx-token-file", p.influxSecret, &o.Influx.Secret},
		{"--token-file", p.tokenFile, &o.Gateway.Token},
		{"--webhook-token-file", p.webhookToken, &o.Receivers.WebhookToken},
		{"--telegram-token-file", p.telegramToken, &o.Receivers.TelegramToken},
	} {
		text, err := secret.Read(f.flag, f.file)
		if err != nil {
			return err
		}
		if *f.into = strings.TrimSpace(text); f.file != "" && *f.into == "" {
			return fmt.Errorf("%s: %s is empty", f.flag, f.file)
		}
	}
	if p.caFile != "" {
		b, err := os.ReadFile(p.caFile)
		if err != nil {
			return fmt.Errorf("read authority: %w", err)
		}
		o.Gateway.CA = strings.TrimSpace(string(b))
	}
	return nil
}
