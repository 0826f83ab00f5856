package edge

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// fakeCenter is a broker and a Command Center behind it, with faults.
type fakeCenter struct {
	t *testing.T

	mu      sync.Mutex
	options mqtt.Options // of who connected last
	ears    []func(mqtt.Message)
	offline bool
	// swallow says which packs never arrive; loseAck which acknowledgements do not.
	swallow func(wire.Pack) bool
	loseAck func(wire.Pack) bool
	// falsify is XORed into every check.
	falsify uint32
	// silent packs are stored, but nothing is acknowledged.
	silent bool
	// clockless is a center whose own clock is not synchronised.
	clockless bool
	// collect is how long acknowledgements are collected into ranges; 0 is not.
	collect   time.Duration
	collected []wire.AckRange
	// newest is when the newest reading that is stored was stored.
	newestMS int64
	newestAt time.Time
	traffic  int // bytes of packs

	stored   map[pointKey]float64
	bytes    map[uint64][]string // distinct payloads for storing, by sequence number
	lanes    map[wire.Channel]int
	order    []uint64
	previews []wire.Pack
	untimed  []wire.Pack
	states   []wire.NodeState
}

type pointKey struct {
	site     reading.SiteCode
	sensor   reading.SensorID
	quantity reading.Quantity
	timeMS   int64
}

func newFakeCenter(t *testing.T) *fakeCenter {
	return &fakeCenter{t: t, stored: map[pointKey]float64{}, bytes: map[uint64][]string{}, lanes: map[wire.Channel]int{}}
}

func (c *fakeCenter) connect(o mqtt.Options) (connection, error) {
	c.mu.Lock()
	c.options = o
	c.ears = append(c.ears, o.OnMessage)
	c.mu.Unlock()
	o.OnConnect()
	return c, nil
}

func (c *fakeCenter) Reconnect() {}

func (c *fakeCenter) Address() string { return c.options.URL }

func (c *fakeCenter) Connected() (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.offline {
		return false, mqtt.ErrOffline
	}
	return true, nil
}

func (c *fakeCenter) Close() error { return nil }

func (c *fakeCenter) setOffline(off bool) {
	c.mu.Lock()
	c.offline = off
	up := c.options.OnConnect
	c.mu.Unlock()
	if !off {
		up()
	}
}

func (c *fakeCenter) PublishAsync(m mqtt.Message) func(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.offline {
		return func(context.Context) error { return mqtt.ErrOffline }
	}
	_, channel, err := wire.ParseTopic(m.Topic)
	if err != nil {
		c.t.Errorf("published to %q: %v", m.Topic, err)
	}
	if channel == wire.State {
		st, err := wire.ParseNodeState(m.Payload)
		if err != nil || !m.Retain {
			c.t.Errorf("node state %s (retained %v): %v", m.Payload, m.Retain, err)
		}
		c.states = append(c.states, st)
		return accepted
	}
	c.take(channel, m.Payload)
	return accepted
}

func accepted(context.Context) error { return nil }

func (c *fakeCenter) take(lane wire.Channel, payload []byte) {
	var p wire.Pack
	if err := new(wire.Decoder).Decode(payload, &p); err != nil || len(p.Rejects) > 0 {
		c.t.Errorf("center cannot read a pack: %v %v", err, p.Rejects)
		return
	}
	p.Readings = slices.Clone(p.Readings)
	switch {
	case p.Clock == wire.Unknown:
		c.previews = append(c.previews, p)
		return
	case c.swallow != nil && c.swallow(p):
		return
	}
	c.traffic += len(payload)
	c.lanes[lane]++
	c.order = append(c.order, p.Seq)
	if !slices.Contains(c.bytes[p.Seq], string(payload)) {
		c.bytes[p.Seq] = append(c.bytes[p.Seq], string(payload))
	}
	if p.Clock == wire.Untimed {
		c.untimed = append(c.untimed, p)
	} else {
		for _, r := range p.Readings {
			c.stored[pointKey{p.Site, r.Sensor, r.Quantity, r.TimeMS}] = r.Value
			if r.TimeMS > c.newestMS {
				c.newestMS, c.newestAt = r.TimeMS, time.Now()
			}
		}
	}
	if c.silent || c.loseAck != nil && c.loseAck(p) {
		return
	}
	ack := wire.AckRange{Epoch: p.Epoch, From: p.Seq, To: p.Seq, Check: wire.Check(payload) ^ c.falsify}
	if c.collect == 0 {
		c.acknowledge(p.Node, ack)
		return
	}
	if c.collected = append(c.collected, ack); len(c.collected) == 1 {
		time.AfterFunc(c.collect, func() { c.look(func() { c.flush(p.Node) }) })
	}
}

func (c *fakeCenter) acknowledge(node reading.NodeID, ranges ...wire.AckRange) {
	c.say(wire.Topic(node, wire.AckChannel), wire.Ack{
		Ingester: "center-1", TimeMS: time.Now().UnixMilli(), ClockSynced: !c.clockless, Ranges: ranges,
	})
}

