package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"github.com/siaga-id/siaga/gateway/api"
	"github.com/siaga-id/siaga/gateway/broker"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/gateway/tsdb"
	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience ends a wait that would never end; no test depends on it.
const patience = 2 * time.Minute

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for limit := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("never: %s", what)
		}
	}
}

// config is of a center on free ports.
func config(dir string) Config {
	cfg := DefaultConfig()
	cfg.DataDir = dir
	cfg.HTTP.Addr, cfg.MQTT.Addr, cfg.Influx.Addr = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	return cfg
}

func deps() Deps {
	return Deps{Version: "test", Wall: fstest.MapFS{}, Logger: slog.New(slog.DiscardHandler)}
}

// running is a center whose Run has been started.
type running struct {
	*Center
	t    *testing.T
	stop context.CancelFunc
	ran  chan error
	http *http.Client
}

func run(t *testing.T, cfg Config) *running {
	t.Helper()
	return runWith(t, cfg, deps())
}

func runWith(t *testing.T, cfg Config, d Deps) *running {
	t.Helper()
	c, err := Open(context.Background(), cfg, d)
	if err != nil {
		t.Fatal(err)
	}
	return start(t, c)
}

// start runs a center that is open.
func start(t *testing.T, c *Center) *running {
	t.Helper()
	r := &running{Center: c, t: t, ran: make(chan error, 1), http: &http.Client{Transport: &http.Transport{}}}
	var ctx context.Context
	ctx, r.stop = context.WithCancel(context.Background())
	go func() { r.ran <- c.Run(ctx) }()
	t.Cleanup(r.end)
	return r
}

// end stops the center as SIGTERM does, and may be called again.
func (r *running) end() {
	if r.stop == nil {
		return
	}
	r.stop()
	r.stop = nil
	if err := <-r.ran; err != nil {
		r.t.Error(err)
	}
	if err := r.Close(); err != nil {
		r.t.Error(err)
	}
	r.http.CloseIdleConnections()
}

// get decodes an answer of the HTTP API.
func get[T any](r *running, path string) (v T) {
	r.t.Helper()
	resp, err := r.http.Get("http://" + r.HTTPAddr() + path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&v); err != nil || resp.StatusCode != http.StatusOK {
		r.t.Fatalf("%s: %s, %v", path, resp.Status, err)
	}
	return v
}

type latest struct {
	Readings []struct {
		Node, Sensor, Quantity string
		Value                  float64
		Time                   time.Time
		AgeS                   float64 `json:"age_s"`
		Stale                  bool
	}
}

type nodes struct {
	Nodes []struct {
		ID       string
		Online   bool
		LastSeen time.Time `json:"last_seen"`
		Version  string
	}
}

