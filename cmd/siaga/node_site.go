package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func siteCommand() *cobra.Command {
	var f centerFlags
	cmd := &cobra.Command{Use: "site", Short: "Desa tempat node berdiri (the villages where nodes stand)"}
	f.bind(cmd.PersistentFlags())
	list := &cobra.Command{
		Use: "list", Short: "Daftar (list)", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			var all struct {
				Sites []siteAnswer `json:"sites"`
			}
			if err := d.call(cmd.Context(), http.MethodGet, "/api/v1/sites", nil, &all); err != nil {
				return err
			}
			if d.asJSON {
				return printJSON(cmd.OutOrStdout(), all)
			}
			return d.printSites(cmd.OutOrStdout(), all.Sites)
		},
	}
	cmd.AddCommand(list, siteSetCommand(&f))
	return cmd
}

// siteFlags are a site's fields and their flags.
var siteFlags = map[string]string{
	"name": "name", "district": "district", "river": "river", "datum": "datum", "photo": "photo", "note": "note",
	"lat": "lat", "lon": "lon", "river-order": "river_order",
}

func siteSetCommand(f *centerFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "set CODE", Short: "Tambah atau ubah desa (add or change a village)", Args: cobra.ExactArgs(1),
	}
	flags := cmd.Flags()
	flags.String("name", "", "nama desa atau kelurahan (the village's name)")
	flags.String("district", "", "nama kecamatan (the district's name)")
	flags.Float64("lat", 0, "lintang, derajat: -8.1856 (latitude)")
	flags.Float64("lon", 0, "bujur, derajat: 112.2194 (longitude)")
	flags.String("river", "", "nama sungai (the river's name)")
	flags.Int("river-order", 0, "urutan di sungai dari hulu: 1, 2, … (place along the river from its source)")
	flags.String("datum", "", "nol peilskal mengacu pada apa (to what the gauge's zero refers)")
	flags.String("photo", "", "tautan atau nama berkas foto (where the photo is)")
	flags.String("note", "", "catatan: jalan masuk, kunci, kontak (note: access, keys, contacts)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		d, err := f.desk()
		if err != nil {
			return err
		}
		body := map[string]any{}
		for flag, field := range siteFlags {
			if !flags.Changed(flag) {
				continue
			}
			switch flag {
			case "lat", "lon":
				body[field], err = flags.GetFloat64(flag)
			case "river-order":
				body[field], err = flags.GetInt(flag)
			default:
				body[field], err = flags.GetString(flag)
			}
			if err != nil {
				return err
			}
		}
		if len(body) == 0 {
			return errors.New(d.say("sebutkan apa yang diubah: --name, --lat, …", "say what to change: --name, --lat, …"))
		}
		at := "/api/v1/sites/" + url.PathEscape(args[0])
		var site siteAnswer
		version := "new"
		var refused *refusedError
		switch err := d.ask(cmd.Context(), http.MethodGet, at, nil, nil, &site); {
		case err == nil:
			version = site.Version
		case errors.As(err, &refused) && refused.Status == http.StatusNotFound:
		default:
			return err
		}
		if err := d.ask(cmd.Context(), http.MethodPatch, at, url.Values{"version": {version}}, body, &site); err != nil {
			return err
		}
		if d.asJSON {
			return printJSON(cmd.OutOrStdout(), site)
		}
		return d.printSites(cmd.OutOrStdout(), []siteAnswer{site})
	}
	return cmd
}

func (d *desk) printSites(out io.Writer, all []siteAnswer) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, d.say("KODE\tDESA\tKECAMATAN\tLINTANG\tBUJUR\tSUNGAI\tURUTAN\tDATUM\tCATATAN", "CODE\tVILLAGE\tDISTRICT\tLAT\tLON\tRIVER\tORDER\tDATUM\tNOTE"))
	for _, s := range all {
		order := "-"
		if s.RiverOrder > 0 {
			order = fmt.Sprint(s.RiverOrder)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%g\t%g\t%s\t%s\t%s\t%s\n", s.Site, s.Name, or(s.District), s.Lat, s.Lon, or(s.River), order, or(s.Datum), or(s.Note))
	}
	return w.Flush()
}
