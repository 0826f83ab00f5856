package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"

	"github.com/spf13/cobra"

	"github.com/siaga-id/siaga/ingest/standalone"
	"github.com/siaga-id/siaga/internal/config"
)

func ingestCommand() *cobra.Command {
	var file string
	var drain bool
	cmd := &cobra.Command{
		Use:   "ingest",
		Short: "Hanya penerima data, di samping broker dan InfluxDB luar (an ingester beside an external broker and InfluxDB)",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg := standalone.DefaultConfig()
			if err := config.Load(file, nil, &cfg); err != nil {
				return err
			}
			tendHeap()
			return runIngest(cmd.Context(), cfg, drain, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&file, "config", "/etc/siaga/siaga-ingest.yaml", "berkas konfigurasi (configuration file)")
	cmd.Flags().BoolVar(&drain, "drain", false, "tidak menerima apa pun, kosongkan spool lalu berhenti: sebelum ingester ini dilepas (take nothing in, empty the spool and stop: before this ingester is removed)")
	return cmd
}

func runIngest(ctx context.Context, cfg standalone.Config, drain bool, out io.Writer) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil)).With("ingester", cfg.Ingest.Name)
	p, err := standalone.New(cfg, log)
	if err != nil {
		return err
	}
	run := p.Run
	if drain {
		run = p.Drain
	}
	log.Info("ingester runs", "broker", redacted(cfg.MQTT.URL), "influx", redacted(cfg.Influx.URL), "drain", drain)
	err = run(ctx)
	status := p.Status()
	err = errors.Join(err, p.Close())
	fmt.Fprintf(out, "Selesai. %d paket di disk menunggu InfluxDB. (Stopped. %d packs on disk wait for InfluxDB.)\n", status.WaitingPacks, status.WaitingPacks)
	return err
}

// redacted is an address for a log: a password in it is a mistake that is told
// later, and must not be told there.
func redacted(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "not an address"
	}
	return u.Redacted()
}