// node is a connection to a broker as a village node has it.
func node(t *testing.T, url string, id reading.NodeID) *mqtt.Conn {
	t.Helper()
	gone := encode(t, state(false))
	c, err := mqtt.Open(mqtt.Options{
		URL: url, ClientID: string(id), Logger: slog.New(slog.DiscardHandler),
		Will: &mqtt.Message{Topic: wire.Topic(id, wire.State), Payload: gone, QoS: 1, Retain: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	until(t, "connected", func() bool { ok, _ := c.Connected(); return ok })
	return c
}

func state(online bool) wire.NodeState {
	return wire.NodeState{
		Online: online, Version: "1.0", Boot: "b1", Clock: wire.Synced, TimeMS: time.Now().UnixMilli(),
		Epoch: "e1", NextSeq: 1, Site: "35.05.12.1001",
		Sensors: []wire.SensorState{{ID: "pm-1", Driver: "pms5003", IntervalMS: 2000, Quantities: []string{"pm2_5"}, Health: "ok"}},
	}
}

func encode(t *testing.T, s wire.NodeState) []byte {
	t.Helper()
	b, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// pack has one reading of PM2.5, measured at that time.
func pack(t *testing.T, id reading.NodeID, seq uint64, at time.Time, value float64) []byte {
	t.Helper()
	p := wire.Pack{
		Node: id, Seq: seq, Epoch: "e1", Boot: "b1", Clock: wire.Synced, Site: "35.05.12.1001", SealedMS: at.UnixMilli(),
		Readings: []reading.Reading{{Sensor: "pm-1", Quantity: reading.PM2_5, TimeMS: at.UnixMilli(), Value: value, Quality: reading.NotEvaluated}},
	}
	b, err := p.AppendCBOR(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// publish is what the agent does: its states are retained.
func publish(t *testing.T, c *mqtt.Conn, id reading.NodeID, channel wire.Channel, payload []byte) {
	t.Helper()
	if err := c.Publish(context.Background(), mqtt.Message{Topic: wire.Topic(id, channel), Payload: payload, QoS: 1, Retain: channel == wire.State}); err != nil {
		t.Fatal(err)
	}
}

func TestTakenPortsNameTheRemedies(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, tc := range map[string]struct {
		change func(*Config)
		want   []string
	}{
		"http":   {func(c *Config) { c.HTTP.Addr = taken.Addr().String() }, []string{"http.addr", "--http"}},
		"mqtt":   {func(c *Config) { c.MQTT.Addr = taken.Addr().String() }, []string{"--mqtt", "mqtt.url"}},
		"influx": {func(c *Config) { c.Influx.Addr = taken.Addr().String() }, []string{"--influx", "influx.url"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := config(t.TempDir())
			tc.change(&cfg)
			c, err := Open(context.Background(), cfg, deps())
			if err == nil {
				_ = c.Close()
				t.Fatal("opened")
			}
			for _, want := range append(tc.want, taken.Addr().String()) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not say %q", err, want)
				}
			}
			// Whatever was opened before has been closed.
			run(t, config(cfg.DataDir))
		})
	}
}

func TestDataOfTheOtherKindIsRefused(t *testing.T) {
	cfg := config(t.TempDir())
	cfg.Ingest.Demo = true
	run(t, cfg).end()
	cfg.Ingest.Demo = false
	c, err := Open(context.Background(), cfg, deps())
	var kind *registry.KindError
	if !errors.As(err, &kind) || !strings.Contains(err.Error(), "data_dir") {
		if c != nil {
			_ = c.Close()
		}
		t.Fatalf("opened a demo's data as real: %v", err)
	}
	cfg.Ingest.Demo = true
	run(t, cfg)
}

// TestStoppingKeepsWhatCame stops right after the last pack was taken over, and
// looks for all of them after a restart.
func TestStoppingKeepsWhatCame(t *testing.T) {
	const packs = 200
	cfg := config(t.TempDir())
	c := run(t, cfg)
	n := node(t, c.BrokerURL(), "n1")
	begin := time.Now().Add(-time.Hour).Truncate(time.Second)
	for seq := range packs {
		publish(t, n, "n1", wire.Live, pack(t, "n1", uint64(seq+1), begin.Add(time.Duration(seq)*time.Second), 1))
	}
	c.end()

	c = run(t, cfg)
	influx, err := api.NewInflux(c.InfluxURL(), "siaga", "")
	if err != nil {
		t.Fatal(err)
	}
	defer influx.Close()
	until(t, "every pack in InfluxDB", func() bool {
		found, err := influx.Query(context.Background(), `SELECT count("pm2_5") FROM "air"`)
		if err != nil {
			t.Fatal(err)
		}
		return len(found) == 1 && *found[0].Values[0][1] == packs
	})
	until(t, "none waits", func() bool { return c.Status().WaitingPacks == 0 })
	if s := c.Status(); s.Damage != 0 {
		t.Errorf("status %+v", s)
	}
}

// TestRestartShowsWhatWasLast restarts a center whose only node is gone.
func TestRestartShowsWhatWasLast(t *testing.T) {
	cfg := config(t.TempDir())
	c := run(t, cfg)
	n := node(t, c.BrokerURL(), "n1")
	publish(t, n, "n1", wire.State, encode(t, state(true)))
	measured := time.Now().Add(-17 * time.Minute).Truncate(time.Millisecond)
	publish(t, n, "n1", wire.Live, pack(t, "n1", 2, measured, 41.5))
	publish(t, n, "n1", wire.Fill, pack(t, "n1", 1, measured.Add(-time.Hour), 3)) // later, but older
	until(t, "two packs in InfluxDB", func() bool {
		s := c.Status()
		nodes := get[nodes](c, "/api/v1/nodes").Nodes
		return s.WaitingPacks == 0 && s.QueuedPacks == 0 && s.WaitingReports == 0 && len(nodes) == 1 && nodes[0].Online && len(storedPacks(t, c)) == 2
	})
	// The node leaves as the agent does: with its last state.
	publish(t, n, "n1", wire.State, encode(t, state(false)))
	until(t, "the node offline", func() bool { return !get[nodes](c, "/api/v1/nodes").Nodes[0].Online })
	c.end()

	c = run(t, cfg)
	var got latest
	until(t, "the last reading", func() bool { got = get[latest](c, "/api/v1/readings/latest"); return len(got.Readings) > 0 })
	r := got.Readings[0]
	if len(got.Readings) != 1 || r.Node != "n1" || r.Sensor != "pm-1" || r.Quantity != "pm2_5" || r.Value != 41.5 || !r.Time.Equal(measured) {
		t.Errorf("latest %+v, want 41.5 at %v", got.Readings, measured)
	}
	if r.AgeS < 17*60 || !r.Stale {
		t.Errorf("age %v s, stale %v: want its true age", r.AgeS, r.Stale)
	}
	known := get[nodes](c, "/api/v1/nodes").Nodes
	if len(known) != 1 || known[0].ID != "n1" || known[0].Online || known[0].LastSeen.IsZero() || known[0].Version != "1.0" {
		t.Errorf("nodes %+v, want n1 offline", known)
	}
}

// TestBetweenExternalParts has a broker and an InfluxDB of their own: the center
// looks on, and takes nothing in.
func TestBetweenExternalParts(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	said := make(chan string, 100)
	b, err := broker.New(broker.Options{Addr: "127.0.0.1:0", Logger: log, OnPublish: func(client, topic string, _ []byte, _ bool) {
		if client != "n1" {
			said <- topic
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	e, err := tsdb.Open(tsdb.Options{Dir: filepath.Join(t.TempDir(), "influx"), Addr: "127.0.0.1:0", Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	cfg := config(t.TempDir())
	cfg.MQTT.URL, cfg.Influx.URL = "tcp://"+b.Addr(), e.URL()
	c := run(t, cfg)
	if c.BrokerURL() != cfg.MQTT.URL || c.InfluxURL() != cfg.Influx.URL {
		t.Errorf("uses %s and %s", c.BrokerURL(), c.InfluxURL())
	}
	n := node(t, cfg.MQTT.URL, "n1")
	publish(t, n, "n1", wire.State, encode(t, state(true)))
	at := time.Now().Truncate(time.Millisecond)
	seq := uint64(0)
	until(t, "state and reading shown", func() bool {
		seq++ // live packs come at QoS 0 to those who look on
		publish(t, n, "n1", wire.Live, pack(t, "n1", seq, at, 12))
		ns := get[nodes](c, "/api/v1/nodes").Nodes
		got := get[latest](c, "/api/v1/readings/latest").Readings
		return len(ns) == 1 && ns[0].Online && len(got) == 1 && got[0].Value == 12 && got[0].Time.Equal(at)
	})
	if s := c.Status(); s.QueuedPacks != 0 || s.WaitingPacks != 0 {
		t.Errorf("it took packs in: %+v", s)
	}
	select {
	case topic := <-said:
		t.Errorf("it published to %s", topic)
	default:
	}
	get[any](c, "/readyz") // 200
}
