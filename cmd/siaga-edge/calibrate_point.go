package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/siaga-id/siaga/edge/calibration"
)

func calibratePoint(f *calibrateFlags) *cobra.Command {
	var reference float64
	var force, fresh bool
	cmd := &cobra.Command{
		Use:   "point SENSOR QUANTITY --reference VALUE",
		Short: "Samakan dengan alat acuan (compare with a reference instrument)",
		Long: `Letakkan alat acuan di samping sensor dan jalankan ini dengan nilai acuannya.
Titik pertama memberi selisih; titik kedua yang cukup jauh memberi garis.
(Put a reference beside the sensor and run this with its value. The first point gives an
offset; a second one, far enough from it, a line.)`,
		Example: "  sudo siaga-edge calibrate point bme-1 temperature --reference 27.4",
		Args:    cobra.ExactArgs(2),
		RunE: f.run(func(ctx context.Context, d *calibrateDesk, args []string) error {
			s, err := d.sensor(ctx, args[0])
			if err != nil {
				return err
			}
			q, err := d.quantity(s, args[1])
			if err != nil {
				return err
			}
			got, err := d.sample(ctx, s, q)
			if err != nil {
				return err
			}
			if err := d.tell(got, force); err != nil {
				return err
			}
			var points [][2]float64
			if !fresh {
				points = append(points, s.now[q].Points...)
			}
			c, err := calibration.Fit(q, append(points, [2]float64{got.median(), reference}))
			if err != nil {
				return err
			}
			for i, p := range c.Points {
				d.say("Titik %d: mentah %s, acuan %s %s", "Point %d: raw %s, reference %s %s", i+1, atResolution(q, p[0]), exactNumber(p[1]), q.Info().Display)
			}
			return d.propose(ctx, s, c)
		}),
	}
	cmd.Flags().Var((*decimal)(&reference), "reference", "nilai alat acuan, satuan besaran itu (the reference's value, in the quantity's unit)")
	cmd.Flags().BoolVar(&force, "force", false, "juga bila nilai belum tenang (even while values are not calm)")
	cmd.Flags().BoolVar(&fresh, "fresh", false, "lupakan titik sebelumnya (forget earlier points)")
	if err := cmd.MarkFlagRequired("reference"); err != nil {
		panic("BUG: calibrate point: " + err.Error())
	}
	f.changing(cmd)
	return cmd
}
