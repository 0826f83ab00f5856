package main

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/firmware-sim/fleet"
	"github.com/siaga-id/siaga/firmware-sim/world"
	"github.com/siaga-id/siaga/gateway/broker"
	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// nowhere is a broker's address that nobody listens at.
const nowhere = "tcp://127.0.0.1:1"

// center is a Command Center that keeps what arrives in memory.
type center struct {
	t      *testing.T
	broker *broker.Broker

	mu      sync.Mutex
	silent  bool // stores, but acknowledges nothing
	decoder wire.Decoder
	points  map[point]float64
	states  map[reading.NodeID]wire.NodeState
	// What nodes said of their configurations, and answered to commands, by id.
	reported map[reading.NodeID]wire.ReportedConfig
	answers  map[string]wire.Answer
}

type point struct {
	node     reading.NodeID
	sensor   reading.SensorID
	quantity reading.Quantity
	timeMS   int64
}

func newCenter(t *testing.T) *center {
	t.Helper()
	c := &center{
		t: t, points: map[point]float64{}, states: map[reading.NodeID]wire.NodeState{},
		reported: map[reading.NodeID]wire.ReportedConfig{}, answers: map[string]wire.Answer{},
	}
	b, err := broker.New(broker.Options{Addr: "127.0.0.1:0", OnPublish: c.take, Logger: quiet()})
	if err == nil {
		err = b.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	c.broker = b
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func (c *center) url() string { return "tcp://" + c.broker.Addr() }

func (c *center) take(_, topic string, payload []byte, _ bool) {
	node, channel, err := wire.ParseTopic(topic)
	if err != nil {
		c.t.Errorf("published to %q: %v", topic, err)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if channel == wire.State {
		st, err := wire.ParseNodeState(payload)
		if err != nil {
			c.t.Errorf("node state %s: %v", payload, err)
		}
		c.states[node] = st
		return
	}
	switch channel {
	case wire.ConfigReported:
		r, err := wire.ParseReportedConfig(payload)
		if err != nil {
			c.t.Errorf("configuration of %s: %v", node, err)
		}
		c.reported[node] = r
		return
	case wire.Reply:
		a, err := wire.ParseAnswer(payload)
		if err != nil {
			c.t.Errorf("answer of %s: %v", node, err)
		}
		c.answers[a.ID] = a
		return
	}
	var p wire.Pack
	if err := c.decoder.Decode(payload, &p); err != nil || len(p.Rejects) > 0 || !p.Sim {
		c.t.Errorf("pack of %s: %v, rejects %v, simulated %v", node, err, p.Rejects, p.Sim)
		return
	}
	for _, r := range p.Readings {
		c.points[point{p.Node, r.Sensor, r.Quantity, r.TimeMS}] = r.Value
	}
	if c.silent {
		return
	}
	ack, err := wire.Ack{
		Ingester: "test", TimeMS: time.Now().UnixMilli(), ClockSynced: true,
		Ranges: []wire.AckRange{{Epoch: p.Epoch, From: p.Seq, To: p.Seq, Check: wire.Check(payload)}},
	}.Encode()
	if err != nil {
		c.t.Error(err)
		return
	}
	topic = wire.Topic(p.Node, wire.AckChannel)
	// The hook must not wait for the broker that it is called by.
	go func() {
		if err := c.broker.Publish(topic, ack, false, 0); err != nil {
			c.t.Log(err)
		}
	}()
}

func (c *center) state(node reading.NodeID) wire.NodeState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.states[node]
}

func (c *center) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.points)
}

// value is one reading at its time.
type value struct {
	at    time.Time
	value float64
}

// series returns what arrived of one series before a moment, in order.
func (c *center) series(node reading.NodeID, sensor reading.SensorID, q reading.Quantity, before time.Time) []value {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []value
	for p, v := range c.points {
		at := time.UnixMilli(p.timeMS).UTC()
		if p.node == node && p.sensor == sensor && p.quantity == q && at.Before(before) {
			all = append(all, value{at, v})
		}
	}
	slices.SortFunc(all, func(a, b value) int { return a.at.Compare(b.at) })
	return all
}

// testOptions is a fleet of n nodes that reaches no broker.
func testOptions(t *testing.T, n int) fleet.Options {
	return fleet.Options{
		Nodes: n, Seed: 1, Dir: t.TempDir(), MQTT: mqtt.Config{URL: nowhere},
		PackInterval: time.Second, Version: "test", Logger: quiet(),
	}
}

// measure runs a fleet without a center in a bubble, whose time begins on
// 2000-01-01 and takes no time, for as long as during does; nil is until its
// trace is over.
func measure(t *testing.T, opt fleet.Options, during func(t *testing.T, f *fleet.Fleet)) {
	t.Helper()
	if raceEnabled {
		t.Skip("Go 1.26's race detector crashes at times where a bubble's timers fire (SIGSEGV on g0): make test runs this without it")
	}
	synctest.Test(t, func(t *testing.T) {
		f, err := fleet.New(opt)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ended := make(chan error, 1)
		go func() { ended <- f.Run(ctx) }()
		if during == nil {
			if err := f.TraceOver(ctx); err != nil {
				t.Error(err)
			}
		} else {
			during(t, f)
		}
		f.StopSampling()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// deliver hands what a fleet has measured to a center, and returns that.
func deliver(t *testing.T, opt fleet.Options) *center {
	t.Helper()
	c := newCenter(t)
	opt.MQTT.URL = c.url()
	opt.Trace = nil
	f, err := fleet.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	f.StopSampling()
	for f.Counts().WaitingPacks > 0 && ctx.Err() == nil {
		time.Sleep(10 * time.Millisecond)
	}
	if n := f.Counts().WaitingPacks; n > 0 {
		t.Errorf("%d packs were not delivered", n)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	return c
}

// bubbleEnd is after every reading of a bubble and before every other.
var bubbleEnd = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)

// traceOf reads a trace from its text.
func traceOf(t *testing.T, text string) *world.Trace {
	t.Helper()
	tr, err := readTrace(traceFile(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}
