package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

func nodeExportCommand(f *centerFlags) *cobra.Command {
	var format, table string
	cmd := &cobra.Command{
		Use:   "export [FILE]",
		Short: "Tulis inventaris sebagai JSON, atau satu tabel sebagai CSV (write the inventory)",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			if format == "" {
				format = "json"
				if len(args) == 1 && strings.EqualFold(filepath.Ext(args[0]), ".csv") || cmd.Flags().Changed("table") {
					format = "csv"
				}
			}
			path := "/api/v1/inventory?" + url.Values{"format": {format}, "table": {table}}.Encode()
			if len(args) == 0 {
				return d.copyTo(cmd.Context(), path, cmd.OutOrStdout())
			}
			// Notes say where keys are.
			out, err := os.OpenFile(args[0], os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
			if err != nil {
				return fmt.Errorf("export: %w", err)
			}
			return errors.Join(d.copyTo(cmd.Context(), path, out), out.Close())
		},
	}
	cmd.Flags().StringVar(&format, "format", "", "json, csv (default: what FILE ends in, else json)")
	cmd.Flags().StringVar(&table, "table", "nodes", "nodes, sites, sensors, levels: tabel CSV (which table)")
	return cmd
}

func nodeImportCommand(f *centerFlags) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Ambil inventaris dari CSV atau JSON: tampilkan dulu, --yes menjalankan (take in CSV or JSON: shown first, done by --yes)",
		Long: "Ambil inventaris dari CSV atau JSON, seluruhnya atau tidak sama sekali. Tanpa --yes hanya ditampilkan apa yang akan berubah.\n" +
			"(Takes in the inventory from CSV or JSON, all of it or nothing. Without --yes it only shows what would change.)\n\n" +
			"CSV: node,site,model,serial,note | site,name,district,lat,lon,river,river_order,datum,photo,note |\n" +
			"     node,sensor,model,serial,height_m,datum_m,orientation,since,note | node,sensor,quantity,valid_from,rank,name,colour,rising,falling,invented",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			var content []byte
			if args[0] == "-" {
				content, err = io.ReadAll(cmd.InOrStdin())
			} else {
				content, err = os.ReadFile(args[0])
			}
			if err != nil {
				return fmt.Errorf("import: %w", err)
			}
			format := "csv"
			if strings.HasPrefix(strings.TrimSpace(string(content)), "{") {
				format = "json"
			}
			query := url.Values{}
			if !yes {
				query.Set("preview", "true")
			}
			var done importAnswer
			if err := d.ask(cmd.Context(), http.MethodPost, "/api/v1/inventory", query, map[string]string{"format": format, "content": string(content)}, &done); err != nil {
				return err
			}
			if d.asJSON {
				return printJSON(cmd.OutOrStdout(), done)
			}
			d.printImport(cmd.OutOrStdout(), &done)
			return nil
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "jalankan (do it)")
	return cmd
}

func (d *desk) printImport(out io.Writer, done *importAnswer) {
	for _, c := range done.Changes {
		kind := d.say("ubah", "change")
		if c.New {
			kind = d.say("baru", "new")
		}
		fmt.Fprintf(out, "%s %s (%s %d)\n", kind, c.Object, d.say("baris", "line"), c.Line)
		for _, field := range c.Fields {
			fmt.Fprintf(out, "    %s: %s → %s\n", field.Field, or(field.Before), or(field.After))
		}
	}
	for _, code := range done.Unplaced {
		fmt.Fprintf(out, d.say("! %s: nama dan letak desa belum ada (siaga site set %s …)\n", "! %s: name and place of the village are not known (siaga site set %s …)\n"), code, code)
	}
	switch n := len(done.Changes); {
	case n == 0:
		fmt.Fprintln(out, d.say("Tidak ada yang berubah.", "Nothing changes."))
	case done.Applied:
		fmt.Fprintf(out, d.say("%d perubahan tersimpan.\n", "%d changes are written down.\n"), n)
	default:
		fmt.Fprintf(out, d.say("%d perubahan. Belum disimpan: ulangi dengan --yes.\n", "%d changes. Nothing is written down yet: again with --yes.\n"), n)
	}
}
