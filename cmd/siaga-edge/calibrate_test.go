package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/calibration"
	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

const calibrateConfig = `
node: sutojayan-01
site: "35.05.12.1001"
data_dir: DIR
sensors:
  - {id: air-1, driver: a02yyuw, port: /dev/ttyUSB0, datum_m: 6.4, interval: 2s}
  - {id: air-2, driver: a02yyuw, port: /dev/ttyUSB1, interval: 2s}
  - {id: pm-1, driver: pms5003, port: /dev/ttyUSB2, cf1: true, interval: 2s}
  - {id: pm-2, driver: pms5003, port: /dev/ttyUSB3, interval: 2s}
  - {id: bme-1, driver: bme280, i2c: "1", interval: 2s}
`

// scriptedNode is a node whose sensors say what a test wants, every 2 seconds.
type scriptedNode struct {
	stoppedNode
	script map[reading.SensorID]map[reading.Quantity][]float64
	began  time.Time
}

func (n *scriptedNode) Snapshot(context.Context) (snap edge.Snapshot, err error) {
	const interval = 2 * time.Second
	passed := time.Since(n.began)
	for id, says := range n.script {
		sensor := edge.SensorSnapshot{ID: string(id), IntervalS: interval.Seconds(), Health: "ok"}
		for q, values := range says {
			v := edge.ValueSnapshot{
				Quantity: q.String(), Unit: q.Info().Display, Raw: values[int(passed/interval)%len(values)],
				AgeS: (passed % interval).Seconds(),
			}
			if all := n.store.Apply(id, []driver.Value{driver.Measured(q, v.Raw)}); len(all) == 2 {
				v.Corrected = &all[1].Value
			}
			sensor.Values = append(sensor.Values, v)
		}
		snap.Sensors = append(snap.Sensors, sensor)
	}
	return snap, nil
}

// bench is a node on a technician's bench.
type bench struct {
	t    *testing.T
	file string
	node *scriptedNode
}

