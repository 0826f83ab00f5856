package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/siaga-id/siaga/edge/calibration"
	"github.com/siaga-id/siaga/edge/local"
	"github.com/siaga-id/siaga/internal/reading"
)

const calibrateDate = "2006-01-02 15:04"

func calibrateList(f *calibrateFlags) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Koreksi yang berlaku (corrections in force)",
		Args:  cobra.NoArgs,
		RunE: f.run(func(ctx context.Context, d *calibrateDesk, _ []string) error {
			all, err := d.node.Calibrations(ctx)
			if err != nil {
				return err
			}
			now := []calibration.Correction{}
			for _, id := range slices.Sorted(maps.Keys(all.Sensors)) {
				inForce := calibration.InForceAfter(all.Sensors[id].Entries)
				for _, q := range slices.Sorted(maps.Keys(inForce)) {
					now = append(now, inForce[q])
				}
			}
			if asJSON {
				return d.json(now)
			}
			return d.table(now)
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (d *calibrateDesk) table(now []calibration.Correction) error {
	if len(now) == 0 {
		d.say("Tidak ada koreksi yang berlaku: semua nilai mentah.", "No correction is in force: all values are raw.")
		return nil
	}
	w := tabwriter.NewWriter(d.out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, d.Pick("SENSOR\tBESARAN\tKOREKSI\tVERSI\tTANGGAL\tOLEH\tALASAN", "SENSOR\tQUANTITY\tCORRECTION\tVERSION\tDATE\tBY\tREASON"))
	for _, c := range now {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s\n", c.Sensor, c.Quantity, describeCorrection(c, d.Lang), c.Version,
			c.Date.Local().Format(calibrateDate), c.Author, c.Reason)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, c := range now {
		if note := modelCaveat(c, d.Lang); note != "" {
			fmt.Fprintln(d.out, note)
		}
	}
	return nil
}

func calibrateHistory(f *calibrateFlags) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "history [SENSOR]",
		Short: "Semua perubahan koreksi (every change of corrections)",
		Args:  cobra.MaximumNArgs(1),
		RunE: f.run(func(ctx context.Context, d *calibrateDesk, args []string) error {
			all, err := d.node.Calibrations(ctx)
			if err != nil {
				return err
			}
			if len(args) == 1 {
				id := reading.SensorID(args[0])
				past, ok := all.Sensors[id]
				if !ok && !slices.Contains(d.sensorNames(), args[0]) {
					return d.errorf("sensor %q tidak dikenal", "sensor %q is not known", args[0])
				}
				all.Sensors = map[reading.SensorID]local.History{id: past}
			}
			if asJSON {
				return d.json(all)
			}
			return d.past(all)
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (d *calibrateDesk) past(all local.Corrections) error {
	w := tabwriter.NewWriter(d.out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, d.Pick("VERSI\tTANGGAL\tSENSOR\tBESARAN\tKEJADIAN\tKOREKSI\tOLEH\tALASAN", "VERSION\tDATE\tSENSOR\tQUANTITY\tEVENT\tCORRECTION\tBY\tREASON"))
	for _, id := range slices.Sorted(maps.Keys(all.Sensors)) {
		if n := all.Sensors[id].Dropped; n > 0 {
			fmt.Fprintf(w, "\t\t%s\t\t%s\t\t\t\n", id, d.Say("%d perubahan lebih lama sudah dihapus", "%d older changes are gone", n))
		}
		for _, e := range all.Sensors[id].Entries {
			c := e.Correction
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", c.Version, c.Date.Local().Format(calibrateDate), id, c.Quantity,
				describeEvent(e, d.Lang), describeCorrection(c, d.Lang), c.Author, c.Reason)
		}
	}
	return w.Flush()
}

// json gives machines what people see.
func (d *calibrateDesk) json(v any) error {
	enc := json.NewEncoder(d.out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
