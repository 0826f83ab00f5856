package main

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/siaga-id/siaga/firmware-sim/fleet"
	"github.com/siaga-id/siaga/firmware-sim/simbus"
	"github.com/siaga-id/siaga/firmware-sim/world"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// execute runs the program with arguments.
func execute(ctx context.Context, args ...string) (stdout, stderr string, err error) {
	var out, errOut bytes.Buffer
	cmd := command()
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&errOut)
	err = cmd.ExecuteContext(ctx)
	return out.String(), errOut.String(), err
}

func TestFleetReplaysATraceAndStopsByItself(t *testing.T) {
	c := newCenter(t)
	stdout, stderr, err := execute(t.Context(), "fleet", "--nodes", "3", "--broker", c.url(), "--dir", t.TempDir(),
		"--trace", traceFile(t, recording), "--keep-time", "--speed", "3000", "--pack-interval", "200ms", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var sum totals
	if err := json.Unmarshal([]byte(stdout), &sum); err != nil {
		t.Fatalf("stdout %q: %v", stdout, err)
	}
	if sum.Nodes != 3 || sum.ReadingsQueued == 0 || sum.ReadingsQueued != uint64(c.count()) || sum.ReadingsLost != 0 || sum.PacksWaiting != 0 {
		t.Errorf("summary %+v, %d readings at the center", sum, c.count())
	}
	for _, want := range []string{"SIMULASI", c.url(), "skipped, no chip shows them): rain_mm", "pm2_5_b_ugm3"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("no %q in\n%s", want, stderr)
		}
	}
}

func TestNodeSaysWhenNobodyAcknowledges(t *testing.T) {
	c := newCenter(t)
	c.silent = true
	_, _, err := execute(t.Context(), "node", "--name", "bacem-01", "--broker", c.url(), "--dir", t.TempDir(),
		"--duration", "6s", "--settle", "200ms", "--pack-interval", "200ms")
	if err == nil || !strings.Contains(err.Error(), "not acknowledged") {
		t.Errorf("error %v, want that packs wait", err)
	}
	eventually(t, "it is said that the node stopped", func() bool { st := c.state("bacem-01"); return st.Epoch != "" && !st.Online })
}

func TestAnInterruptIsNoError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	stdout, _, err := execute(ctx, "fleet", "--nodes", "2", "--broker", nowhere, "--dir", t.TempDir())
	if err != nil || !strings.Contains(stdout, "Selesai") {
		t.Errorf("error %v, stdout %q", err, stdout)
	}
}

func TestBadFlagsNameTheRemedy(t *testing.T) {
	for _, tc := range []struct {
		args string
		want string
	}{
		{"fleet --nodes 0", "--nodes 0: want 1 to 10000"},
		{"fleet --speed 2", "--trace"},
		{"fleet --keep-time", "--trace"},
		{"fleet --duration -1s", "--duration -1s"},
		{"fleet --trace /none.csv", "--trace /none.csv: open /none.csv"},
		{"fleet --pack-interval 1ms", "pack_interval: 1ms is outside 100ms to 1h"},
		{"fleet --broker localhost", `broker url "localhost"`},
		{"node --name nowhere-01", "use one of sutojayan-01"},
	} {
		_, _, err := execute(t.Context(), append(strings.Fields(tc.args), "--dir="+t.TempDir())...)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v, want %q", tc.args, err, tc.want)
		}
	}
	if _, _, err := execute(t.Context(), "ports", "--name", "nowhere-01"); err == nil {
		t.Error("ports: no error for a node that there is not")
	}
}

// TestItSaysWhereItSends in both languages.
func TestItSaysWhereItSends(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tc := range []struct {
		args  []string
		wants []string
	}{
		{[]string{"--broker", nowhere}, []string{"ke broker " + nowhere, "to broker " + nowhere}},
		{[]string{"--tokens", t.TempDir()}, []string{"ke broker sesuai pendaftaran", "to broker as enrolled, or tcp://127.0.0.1:1883,"}},
	} {
		stdout, _, err := execute(ctx, append([]string{"fleet", "--nodes", "1", "--dir", t.TempDir()}, tc.args...)...)
		for _, want := range tc.wants {
			if err != nil || !strings.Contains(stdout, want) {
				t.Errorf("%v: %v, no %q in\n%s", tc.args, err, want, stdout)
			}
		}
	}
}

