package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/firmware-sim/fleet"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// start runs a fleet until the returned function is called.
func start(t *testing.T, opt fleet.Options) (f *fleet.Fleet, stop func()) {
	t.Helper()
	f, err := fleet.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	return f, func() {
		t.Helper()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// do gives a node a command and returns its answer.
func (c *center) do(t *testing.T, node reading.NodeID, w wire.Command) wire.Answer {
	t.Helper()
	c.mu.Lock()
	w.ID = fmt.Sprintf("c%d", len(c.answers)+1)
	c.mu.Unlock()
	w.By, w.ExpiresMS = "sari", time.Now().Add(time.Minute).UnixMilli()
	b, err := w.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.broker.Publish(wire.Topic(node, wire.Cmd), b, false, 1); err != nil {
		t.Fatal(err)
	}
	var a wire.Answer
	eventually(t, "an answer to "+w.Name, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		var ok bool
		a, ok = c.answers[w.ID]
		return ok
	})
	return a
}

func (c *center) config(node reading.NodeID) wire.ReportedConfig {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reported[node]
}

// desire wants a node's sensors to be read at another interval.
func (c *center) desire(t *testing.T, node reading.NodeID, version, based uint64, interval string) {
	t.Helper()
	body := wire.ConfigBody{"pack_interval": "200ms", "sensors": []any{}}
	for _, s := range c.config(node).Body["sensors"].([]any) {
		sensor := s.(map[string]any)
		sensor["interval"] = interval
		body["sensors"] = append(body["sensors"].([]any), sensor)
	}
	b, err := wire.DesiredConfig{Version: version, Based: based, Author: "sari", Reason: "latihan", TimeMS: time.Now().UnixMilli(), Body: body}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.broker.Publish(wire.Topic(node, wire.Config), b, true, 1); err != nil {
		t.Fatal(err)
	}
}

// TestSimulatedNodesDoWhatTheCenterSays gives one of two nodes every command.
func TestSimulatedNodesDoWhatTheCenterSays(t *testing.T) {
	const node, other = "sutojayan-01", "bacem-01"
	c := newCenter(t)
	opt := testOptions(t, 2)
	opt.MQTT.URL, opt.PackInterval = c.url(), 200*time.Millisecond
	f, stop := start(t, opt)
	defer stop()
	for _, n := range []reading.NodeID{node, other} {
		for _, sensor := range []reading.SensorID{"pm-1", "bme-1", "sungai-1"} {
			awaitHealth(t, c, n, sensor, wire.HealthOK)
		}
	}
	read := wire.Command{Name: wire.CommandRead, Sensor: "bme-1"}
	if a := c.do(t, node, read); a.State != wire.Done || len(a.Values) != 3 || a.Values[0].Quantity != "temperature" || a.Values[0].Value < 10 || a.Values[0].Value > 45 {
		t.Errorf("read: %+v", a)
	}
	for _, tc := range []struct {
		command wire.Command
		want    wire.AnswerState
		words   string
	}{
		{wire.Command{Name: wire.CommandRead, Sensor: "none-1"}, wire.Undone, "no such sensor"},
		{wire.Command{Name: wire.CommandSleep, Sensor: "bme-1"}, wire.Undone, "cannot be put to sleep"},
		{wire.Command{Name: wire.CommandSleep, Sensor: "pm-1"}, wire.Done, ""},
		{wire.Command{Name: wire.CommandRead, Sensor: "pm-1"}, wire.Undone, "was put to sleep"},
		{wire.Command{Name: wire.CommandWake, Sensor: "pm-1"}, wire.Done, ""},
		{wire.Command{Name: "dance"}, wire.Undone, "no command that this version knows"},
		{wire.Command{Name: wire.CommandRestart}, wire.Done, "started again"},
		{read, wire.Done, ""},
	} {
		if a := c.do(t, node, tc.command); a.State != tc.want || !strings.Contains(a.Detail, tc.words) {
			t.Errorf("%s %s: %+v, want %s, %q", tc.command.Name, tc.command.Sensor, a, tc.want, tc.words)
		}
	}
	log := c.do(t, node, wire.Command{Name: wire.CommandLogs, Lines: 200}).Log
	if !strings.Contains(log, "command=restart") || !strings.Contains(log, "by=sari") || strings.Contains(log, other) {
		t.Errorf("its log:\n%s", log)
	}
	if st := c.state(other); !st.Online || c.state(node).Boot == st.Boot {
		t.Errorf("the other one: %+v", st)
	}
	// What the agent before the restart has queued still counts.
	f.StopSampling()
	eventually(t, "everything delivered", func() bool { return f.Counts().WaitingPacks == 0 })
	if n := f.Counts(); n.QueuedReadings != uint64(c.count()) || n.LostReadings != 0 {
		t.Errorf("%+v, %d arrived", n, c.count())
	}
}

// TestSimulatedNodesTakeAConfiguration: one that is based on what is in force, also
// after the next start of the simulator, and none that is not.
func TestSimulatedNodesTakeAConfiguration(t *testing.T) {
	const node = "sutojayan-01"
	t.Setenv("SIAGA_DATA_DIR", "/nowhere") // another program's
	c := newCenter(t)
	opt := testOptions(t, 1)
	opt.MQTT.URL, opt.PackInterval = c.url(), 200*time.Millisecond
	_, stop := start(t, opt)
	inForce := func(version uint64) func() bool { return func() bool { return c.config(node).Version == version } }
	eventually(t, "the first version", inForce(1))
	c.desire(t, node, 2, 1, "1s")
	eventually(t, "the center's version", inForce(2))
	interval := func() bool {
		for _, s := range c.state(node).Sensors {
			if s.IntervalMS != 1000 {
				return false
			}
		}
		return len(c.state(node).Sensors) == 4
	}
	eventually(t, "sensors read each second", interval)
	if r := c.config(node); r.Desired == nil || r.Desired.State != wire.InForce || !r.Trial || r.Author != "sari" {
		t.Errorf("%+v", r)
	}
	c.desire(t, node, 3, 1, "3s")
	eventually(t, "a conflict", func() bool { d := c.config(node).Desired; return d.Version == 3 && d.State == wire.Conflict })
	stop()

	c.mu.Lock()
	delete(c.reported, node)
	delete(c.states, node)
	c.mu.Unlock()
	_, stop = start(t, opt)
	defer stop()
	eventually(t, "what was in force", inForce(2))
	eventually(t, "sensors read each second", interval)
}
