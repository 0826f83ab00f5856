package plugin

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/data"

	"github.com/siaga-id/siaga/firmware-sim/fleet"
	"github.com/siaga-id/siaga/firmware-sim/world"
	"github.com/siaga-id/siaga/gateway"
	"github.com/siaga-id/siaga/internal/mqtt"
)

// demoCenter runs a demo center with two villages until the test ends, and returns its
// address.
func demoCenter(t *testing.T) string {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	cfg := gateway.DefaultConfig()
	cfg.DataDir, cfg.Ingest.Demo = t.TempDir(), true
	cfg.HTTP.Addr, cfg.MQTT.Addr, cfg.Influx.Addr = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	center, err := gateway.Open(context.Background(), cfg, gateway.Deps{Version: "test", Wall: fstest.MapFS{}, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	simulated, err := fleet.New(fleet.Options{
		Nodes: 2, Replay: world.Options{Speed: 1}, Dir: filepath.Join(cfg.DataDir, "villages"),
		MQTT: mqtt.Config{URL: center.BrokerURL()}, PackInterval: 3 * time.Second, Version: "test", Logger: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ran := make(chan error, 2)
	go func() { ran <- center.Run(ctx) }()
	go func() { ran <- simulated.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		for range cap(ran) {
			if err := <-ran; err != nil {
				t.Error(err)
			}
		}
		if err := center.Close(); err != nil {
			t.Error(err)
		}
	})
	return "http://" + center.HTTPAddr()
}

// TestAgainstACenter asks a real center everything that a panel may, and follows a
// sensor whose packs hold several readings: the channel has every one.
func TestAgainstACenter(t *testing.T) {
	url := demoCenter(t)
	p := usual
	p.send, p.fill, p.tries = 50*time.Millisecond, 200*time.Millisecond, 600
	s := newSource(configured(url), p)
	defer s.Dispose()
	s.center.token = "" // from the center's own machine none is needed
	asked := func(text string) backend.DataQuery {
		now := time.Now()
		return backend.DataQuery{RefID: "A", JSON: []byte(text), MaxDataPoints: 3600, Interval: time.Second, TimeRange: backend.TimeRange{From: now.Add(-10 * time.Minute), To: now}}
	}
	get := func(text string) data.Frames {
		got := ask1(t, s, asked(text))
		if got.Error != nil {
			t.Fatal(text, got.Error)
		}
		return got.Frames
	}
	const live = `{"queryType":"readings","quantity":"pm2_5","live":true}`
	waitFor(t, "readings of two villages", func() bool {
		time.Sleep(200 * time.Millisecond) // it has more to do than to answer
		frames := get(live)
		return len(frames) >= 2 && frames[1].Rows() > 2
	})
	result, err := s.CheckHealth(t.Context(), &backend.CheckHealthRequest{})
	if err != nil || result.Status != backend.HealthStatusOk || !strings.Contains(result.Message, "SIMULASI (demo). Siaga test: ") {
		t.Errorf("%+v, %v", result, err)
	}
	for kind, want := range map[string]int{"latest": 10, "nodes": 2, "gaps": 0, "quarantine": 0, "annotations": 0} {
		frames := get(`{"queryType":"` + kind + `"}`)
		if frames[0].Rows() < want {
			t.Errorf("%s: %d rows", kind, frames[0].Rows())
		}
		contract(t, frames)
	}
	if !strings.Contains(notices(get(`{"queryType":"nodes"}`)[0]), "SIMULASI: 2 dari 2 node") {
		t.Error("simulated nodes are not told")
	}
	quantities := resource(t, s, "GET", "variables/quantities", &backend.User{Role: "Viewer"})
	if quantities.status != 200 || !strings.Contains(quantities.body, `"pm2_5"`) {
		t.Errorf("%+v", quantities)
	}

	seed := get(live)[0]
	seeded := seed.Rows()
	path := strings.TrimPrefix(seed.Meta.Channel, "ds/siaga/")
	k := &sink{let: make(chan struct{}), got: make(chan json.RawMessage, 1000)}
	close(k.let)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.run(ctx, path, k) }()
	waitFor(t, "six more rows", func() bool {
		select {
		case b := <-k.got:
			if err := join(seed, b); err != nil {
				t.Fatal(err)
			}
		default:
		}
		return seed.Rows() >= seeded+6
	})
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	at := map[time.Time]int{}
	waitFor(t, "what was shown is stored too: the channel does not wait for that", func() bool {
		stored := get(strings.Replace(live, "pm2_5", seed.Fields[1].Name, 1))[0]
		clear(at)
		for i := range stored.Rows() {
			at[stored.Fields[0].At(i).(time.Time)] = i //nolint:forcetypeassert // the test sees
		}
		for i := range seed.Rows() {
			if _, is := at[seed.Fields[0].At(i).(time.Time)]; !is { //nolint:forcetypeassert // the test sees
				return false
			}
		}
		return true
	})
	for i := 1; i < seed.Rows(); i++ {
		is, was := seed.Fields[0].At(i).(time.Time), seed.Fields[0].At(i-1).(time.Time) //nolint:forcetypeassert // the test sees
		n, known := at[is]
		if !known || at[was]+1 != n {
			t.Errorf("row %d of %d (%d seeded) is of %v, behind %v: stored %v", i, seed.Rows(), seeded, is, was, fmt.Sprint(n, known))
		}
	}
}
