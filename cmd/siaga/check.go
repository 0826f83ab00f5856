package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/siaga-id/siaga/gateway"
	"github.com/siaga-id/siaga/internal/config"
)

func checkCommand() *cobra.Command {
	var file string
	var asJSON bool
	var said string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Periksa port, broker, InfluxDB, jam dan disk (check everything a center needs)",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := parseLang(said)
			if err != nil {
				return err
			}
			cfg := gateway.DefaultConfig()
			if err := config.Load(file, nil, &cfg); err != nil {
				return err
			}
			slog.SetDefault(slog.New(slog.DiscardHandler)) // the findings say it all
			found := gateway.Check(cmd.Context(), cfg, l.say)
			if asJSON {
				if err := printJSON(cmd.OutOrStdout(), found); err != nil {
					return err
				}
			} else {
				printFindings(cmd.OutOrStdout(), found)
			}
			for _, f := range found {
				if f.Grade == gateway.Fail {
					return errors.New(l.say("belum semuanya siap", "not everything is ready"))
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "berkas konfigurasi (configuration file)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "JSON")
	bindLang(cmd.Flags(), &said)
	return cmd
}

func printFindings(out io.Writer, found []gateway.Finding) {
	marks := map[gateway.Grade]string{gateway.Pass: "✓", gateway.Warn: "!", gateway.Fail: "✗"}
	for _, f := range found {
		fmt.Fprintf(out, "%s %-14s %s\n", marks[f.Grade], f.Check, f.Text)
		if f.Remedy != "" {
			fmt.Fprintf(out, "  %-14s → %s\n", "", f.Remedy)
		}
	}
}