// flush acknowledges what was collected, neighbours joined.
func (c *fakeCenter) flush(node reading.NodeID) {
	slices.SortFunc(c.collected, func(a, b wire.AckRange) int { return int(a.From) - int(b.From) })
	var ranges []wire.AckRange
	for _, a := range c.collected {
		if n := len(ranges); n > 0 && ranges[n-1].To+1 == a.From && ranges[n-1].Epoch == a.Epoch {
			ranges[n-1].To = a.To
			ranges[n-1].Check ^= a.Check
		} else if n == 0 || ranges[n-1] != a {
			ranges = append(ranges, a)
		}
	}
	c.collected = nil
	if !c.offline {
		c.acknowledge(node, ranges...)
	}
}

type encoder interface{ Encode() ([]byte, error) }

func (c *fakeCenter) say(topic string, e encoder) {
	b, err := e.Encode()
	if err != nil {
		c.t.Errorf("encode %T: %v", e, err)
		return
	}
	for _, hears := range c.ears {
		hears(mqtt.Message{Topic: topic, Payload: b})
	}
}

// look runs f with the center locked.
func (c *fakeCenter) look(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

// testClock is a boot clock on the test's (synthetic) time.
type testClock struct {
	boot  string
	start time.Time

	mu    sync.Mutex
	state wire.Clock
	step  time.Duration
}

func newTestClock(boot string, state wire.Clock) *testClock {
	return &testClock{boot: boot, start: time.Now(), state: state}
}

func (c *testClock) BootID() string      { return c.boot }
func (c *testClock) Boot() time.Duration { return time.Since(c.start) }

func (c *testClock) UTC() Offset {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Offset{UnixMS: c.start.Add(c.step).UnixMilli(), State: c.state, ErrS: 0.01}
}

func (c *testClock) set(state wire.Clock, step time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state, c.step = state, step
}

func (c *testClock) WaitUntil(ctx context.Context, boot time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(boot - c.Boot()):
		return nil
	}
}

// rig is an agent without samplers, run inside a synctest bubble.
type rig struct {
	t      *testing.T
	center *fakeCenter
	clock  *testClock
	cfg    Config
	agent  *Agent
	stop   func()
}

func testConfig(t *testing.T) Config {
	cfg := DefaultConfig()
	cfg.Node, cfg.Site, cfg.DataDir = "sutojayan-01", "35.05.12.1001", t.TempDir()
	cfg.PackInterval = time.Second
	cfg.Queue.ReserveBytes = 0
	cfg.Sensors = []SensorConfig{{ID: "pm-1", Driver: "pms5003", Interval: time.Second, Options: map[string]any{"port": "/dev/none"}}}
	return cfg
}

// start runs an agent over cfg's data directory; call stop before the test ends.
func start(t *testing.T, cfg Config, clock *testClock, center *fakeCenter) *rig {
	t.Helper()
	return startOn(t, cfg, clock, center, center.connect)
}

// startOn is start over another connection, of an agent that is changed first.
func startOn(t *testing.T, cfg Config, clock *testClock, center *fakeCenter, connect func(mqtt.Options) (connection, error), change ...func(*Agent)) *rig {
	t.Helper()
	a, err := New(cfg, Deps{
		Clock: clock, Version: "test", Simulated: true,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), connect: connect,
	})
	if err != nil {
		t.Fatal(err)
	}
	a.samplers = nil
	a.sealer.first = func(interval time.Duration) time.Duration { return interval } // at the same moment in every run
	for _, f := range change {
		f(a)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	r := &rig{t: t, center: center, clock: clock, cfg: cfg, agent: a}
	r.stop = func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("Run: %v", err)
		}
	}
	synctest.Wait()
	return r
}

// measure adds one reading now and waits until it is sealed and sent.
func (r *rig) measure(value float64) {
	r.agent.sealer.add([]reading.Reading{{
		Sensor: "pm-1", Quantity: reading.PM2_5, TimeMS: r.clock.Boot().Milliseconds(), Value: value, Quality: reading.NotEvaluated,
	}})
	time.Sleep(time.Second)
	synctest.Wait()
}

// eventually runs the synthetic time on until f is true.
func (r *rig) eventually(what string, f func() bool) {
	r.t.Helper()
	for range 600 {
		ok := false
		r.center.look(func() { ok = f() })
		if ok {
			return
		}
		time.Sleep(time.Second)
		synctest.Wait()
	}
	r.t.Fatalf("never: %s", what)
}

func (r *rig) waiting() uint64 { return r.agent.Counts().WaitingPacks }

func hasText(s, part string) bool { return strings.Contains(s, part) }

// setOfflineQuietly takes the center away before an agent has connected.
func (c *fakeCenter) setOfflineQuietly() { c.look(func() { c.offline = true }) }

// manyReadings fills a pack, so that a small queue fills up soon.
func manyReadings(clock *testClock, i int) []reading.Reading {
	rs := make([]reading.Reading, 60)
	for j := range rs {
		rs[j] = reading.Reading{
			Sensor: "pm-1", Quantity: reading.PM2_5, TimeMS: clock.Boot().Milliseconds() + int64(i*1000+j),
			Value: float64(i+j) / 10, Quality: reading.NotEvaluated,
		}
	}
	return rs
}
