package main

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/calibration"
	"github.com/siaga-id/siaga/internal/reading"
)

func calibrateLevel(f *calibrateFlags) *cobra.Command {
	var flag decimal
	var sensor string
	var force bool
	cmd := &cobra.Command{
		Use:   "level --measured METER",
		Short: "Buat tinggi muka air sama dengan papan duga (make the level that of the staff gauge)",
		Long: `Baca papan duga (meter di atas nol), lalu jalankan ini. Sensor dibaca beberapa kali,
dan koreksi dibuat sehingga tinggi yang tampil sama dengan papan duga.
(Read the staff gauge in metres above zero, then run this. The sensor is read several
times, and corrected so that the level shown is that of the gauge.)`,
		Example: "  sudo siaga-edge calibrate level --measured 1.84",
		Args:    cobra.NoArgs,
		RunE: f.run(func(ctx context.Context, d *calibrateDesk, _ []string) error {
			measured := float64(flag)
			if in := reading.Level.Info(); measured < in.Min || measured > in.Max {
				return d.errorf("--measured %v di luar %v sampai %v: tulis dalam meter di atas nol papan duga",
					"--measured %v is outside %v to %v: give metres above gauge zero", measured, in.Min, in.Max)
			}
			id, err := d.levelSensor(ctx, sensor)
			if err != nil {
				return err
			}
			return d.level(ctx, id, measured, force)
		}),
	}
	cmd.Flags().Var(&flag, "measured", "tinggi di papan duga, meter (level on the staff gauge, metres)")
	cmd.Flags().StringVar(&sensor, "sensor", "", "sensor; perlu bila lebih dari satu mengukur air (needed where several look at water)")
	cmd.Flags().BoolVar(&force, "force", false, "juga bila air bergelombang (even with waves)")
	if err := cmd.MarkFlagRequired("measured"); err != nil {
		panic("BUG: calibrate level: " + err.Error())
	}
	f.changing(cmd)
	return cmd
}

// levelSensor returns the sensor named, or the only one that looks at water.
func (d *calibrateDesk) levelSensor(ctx context.Context, name string) (calibrateSensor, error) {
	if name != "" {
		return d.sensor(ctx, name)
	}
	var found []string
	for _, sc := range d.cfg.Sensors {
		if looksAtWater(sc) {
			found = append(found, sc.ID)
		}
	}
	switch len(found) {
	case 0:
		return calibrateSensor{}, d.errorf("tidak ada sensor tinggi muka air di %s", "no sensor in %s looks at water", d.file)
	case 1:
		return d.sensor(ctx, found[0])
	}
	return calibrateSensor{}, d.errorf("ada beberapa sensor tinggi muka air: pilih dengan --sensor: %s",
		"several sensors look at water: choose one with --sensor: %s", strings.Join(found, ", "))
}

func looksAtWater(sc edge.SensorConfig) bool {
	_, options, err := sc.Chip()
	if err != nil {
		return false
	}
	qs := options.Quantities()
	return slices.Contains(qs, reading.Level) || slices.Contains(qs, reading.Distance)
}

// level makes the sensor's level the measured one: by a datum where it gives no
// level yet, else by a correction of the level, so that raw values stay
// comparable.
func (d *calibrateDesk) level(ctx context.Context, s calibrateSensor, measured float64, force bool) error {
	q := reading.Level
	if !slices.Contains(s.raw, q) {
		if q = reading.Distance; !slices.Contains(s.raw, q) || !s.takesDatum() {
			return d.errorf("sensor %s tidak mengukur tinggi muka air", "sensor %s measures no water level", s.id)
		}
	}
	got, err := d.sample(ctx, s, q)
	if err != nil {
		return err
	}
	if err := d.tell(got, force); err != nil {
		return err
	}
	c, err := d.levelled(s, got, measured)
	if err != nil {
		return err
	}
	old := d.Pick("tidak ada", "none")
	if len(got.shown) > 0 {
		old = atResolution(reading.Level, middle(got.shown)) + " m"
	} else if q == reading.Level {
		old = atResolution(q, got.median()) + " m"
	}
	d.say("Tinggi muka air: %s  →  %s m", "Water level: %s  →  %s m", old, atResolution(reading.Level, measured))
	return d.propose(ctx, s, c)
}

// levelled returns the correction that makes of the values read the measured
// level.
func (d *calibrateDesk) levelled(s calibrateSensor, got rawSamples, measured float64) (calibration.Correction, error) {
	if got.quantity == reading.Distance {
		m := reading.Level.Round(measured + got.median()/1000)
		return calibration.Correction{Quantity: reading.Distance, Kind: calibration.Datum, DatumM: m}, nil
	}
	c := calibration.Correction{Quantity: reading.Level, Kind: calibration.Offset}
	switch now := s.now[reading.Level]; now.Kind {
	case "", calibration.Offset:
		c.Offset = reading.Level.Round(measured - got.median())
	case calibration.Linear:
		c.Kind, c.Gain = now.Kind, now.Gain
		c.Offset = reading.Level.Round(measured - now.Gain*got.median())
	default:
		return c, d.errorf("tinggi %s dikoreksi dengan %s: batalkan dulu (calibrate undo %s level), atau pakai calibrate set",
			"the level of %s is corrected by %s: undo that first (calibrate undo %s level), or use calibrate set", s.id, describeCorrection(now, d.Lang), s.id)
	}
	return c, nil
}
