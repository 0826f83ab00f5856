package main

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

func nodeLevelCommand(f *centerFlags) *cobra.Command {
	cmd := &cobra.Command{Use: "level", Short: "Tingkat siaga sebuah pos (a gauge's levels)"}
	list := &cobra.Command{
		Use: "list NODE", Short: "Daftar (list)", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			a, err := d.asset(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if d.asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]any{"levels": a.Levels})
			}
			return d.printLevels(cmd.OutOrStdout(), a.Levels)
		},
	}
	cmd.AddCommand(list, levelSetCommand(f))
	return cmd
}

func levelSetCommand(f *centerFlags) *cobra.Command {
	var quantity, from string
	var invented bool
	var steps []string
	cmd := &cobra.Command{
		Use:   "set NODE SENSOR --from WHEN --level RANK:NAME:COLOUR[:RISING:FALLING]...",
		Short: "Tetapkan tingkat mulai suatu waktu (write down the levels from a time on)",
		Long: "Tetapkan tingkat sebuah pos mulai suatu waktu; yang lama tetap tersimpan. Peringkat 0 = normal, 3 = paling gawat: bukan nomor Siaga.\n" +
			"Batas dalam cm di atas nol peilskal (besaran lain: satuannya sendiri): naik = masuk, turun = keluar.\n" +
			"(Writes down a gauge's levels from a time on; the old ones stay. Rank 0 is normal, 3 the worst: not a Siaga number.\n" +
			"Thresholds are cm above the gauge's zero, of other quantities their unit: entered at the first, left below the second.)\n\n" +
			"  siaga node level set sutojayan-01 sungai-1 --from 2026-03-01 --level '0:Normal:#2e9e5b' \\\n" +
			"    --level '1:Siaga III:#f2c200:150:140' --level '2:Siaga II:#f07c00:200:190' --level '3:Siaga I:#d7191c:250:240'",
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			set := levelsAnswer{Sensor: args[1], Quantity: quantity, Invented: invented}
			if set.ValidFrom, err = parseWhen(from, time.Now()); err != nil {
				return fmt.Errorf("--from: %w", err)
			}
			for _, step := range steps {
				l, err := parseLevel(step)
				if err != nil {
					return err
				}
				set.Levels = append(set.Levels, l)
			}
			a, err := d.asset(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if a, err = d.change(cmd.Context(), http.MethodPut, "/levels", a, nil, set); err != nil {
				return err
			}
			if d.asJSON {
				return printJSON(cmd.OutOrStdout(), a)
			}
			return d.printLevels(cmd.OutOrStdout(), a.Levels)
		},
	}
	cmd.Flags().StringVar(&quantity, "quantity", "level", "besaran (quantity): level, discharge, …")
	cmd.Flags().StringVar(&from, "from", "", "berlaku mulai (valid from): 2026-03-01")
	cmd.Flags().BoolVar(&invented, "invented", false, "hanya untuk peragaan, tidak ditetapkan siapa pun (for a demonstration, decreed by nobody)")
	cmd.Flags().StringArrayVar(&steps, "level", nil, "RANK:NAME:COLOUR[:RISING:FALLING]")
	must(cmd.MarkFlagRequired("from"))
	must(cmd.MarkFlagRequired("level"))
	return cmd
}

// parseLevel reads RANK:NAME:COLOUR[:RISING:FALLING].
func parseLevel(text string) (l levelAnswer, err error) {
	parts := strings.Split(text, ":")
	if len(parts) != 3 && len(parts) != 5 {
		return l, fmt.Errorf("--level %q: want RANK:NAME:COLOUR, and from rank 1 on :RISING:FALLING", text)
	}
	l.Name, l.Colour = parts[1], parts[2]
	l.Rank, err = strconv.Atoi(parts[0])
	if err == nil && len(parts) == 5 {
		if l.Rising, err = strconv.ParseFloat(parts[3], 64); err == nil {
			l.Falling, err = strconv.ParseFloat(parts[4], 64)
		}
	}
	if err != nil {
		return l, fmt.Errorf("--level %q: want numbers for rank, rising and falling", text)
	}
	return l, nil
}

func (d *desk) printLevels(out io.Writer, all []levelsAnswer) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	for i, set := range all {
		valid := d.say("mulai ", "from ") + clock(set.ValidFrom)
		if next := i + 1; next < len(all) && all[next].Sensor == set.Sensor && all[next].Quantity == set.Quantity {
			valid += d.say(" sampai ", " until ") + clock(all[next].ValidFrom)
		}
		if set.Invented {
			valid += d.say(", CONTOH: tidak ditetapkan siapa pun", ", INVENTED: decreed by nobody")
		}
		if err := w.Flush(); err != nil {
			return err
		}
		fmt.Fprintf(out, "\n%s %s, %s\n", set.Sensor, set.Quantity, valid)
		fmt.Fprintln(w, d.say("  PERINGKAT\tNAMA\tWARNA\tNAIK\tTURUN", "  RANK\tNAME\tCOLOUR\tRISING\tFALLING"))
		for _, l := range set.Levels {
			rising, falling := "-", "-"
			if l.Rank > 0 {
				rising, falling = d.number("%g", l.Rising), d.number("%g", l.Falling)
			}
			fmt.Fprintf(w, "  %d\t%s\t%s\t%s\t%s\n", l.Rank, l.Name, l.Colour, rising, falling)
		}
	}
	return w.Flush()
}
