package standalone_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/siaga-id/siaga/ingest"
	"github.com/siaga-id/siaga/ingest/standalone"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// away is an InfluxDB and a registry that take nothing.
type away struct{}

func (away) Write(context.Context, []byte) error                { return errors.New("away") }
func (away) Stored(context.Context, []ingest.StoredRange) error { return errors.New("away") }
func (away) Quarantine(context.Context, []ingest.Refused) error { return errors.New("away") }
func (away) Acknowledge(_ reading.NodeID, _ wire.Ack) (_ error) { return nil }

// leave fills the spool of an ingester with packs and ends it.
func leave(t *testing.T, dir string, packs int) {
	t.Helper()
	in, err := ingest.New(ingest.Config{Name: "ingest-1", Dir: filepath.Join(dir, "spool")}, ingest.Deps{Store: away{}, Registry: away{}, Acker: away{}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- in.Run(ctx) }()
	for seq := range packs {
		p := wire.Pack{Node: "n1", Seq: uint64(seq + 1), Epoch: "e1", Boot: "b1", Clock: wire.Synced, Site: "35.05.12.1001", Readings: []reading.Reading{
			{Sensor: "pm-1", Quantity: reading.PM2_5, TimeMS: time.Now().UnixMilli() - int64(seq), Value: 12, Quality: reading.Good},
		}}
		b, err := p.AppendCBOR(nil)
		if err != nil {
			t.Fatal(err)
		}
		if !in.Offer(ingest.Packet{Topic: "siaga/v1/n1/fill", Payload: b, Received: time.Now()}) {
			t.Fatal("queue is full")
		}
	}
	cancel()
	if err := errors.Join(<-ended, in.Close()); err != nil {
		t.Fatal(err)
	}
}

// taker is an InfluxDB or a center that takes everything, once it is there.
type taker struct {
	mu     sync.Mutex
	there  bool
	bodies []string
}

func (k *taker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.there {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	k.bodies = append(k.bodies, string(b))
	w.WriteHeader(http.StatusNoContent)
}

func (k *taker) arrive() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.there = true
}

// until waits for what happens by itself.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for limit := time.Now().Add(20 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("never: ", what)
		}
	}
}

// TestDrain is the last act of an ingester before it is removed: it ends when
// everything is in InfluxDB and reported, or says how much is not.
func TestDrain(t *testing.T) {
	var influx, center taker
	servers := []*httptest.Server{httptest.NewServer(&influx), httptest.NewServer(&center)}
	for _, s := range servers {
		t.Cleanup(s.Close)
	}
	cfg := standalone.DefaultConfig()
	cfg.DataDir, cfg.Influx.URL, cfg.Center.URL = t.TempDir(), servers[0].URL, servers[1].URL
	leave(t, cfg.DataDir, 50)
	started := func() *standalone.Process {
		p, err := standalone.New(cfg, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	drain := func() error {
		p := started()
		return errors.Join(p.Drain(t.Context()), p.Close())
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p := started()
	ended := make(chan error, 1)
	go func() { ended <- p.Drain(ctx) }()
	until(t, "InfluxDB has answered", func() bool { return strings.Contains(p.Status().Store, "status 503") })
	cancel()
	if err := errors.Join(<-ended, p.Close()); err == nil || !strings.Contains(err.Error(), "50 packs and 0 reports are left (InfluxDB: write to InfluxDB: status 503") {
		t.Errorf("while nobody is there: %v", err)
	}
	influx.arrive()
	center.arrive()
	if err := drain(); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(strings.Join(influx.bodies, ""), "pm2_5=12"); n != 50 {
		t.Errorf("InfluxDB has %d of 50", n)
	}
	if said := strings.Join(center.bodies, ""); !strings.Contains(said, `"from":1,"to":50`) {
		t.Errorf("the center was told %s", said)
	}
	if err := drain(); err != nil || len(influx.bodies) != 1 {
		t.Errorf("a second time: %v, %d writes", err, len(influx.bodies))
	}
}

// TestMetricsPage runs an ingester whose broker is away: it is shown all the same.
func TestMetricsPage(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	ln.Close()
	cfg := standalone.DefaultConfig()
	cfg.DataDir, cfg.MQTT.URL, cfg.HTTP.Addr = t.TempDir(), "tcp://127.0.0.1:1", addr
	p, err := standalone.New(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	get := func(path string) string {
		resp, err := client.Get("http://" + addr + path)
		if err != nil {
			return ""
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		return string(b)
	}
	until(t, "/healthz", func() bool { return get("/healthz") == "ok\n" })
	for _, want := range []string{"siaga_ingest_accepting 1", "siaga_device_accepting 1", fmt.Sprintf("siaga_ingest_spool_limit_bytes{spool=%q}", "data")} {
		// The page may be there before the ingester takes packs.
		until(t, want, func() bool { return strings.Contains(get("/metrics"), want) })
	}
	cancel()
	if err := errors.Join(<-ended, p.Close()); err != nil {
		t.Error(err)
	}
}