// TestEveryQuantityArrives lets the seeded world's nodes measure for a while.
func TestEveryQuantityArrives(t *testing.T) {
	opt := testOptions(t, 2)
	measure(t, opt, func(t *testing.T, f *fleet.Fleet) { time.Sleep(20 * time.Minute) })
	c := deliver(t, opt)
	want := map[reading.SensorID][]reading.Quantity{
		"pm-1":     {reading.PM1, reading.PM2_5, reading.PM10},
		"bme-1":    {reading.Temperature, reading.Humidity, reading.Pressure},
		"sungai-1": {reading.Level, reading.Distance},
		"jalan-1":  {reading.Count, reading.Flow, reading.Occupancy, reading.Headway, reading.Speed, reading.SpeedP85},
	}
	for _, node := range []reading.NodeID{"sutojayan-01", "bacem-01"} {
		for sensor, quantities := range want {
			for _, q := range quantities {
				all := c.series(node, sensor, q, bubbleEnd)
				if len(all) == 0 {
					t.Errorf("%s: no %s of %s", node, q, sensor)
				}
				for _, v := range all {
					if q.Check(v.value) == reading.Suspect {
						t.Errorf("%s: %s of %s is %v", node, q, sensor, v.value)
					}
				}
			}
		}
	}
}

// TestAFailingSensorIsReportedAndTheOthersGoOn puts every fault on a sensor and
// takes it away again, at a center that listens.
func TestAFailingSensorIsReportedAndTheOthersGoOn(t *testing.T) {
	const node = "sutojayan-01"
	c := newCenter(t)
	opt := testOptions(t, 1)
	opt.MQTT.URL = c.url()
	opt.PackInterval = 100 * time.Millisecond
	// Under a trace the node's time runs fast, and with it its patience.
	opt.Trace = traceOf(t, "time,pm2_5_ugm3,temperature_cel,level_m\n2023-06-06T00:00:00Z,30,25,1\n2023-06-07T00:00:00Z,30,25,1\n")
	opt.Replay = world.Options{Speed: 60}
	f, err := fleet.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var running sync.WaitGroup
	running.Go(func() {
		if err := f.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	defer running.Wait()
	defer cancel()
	eventually(t, "every sensor is well", func() bool {
		all := c.state(node).Sensors
		return len(all) > 0 && !slices.ContainsFunc(all, func(s wire.SensorState) bool { return s.Health != wire.HealthOK })
	})
	for _, tc := range []struct {
		sensor reading.SensorID
		fault  simbus.Fault
		words  string
	}{
		{"bme-1", simbus.NACK, "the sensor does not answer"},
		{"bme-1", simbus.Garbage, "garbled"},
		{"sungai-1", simbus.Unplugged, "unplugged"},
		{"pm-1", simbus.Unplugged, "unplugged"},
	} {
		if err := f.SetFault(node, string(tc.sensor), tc.fault); err != nil {
			t.Fatal(err)
		}
		st := awaitHealth(t, c, node, tc.sensor, wire.HealthFailing)
		if !strings.Contains(st.Error, tc.words) {
			t.Errorf("%s with fault %v: error %q, want %q in it", tc.sensor, tc.fault, st.Error, tc.words)
		}
		before := f.Counts().QueuedReadings
		eventually(t, "others go on", func() bool { return f.Counts().QueuedReadings > before+3 })
		for _, other := range c.state(node).Sensors {
			if other.ID != tc.sensor && other.Health != wire.HealthOK {
				t.Errorf("while %s fails %s is %s: %s", tc.sensor, other.ID, other.Health, other.Error)
			}
		}
		if err := f.SetFault(node, string(tc.sensor), simbus.None); err != nil {
			t.Fatal(err)
		}
		awaitHealth(t, c, node, tc.sensor, wire.HealthOK)
	}
}

// awaitHealth waits until a sensor's state says so.
func awaitHealth(t *testing.T, c *center, node reading.NodeID, sensor reading.SensorID, want wire.Health) (found wire.SensorState) {
	t.Helper()
	eventually(t, string(sensor)+" is "+string(want), func() bool {
		for _, st := range c.state(node).Sensors {
			if st.ID == sensor {
				found = st
			}
		}
		return found.Health == want
	})
	return found
}

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for range 3000 {
		if f() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}