func newBench(t *testing.T) *bench {
	t.Helper()
	t.Setenv("SUDO_USER", "sari")
	t.Setenv("SIAGA_LANG", "")
	dir := t.TempDir()
	b := &bench{t: t, file: filepath.Join(dir, "siaga-edge.yaml")}
	if err := os.WriteFile(b.file, []byte(strings.Replace(calibrateConfig, "DIR", dir, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := calibration.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	b.node = &scriptedNode{stoppedNode: stoppedNode{store: store}, script: map[reading.SensorID]map[reading.Quantity][]float64{}}
	return b
}

func (b *bench) says(id reading.SensorID, q reading.Quantity, values ...float64) {
	b.node.script[id] = map[reading.Quantity][]float64{q: values}
}

// run runs a command to whose questions a person answers, in simulated time.
func (b *bench) run(answers string, args ...string) (out string, err error) {
	b.t.Helper()
	synctest.Test(b.t, func(*testing.T) {
		b.node.began = time.Now()
		open := func(edge.Config) (calibrateNode, error) { return b.node, nil }
		root := command()
		root.RemoveCommand(root.Commands()...)
		root.AddCommand(calibrateCommand(open), replaceCommand(open))
		var said bytes.Buffer
		root.SetIn(strings.NewReader(answers))
		root.SetOut(&said)
		root.SetErr(&said)
		root.SetArgs(append(args, "--config", b.file))
		err = root.ExecuteContext(context.Background())
		out = said.String()
	})
	return out, err
}

// must runs a command that succeeds and says all of want.
func (b *bench) must(answers, args string, want ...string) {
	b.t.Helper()
	out, err := b.run(answers, strings.Fields(args)...)
	if err != nil {
		b.t.Fatalf("%s: %v\n%s", args, err, out)
	}
	for _, w := range want {
		if !strings.Contains(out, w) {
			b.t.Errorf("%s does not say %q:\n%s", args, w, out)
		}
	}
}

// refuses runs a command that fails with want, and changes nothing.
func (b *bench) refuses(answers, args, want string) {
	b.t.Helper()
	before := b.node.store.Version()
	out, err := b.run(answers, strings.Fields(args)...)
	if err == nil || !strings.Contains(err.Error(), want) || b.node.store.Version() != before {
		b.t.Errorf("%s: error %v, want %q\n%s", args, err, want, out)
	}
}

func (b *bench) inForce(id reading.SensorID, q reading.Quantity) calibration.Correction {
	b.t.Helper()
	c, _ := b.node.store.InForce(id, q)
	return c
}

func TestCalibrateLevelSetsAnOffsetBesideTheRawLevel(t *testing.T) {
	b := newBench(t)
	b.says("air-1", reading.Level, 1.80, 1.81, 1.79, 1.80, 3.00, 1.80)
	b.refuses("x\ny\n", "calibrate level --measured 1.84 --sensor air-1", "air bergelombang")
	b.says("air-1", reading.Level, 1.80, 1.81, 1.79, 1.80)
	b.must("papan duga\ny\n", "calibrate level --measured 1.84 --sensor air-1",
		"median 1.800 m, sebaran 0.020 m", "1.800 m  →  1.840 m", "versi 1, oleh sari")
	if c := b.inForce("air-1", reading.Level); c.Kind != calibration.Offset || c.Offset != 0.04 || c.Reason != "papan duga" || c.Author != "sari" {
		t.Errorf("%+v", c)
	}
	// Measured again: from the raw value, not on top of the offset.
	b.must("", "calibrate level --measured 1.90 --sensor air-1 --yes --reason again --lang en", "1.840 m  →  1.900 m")
	if c := b.inForce("air-1", reading.Level); c.Offset != 0.1 {
		t.Errorf("%+v", c)
	}
	if _, ok := b.node.store.Datum("air-1"); ok {
		t.Error("the configured datum was changed")
	}
}

func TestCalibrateLevelSetsTheDatumWhereThereIsNone(t *testing.T) {
	b := newBench(t)
	b.says("air-2", reading.Distance, 2500, 2510, 2490)
	b.must("", "calibrate level --measured 1.84 --sensor air-2 --yes --reason tape", "tidak ada  →  1.840 m", "4.340 m di atas nol")
	if m, ok := b.node.store.Datum("air-2"); !ok || m != 4.34 {
		t.Errorf("datum %v, %v", m, ok)
	}
	// The agent gives a level from now on: raw values stay what they are.
	b.says("air-2", reading.Level, 1.80)
	b.must("", "calibrate level --measured 1.82 --sensor air-2 --yes --reason tape")
	if c := b.inForce("air-2", reading.Level); c.Offset != 0.02 {
		t.Errorf("%+v", c)
	}
	for _, want := range []string{"tanpa koreksi", "tanpa koreksi"} {
		b.must("", "calibrate undo air-2 level --yes --reason wrong", want)
	}
	b.refuses("", "calibrate undo air-2 level --yes --reason wrong", "tidak ada koreksi level")
}

func TestCalibrateLevelKeepsAGain(t *testing.T) {
	b := newBench(t)
	b.says("air-1", reading.Level, 2)
	b.must("", "calibrate set air-1 level --gain 1.5 --offset 0.1 --yes --reason x")
	b.must("", "calibrate level --measured 3.5 --sensor air-1 --yes --reason x", "3.100 m  →  3.500 m")
	if c := b.inForce("air-1", reading.Level); c.Gain != 1.5 || c.Offset != 0.5 {
		t.Errorf("%+v", c)
	}
	b.must("", "calibrate set air-1 level --table 0:0,5:6 --yes --reason x")
	b.refuses("", "calibrate level --measured 3.5 --sensor air-1 --yes --reason x", "batalkan dulu")
}

func TestCalibrateAsksAndTakesNoForNo(t *testing.T) {
	b := newBench(t)
	for _, answers := range []string{"papan duga\nn\n", "papan duga\n\n", "papan duga\n", "papan duga\nyeah\n"} {
		b.refuses(answers, "calibrate set bme-1 temperature --offset -0.4", "dibatalkan")
	}
	b.refuses("", "calibrate set bme-1 temperature --offset -0.4 --yes", "--reason")
	t.Setenv("SUDO_USER", "")
	t.Setenv("USER", "budi")
	b.must("tape\nya\n", "calibrate set bme-1 temperature --offset -0.4", "oleh budi")
	b.must("", "calibrate set bme-1 temperature --offset -0.5 --yes --reason x --author wati", "oleh wati")
}

func TestCalibratePointMakesAnOffsetThenALine(t *testing.T) {
	b := newBench(t)
	b.says("bme-1", reading.Temperature, 27)
	b.must("", "calibrate point bme-1 temperature --reference 26.5 --yes --reason a", "-0.5 °C (1 titik)")
	b.says("bme-1", reading.Temperature, 27.2)
	b.refuses("", "calibrate point bme-1 temperature --reference 27 --yes --reason a", "take points farther apart")
	b.says("bme-1", reading.Temperature, 37)
	b.must("", "calibrate point bme-1 temperature --reference 37.5 --yes --reason b", "Titik 2: mentah 37.00, acuan 37.5", "(2 titik)")
	if c := b.inForce("bme-1", reading.Temperature); c.Kind != calibration.Linear || c.Gain != 1.1 || len(c.Points) != 2 {
		t.Errorf("%+v", c)
	}
	b.must("", "calibrate point bme-1 temperature --reference 38 --fresh --yes --reason c", "+1 °C (1 titik)")
	b.must("", "calibrate undo bme-1 temperature --yes --reason d", "kembali ke versi 2")
	if c := b.inForce("bme-1", reading.Temperature); c.Gain != 1.1 {
		t.Errorf("%+v", c)
	}
}

func TestCalibrateSilentSensor(t *testing.T) {
	b := newBench(t)
	b.refuses("", "calibrate point bme-1 temperature --reference 26.5 --yes --reason a", "hanya memberi 0 nilai")
}

func TestCalibrateSetKinds(t *testing.T) {
	b := newBench(t)
	for _, tc := range []struct{ args, want string }{
		{"bme-1 temperature --offset -0.4", "-0.4 °C"},
		{"bme-1 temperature --gain 1.02 --offset 1", "× 1.02 +1 °C"},
		{"bme-1 temperature --polynomial 1,0.9,0.001 --valid 10:40", "polinom 1, 0.9, 0.001, berlaku 10 sampai 40"},
		{"bme-1 humidity --table 10:12,90:85.5", "tabel 10→12, 90→85.5"},
		{"pm-1 pm2_5 --humidity epa-2021 --humidity-sensor bme-1", "kelembapan epa-2021, RH dari bme-1"},
		{"pm-1 PM2_5 --humidity epa-2020 --humidity-sensor bme-1", "BELUM divalidasi di Indonesia"},
		{"pm-1 pm2_5 --humidity epa-2021 --humidity-sensor bme-1 --lang en", "NOT in Indonesia"},
	} {
		b.must("", "calibrate set "+tc.args+" --yes --reason x", tc.want)
	}
	b.must("", "calibrate list", "BELUM divalidasi di Indonesia", "tabel 10→12")
}

func TestCalibrateSetRefuses(t *testing.T) {
	b := newBench(t)
	for _, tc := range []struct{ args, want string }{
		{"bme-1 temperature", "at least one"},
		{"bme-1 temperature --offset 1 --table 1:2", "none of the others"},
		{"bme-9 temperature --offset 1", "yang ada: air-1, air-2"},
		{"bme-1 pm2_5 --offset 1", "temperature, humidity, pressure"},
		{"bme-1 temperature_cor --offset 1", "tidak memberi"},
		{"bme-1 temperature --gain 0", "gain"},
		{"bme-1 temperature --offset NaN", "offset"},
		{"bme-1 temperature --polynomial 1,x", "--polynomial"},
		{"bme-1 temperature --table 1:2:3,4:5", "--table"},
		{"bme-1 temperature --table 1:2,1:3", "table"},
		{"bme-1 temperature --offset 1 --valid 5", "--valid"},
		{"bme-1 temperature --offset 1 --valid 5:1", "valid"},
		{"bme-1 temperature --offset 1 --humidity-sensor bme-1", "--humidity-sensor"},
		{"pm-2 pm2_5 --humidity epa-2021 --humidity-sensor bme-1", "cf1: true"},
		{"pm-1 pm2_5 --humidity epa-2021", "name a sensor"},
		{"pm-1 pm2_5 --humidity epa-2021 --humidity-sensor bme-2", `"bme-2" tidak ada`},
		{"pm-1 pm2_5 --humidity epa-1999 --humidity-sensor bme-1", "epa-2021, epa-2020"},
		{"pm-1 pm10 --humidity epa-2021 --humidity-sensor bme-1", "corrects pm2_5"},
		{"air-1 distance --offset 1", "correct the level"},
	} {
		b.refuses("", "calibrate set "+tc.args+" --yes --reason x", tc.want)
	}
	b.refuses("", "calibrate level --measured 184 --yes --reason x", "dalam meter")
	b.refuses("", "calibrate level --measured 1.84 --yes --reason x", "pilih dengan --sensor: air-1, air-2")
	b.refuses("", "calibrate level --measured 1.84 --sensor bme-1 --yes --reason x", "tidak mengukur tinggi")
	b.refuses("", "calibrate list --lang fr", "lang")
}

func TestReplaceEndsCorrections(t *testing.T) {
	b := newBench(t)
	b.must("", "calibrate set bme-1 temperature --offset -0.4 --yes --reason x")
	b.must("", "calibrate set air-1 level --offset 0.1 --yes --reason x")
	b.must("kena petir\ny\n", "replace bme-1", "Diakhiri: temperature, versi 1, -0.4 °C", "Tercatat")
	if c := b.inForce("bme-1", reading.Temperature); c.Version != 0 {
		t.Errorf("%+v", c)
	}
	b.must("", "calibrate history", "sensor diganti", "kena petir", "air-1")
	b.must("", "calibrate history bme-1 --lang en", "sensor replaced")
	b.refuses("", "calibrate undo bme-1 temperature --yes --reason x", "tidak ada koreksi")
	b.refuses("", "calibrate history bme-7", "tidak dikenal")
	b.refuses("", "replace bme-7", "tidak ada")
}

func TestCalibrateJSON(t *testing.T) {
	b := newBench(t)
	b.must("", "calibrate list", "Tidak ada koreksi")
	b.must("", "calibrate list --json", "[]")
	b.must("", "calibrate set bme-1 temperature --offset -0.4 --yes --reason x")
	out, err := b.run("", "calibrate", "list", "--json")
	var now []calibration.Correction
	if err := errors.Join(err, json.Unmarshal([]byte(out), &now)); err != nil || len(now) != 1 || now[0].Offset != -0.4 {
		t.Errorf("%v: %s", err, out)
	}
	b.must("", "calibrate history bme-1 --json", `"event": "set"`, `"quantity": "temperature"`)
}
