package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func nodeSetCommand(f *centerFlags) *cobra.Command {
	var sensor string
	var remove bool
	cmd := &cobra.Command{
		Use:   "set NODE [--sensor SENSOR]",
		Short: "Ubah catatan node, atau pemasangan satu sensornya (change what is written down of a node, or how a sensor is mounted)",
		Args:  cobra.ExactArgs(1),
	}
	flags := cmd.Flags()
	flags.StringVar(&sensor, "sensor", "", "sensor yang dimaksud: --model, --serial, --note, --height, … menjadi miliknya (what is meant is this sensor)")
	flags.BoolVar(&remove, "remove", false, "sensor itu sudah tidak terpasang (that sensor is not mounted any more)")
	flags.String("site", "", "kode Kemendagri desa (the village's code)")
	flags.String("model", "", "model")
	flags.String("serial", "", "nomor seri (serial number)")
	flags.String("note", "", "catatan (note)")
	flags.Float64("height", 0, "tinggi sensor di atas tanah, m (the sensor's height above the ground)")
	flags.Float64("datum", 0, "tinggi sensor di atas nol peilskal, m (the sensor's height above the gauge's zero)")
	flags.String("orientation", "", "arah: utara, hulu, lajur 1 (north, upstream, lane 1)")
	flags.String("since", "", "terpasang sejak: 2026-03-01 (mounted since)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		d, err := f.desk()
		if err != nil {
			return err
		}
		if remove && sensor == "" {
			return errors.New(d.say("--remove memerlukan --sensor", "--remove needs --sensor"))
		}
		a, err := d.asset(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		at := "/mountings/" + url.PathEscape(sensor)
		switch {
		case sensor == "":
			var body map[string]any
			if body, err = nodeFields(flags); err == nil {
				a, err = d.change(cmd.Context(), http.MethodPatch, "", a, nil, body)
			}
		case remove:
			a, err = d.change(cmd.Context(), http.MethodDelete, at, a, nil, nil)
		default:
			var m mountingAnswer
			if m, err = mounted(a, sensor, flags); err == nil {
				a, err = d.change(cmd.Context(), http.MethodPut, at, a, nil, m)
			}
		}
		if err != nil {
			return err
		}
		if d.asJSON {
			return printJSON(cmd.OutOrStdout(), a)
		}
		fmt.Fprintln(cmd.OutOrStdout(), d.say("Tersimpan.", "Written down."))
		return nil
	}
	return cmd
}

// nodeFields are the fields that were named of the node itself.
func nodeFields(flags *pflag.FlagSet) (map[string]any, error) {
	body := map[string]any{}
	for _, name := range []string{"site", "model", "serial", "note"} {
		if f := flags.Lookup(name); f.Changed {
			body[name] = f.Value.String()
		}
	}
	for _, name := range []string{"height", "datum", "orientation", "since"} {
		if flags.Changed(name) {
			return nil, fmt.Errorf("--%s is of a sensor: name it by --sensor", name)
		}
	}
	if len(body) == 0 {
		return nil, errors.New("say what to change: --site, --model, --serial or --note")
	}
	return body, nil
}

// mounted is a sensor's mounting as it is, with what was named instead.
func mounted(a *assetAnswer, sensor string, flags *pflag.FlagSet) (mountingAnswer, error) {
	m := mountingAnswer{}
	for _, have := range a.Mountings {
		if have.Sensor == sensor {
			m = have
		}
	}
	m.Sensor = "" // the path says it
	if flags.Changed("site") {
		return m, errors.New("--site is of the node: leave --sensor out")
	}
	for name, field := range map[string]*string{"model": &m.Model, "serial": &m.Serial, "note": &m.Note, "orientation": &m.Orientation} {
		if f := flags.Lookup(name); f.Changed {
			*field = f.Value.String()
		}
	}
	for name, field := range map[string]**float64{"height": &m.HeightM, "datum": &m.DatumM} {
		if flags.Changed(name) {
			v, err := flags.GetFloat64(name)
			if err != nil {
				return m, err
			}
			*field = &v
		}
	}
	if f := flags.Lookup("since"); f.Changed {
		t, err := parseWhen(f.Value.String(), time.Now())
		if err != nil {
			return m, err
		}
		m.Since = &t
	}
	return m, nil
}

func nodeRetireCommand(f *centerFlags) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "retire NODE",
		Short: "Pensiunkan node untuk selamanya; sertifikatnya tidak berlaku lagi (take a node out of service for good)",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := f.desk()
			if err != nil {
				return err
			}
			if reason == "" {
				reason = d.say("tanpa alasan", "no reason given")
			}
			var a assetAnswer
			if err := d.ask(cmd.Context(), http.MethodPost, atNode(args[0], "/retire"), nil, map[string]string{"reason": reason}, &a); err != nil {
				return err
			}
			if d.asJSON {
				return printJSON(cmd.OutOrStdout(), a)
			}
			fmt.Fprintf(cmd.OutOrStdout(), d.say("%s dipensiunkan. Datanya tetap ada; namanya tidak dipakai lagi.\n", "%s is retired. Its data stay; its name is not used again.\n"), a.Node)
			return nil
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "alasan: dicuri, diganti (why: stolen, replaced)")
	return cmd
}
