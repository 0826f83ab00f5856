package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/explain"
)

// readFlags are what read was asked for.
type readFlags struct {
	once, json     bool
	record, replay string
}

// readEvery is how often the table is written anew.
const readEvery = time.Second

func newRead() *cobra.Command {
	var f readFlags
	cmd := &cobra.Command{
		Use:   "read [SENSOR]",
		Short: "Lihat nilai sensor sekarang (see what the sensors say now)",
		Long: `Menampilkan nilai mentah di samping nilai terkoreksi, dengan mutu, umur dan keadaan sensor.
Bila agen berjalan, nilainya dari agen; bila tidak, sensor dibaca langsung.
(Shows raw values beside corrected ones, with quality, age and the sensors' health:
from the running agent, or from the sensors themselves while none runs.)`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, cfg, lang, err := settings(cmd)
			if err != nil {
				return err
			}
			if len(args) == 1 {
				if cfg, err = onlySensor(cfg, args[0], lang); err != nil {
					return err
				}
			}
			return read(cmd.Context(), cmd.OutOrStdout(), cfg, f, lang)
		},
	}
	cmd.Flags().BoolVar(&f.once, "once", false, "sekali saja (once)")
	cmd.Flags().BoolVar(&f.json, "json", false, "JSON, satu baris setiap kali (JSON, a line each time)")
	cmd.Flags().StringVar(&f.record, "record", "", "rekam lalu lintas bus ke berkas (record the buses' traffic to a file)")
	cmd.Flags().StringVar(&f.replay, "replay", "", "putar rekaman sebagai ganti sensor (play a recording instead of sensors)")
	cmd.MarkFlagsMutuallyExclusive("record", "replay")
	return cmd
}

// onlySensor leaves one sensor in a configuration.
func onlySensor(cfg edge.Config, id string, lang explain.Lang) (edge.Config, error) {
	var known []string
	for _, sc := range cfg.Sensors {
		if sc.ID == id {
			cfg.Sensors = []edge.SensorConfig{sc}
			return cfg, nil
		}
		known = append(known, sc.ID)
	}
	return cfg, errors.New(lang.Say("tidak ada sensor %s: yang ada %s", "there is no sensor %s: there are %s", id, strings.Join(known, ", ")))
}

// read shows what the sensors of cfg say, again and again where out is a
// terminal or JSON is wanted, until ctx ends.
func read(ctx context.Context, out io.Writer, cfg edge.Config, f readFlags, lang explain.Lang) (err error) {
	from, err := openReadSource(ctx, cfg, f, lang)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.close()) }()
	from.settle(ctx)
	inPlace := !f.once && !f.json && isTerminal(out)
	if inPlace {
		fmt.Fprint(out, "\x1b[2J")
	}
	for {
		seen := from.see(ctx)
		if ctx.Err() != nil {
			return nil
		}
		seen.Sensors = slices.DeleteFunc(seen.Sensors, func(s edge.SensorSnapshot) bool {
			return !slices.ContainsFunc(cfg.Sensors, func(sc edge.SensorConfig) bool { return sc.ID == s.ID })
		})
		switch {
		case f.json:
			err = json.NewEncoder(out).Encode(seen)
		case inPlace:
			err = writeInPlace(out, readTable(seen, lang))
		default:
			_, err = fmt.Fprintln(out, strings.Join(readTable(seen, lang), "\n"))
		}
		if err != nil {
			return fmt.Errorf("write: %w", err)
		}
		if f.once || !f.json && !inPlace {
			return seen.failed()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(readEvery):
		}
	}
}

// writeInPlace writes lines over those that the terminal shows.
func writeInPlace(out io.Writer, lines []string) error {
	_, err := fmt.Fprint(out, "\x1b[H", strings.Join(lines, "\x1b[K\n"), "\x1b[K\n\x1b[J")
	return err
}

func isTerminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
