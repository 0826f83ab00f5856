package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/siaga-id/siaga/edge/calibration"
	"github.com/siaga-id/siaga/internal/reading"
)

// propose shows what a correction changes, asks, and puts it in force.
func (d *calibrateDesk) propose(ctx context.Context, s calibrateSensor, c calibration.Correction) error {
	c.Sensor = s.id
	if err := calibration.Check(c, s.raw); err != nil {
		return err
	}
	d.say("Koreksi %s %s: %s  →  %s", "Correction of %s %s: %s  →  %s", s.id, c.Quantity, describeCorrection(s.now[c.Quantity], d.Lang), describeCorrection(c, d.Lang))
	if note := modelCaveat(c, d.Lang); note != "" {
		fmt.Fprintln(d.out, note)
	}
	var err error
	if c.Author, c.Reason, err = d.sign(); err != nil {
		return err
	}
	if err := c.Validate(); err != nil {
		return err
	}
	if err := d.confirm(); err != nil {
		return err
	}
	version, err := d.node.SetCorrection(ctx, c)
	if err != nil {
		return err
	}
	d.say("Berlaku sebagai versi %d, oleh %s. Batalkan dengan: siaga-edge calibrate undo %s %s",
		"In force as version %d, by %s. To go back: siaga-edge calibrate undo %s %s", version, c.Author, s.id, shownQuantity(c))
	return nil
}

// shownQuantity is the one that people undo: they know a datum by its level.
func shownQuantity(c calibration.Correction) reading.Quantity {
	if c.Kind == calibration.Datum {
		return reading.Level
	}
	return c.Quantity
}

func calibrateUndo(f *calibrateFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "undo SENSOR QUANTITY",
		Short: "Kembali ke koreksi sebelumnya (go back to the correction before)",
		Args:  cobra.ExactArgs(2),
		RunE: f.run(func(ctx context.Context, d *calibrateDesk, args []string) error {
			s, err := d.sensor(ctx, args[0])
			if err != nil {
				return err
			}
			q, ok := reading.Lookup(args[1])
			now, inForce := s.now[q]
			if !inForce && q == reading.Level {
				now, inForce = s.now[reading.Distance]
			}
			if !ok || !inForce {
				return d.errorf("tidak ada koreksi %s yang berlaku untuk %s", "no correction of %s is in force for %s", args[1], s.id)
			}
			d.say("Berlaku sekarang: versi %d, %s", "In force now: version %d, %s", now.Version, describeCorrection(now, d.Lang))
			author, reason, err := d.sign()
			if err != nil {
				return err
			}
			if err := d.confirm(); err != nil {
				return err
			}
			e, err := d.node.Undo(ctx, s.id, q, author, reason)
			if err != nil {
				return err
			}
			d.say("Versi %d: %s, %s", "Version %d: %s, %s", e.Correction.Version, describeEvent(e, d.Lang), describeCorrection(e.Correction, d.Lang))
			return nil
		}),
	}
	f.changing(cmd)
	return cmd
}
