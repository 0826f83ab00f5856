package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/siaga-id/siaga/edge/calibration"
	"github.com/siaga-id/siaga/internal/reading"
)

// calibrateNumbers are a correction as flags say it.
type calibrateNumbers struct {
	offset, gain                                  float64
	polynomial, table, humidity, rhSensor, within string
}

func calibrateSet(f *calibrateFlags) *cobra.Command {
	var n calibrateNumbers
	cmd := &cobra.Command{
		Use:   "set SENSOR QUANTITY",
		Short: "Atur koreksi dengan angka (set a correction by numbers)",
		Example: `  siaga-edge calibrate set bme-1 temperature --offset -0.4
  siaga-edge calibrate set pm-1 pm2_5 --humidity epa-2021 --humidity-sensor bme-1`,
		Args: cobra.ExactArgs(2),
	}
	fl := cmd.Flags()
	fl.Float64Var(&n.offset, "offset", 0, "tambahkan ini (add this)")
	fl.Float64Var(&n.gain, "gain", 1, "kalikan dengan ini, lalu tambah --offset (multiply by this, then add --offset)")
	fl.StringVar(&n.polynomial, "polynomial", "", "a0,a1,…: a0 + a1·x + …")
	fl.StringVar(&n.table, "table", "", "mentah:benar,… (raw:true,…)")
	fl.StringVar(&n.humidity, "humidity", "", "model kelembapan untuk PM2.5 (humidity model for PM2.5): "+modelNames())
	fl.StringVar(&n.rhSensor, "humidity-sensor", "", "sensor kelembapan, bila sensor PM tidak mengukurnya (where the PM sensor measures none)")
	fl.StringVar(&n.within, "valid", "", "rentang mentah tempat koreksi berlaku, bawah:atas (raw range in which it holds, low:high)")
	cmd.MarkFlagsOneRequired("offset", "gain", "polynomial", "table", "humidity")
	for _, other := range []string{"offset", "gain"} {
		cmd.MarkFlagsMutuallyExclusive(other, "polynomial", "table", "humidity")
	}
	cmd.RunE = f.run(func(ctx context.Context, d *calibrateDesk, args []string) error {
		s, err := d.sensor(ctx, args[0])
		if err != nil {
			return err
		}
		q, err := d.quantity(s, args[1])
		if err != nil {
			return err
		}
		c, err := n.correction(fl.Changed)
		if err != nil {
			return err
		}
		c.Quantity = q
		if c.Kind == calibration.Humidity && !slices.Contains(s.raw, reading.PM2_5CF1) {
			return d.errorf("model kelembapan perlu nilai CF=1: tambahkan cf1: true pada sensor %s di %s, lalu jalankan ulang node",
				"humidity models want CF=1 values: add cf1: true to sensor %s in %s, and restart the node", s.id, d.file)
		}
		if from := n.rhSensor; from != "" && !slices.Contains(d.sensorNames(), from) {
			return d.errorf("sensor kelembapan %q tidak ada; yang ada: %s", "there is no humidity sensor %q; there are: %s", from, strings.Join(d.sensorNames(), ", "))
		}
		return d.propose(ctx, s, c)
	})
	f.changing(cmd)
	return cmd
}

// correction returns what the flags say. given reports whether a flag was.
func (n calibrateNumbers) correction(given func(flag string) bool) (c calibration.Correction, err error) {
	switch {
	case given("polynomial"):
		c.Kind = calibration.Polynomial
		c.Coefficients, err = numberList("--polynomial", n.polynomial, ",")
	case given("table"):
		c.Kind = calibration.Table
		for part := range strings.SplitSeq(n.table, ",") {
			pair, perr := numberList("--table", part, ":")
			if perr != nil || len(pair) != 2 {
				return c, fmt.Errorf("--table: %q: want raw:true", part)
			}
			c.Table = append(c.Table, [2]float64(pair))
		}
	case given("humidity"):
		c.Kind = calibration.Humidity
		c.Humidity = &calibration.HumidityModel{Name: n.humidity, Sensor: reading.SensorID(n.rhSensor)}
	case given("gain"):
		c.Kind, c.Gain, c.Offset = calibration.Linear, n.gain, n.offset
	default:
		c.Kind, c.Offset = calibration.Offset, n.offset
	}
	if err != nil {
		return c, err
	}
	if given("humidity-sensor") && c.Kind != calibration.Humidity {
		return c, fmt.Errorf("--humidity-sensor: only with --humidity")
	}
	if given("valid") {
		pair, err := numberList("--valid", n.within, ":")
		if err != nil || len(pair) != 2 {
			return c, fmt.Errorf("--valid: %q: want low:high", n.within)
		}
		c.Valid = (*[2]float64)(pair)
	}
	return c, nil
}

func numberList(flag, list, between string) (all []float64, err error) {
	for part := range strings.SplitSeq(list, between) {
		v, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is no number", flag, part)
		}
		all = append(all, v)
	}
	return all, nil
}

func modelNames() string {
	var names []string
	for _, m := range calibration.Models() {
		names = append(names, m.Name)
	}
	return strings.Join(names, ", ")
}
