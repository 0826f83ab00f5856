package main

import (
	"context"
	"maps"
	"slices"

	"github.com/spf13/cobra"
)

// newReplace is the command by which a technician says that another device
// stands in a sensor's place.
func newReplace() *cobra.Command { return replaceCommand(openCalibrateNode) }

func replaceCommand(open calibrateOpen) *cobra.Command {
	f := &calibrateFlags{open: open}
	cmd := &cobra.Command{
		Use:   "replace SENSOR",
		Short: "Sensor diganti: akhiri koreksinya (a sensor was replaced: end its corrections)",
		Long: `Jalankan sesudah memasang sensor baru di tempat yang lama. Koreksi milik sensor lama
diakhiri; riwayatnya tetap ada.
(Run this after a new sensor was put in the place of an old one. The corrections of the
old one end; the history stays.)`,
		Args: cobra.ExactArgs(1),
		RunE: f.run(func(ctx context.Context, d *calibrateDesk, args []string) error {
			s, err := d.sensor(ctx, args[0])
			if err != nil {
				return err
			}
			if len(s.now) == 0 {
				d.say("Sensor %s tidak punya koreksi yang berlaku.", "Sensor %s has no correction in force.", s.id)
			}
			for _, q := range slices.Sorted(maps.Keys(s.now)) {
				d.say("Diakhiri: %s, versi %d, %s", "Ends: %s, version %d, %s", q, s.now[q].Version, describeCorrection(s.now[q], d.Lang))
			}
			author, reason, err := d.sign()
			if err != nil {
				return err
			}
			if err := d.confirm(); err != nil {
				return err
			}
			if err := d.node.Replace(ctx, s.id, author, reason); err != nil {
				return err
			}
			d.say("Tercatat. Kalibrasi sensor yang baru: siaga-edge calibrate --help", "Noted. Calibrate the new sensor: siaga-edge calibrate --help")
			return nil
		}),
	}
	f.changing(cmd)
	return cmd
}
