package grafana_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/siaga-id/siaga/dashboards/grafana"
	"github.com/siaga-id/siaga/firmware-sim/fleet"
	"github.com/siaga-id/siaga/firmware-sim/world"
	"github.com/siaga-id/siaga/gateway"
	"github.com/siaga-id/siaga/internal/mqtt"
)

// patience ends a wait that would never end; no test depends on it.
const patience = 2 * time.Minute

// simulated is how many simulated nodes there are.
const simulated = 12

// steady is the last minutes of villages with traffic: in the seeded world some
// roads are empty for longer than a test waits.
func steady() string {
	var b strings.Builder
	b.WriteString("time,pm1_ugm3,pm2_5_ugm3,pm10_ugm3,temperature_cel,humidity_pct,pressure_hpa,level_m,occupancy_pct,speed_kmh\n")
	for m := range 10 {
		fmt.Fprintf(&b, "2026-01-01T00:%02d:00Z,8,12,20,27.5,80,995,1.2,5,40\n", m)
	}
	return b.String()
}

// demoCenter runs a demo center with its villages beside an InfluxDB, or with the
// engine inside where influx is "", and returns where its InfluxDB is.
func demoCenter(t *testing.T, influx string) string {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	cfg := gateway.DefaultConfig()
	cfg.DataDir, cfg.Ingest.Demo = t.TempDir(), true
	cfg.HTTP.Addr, cfg.MQTT.Addr, cfg.Influx.Addr = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	cfg.Influx.URL = influx
	center, err := gateway.Open(context.Background(), cfg, gateway.Deps{Version: "test", Wall: fstest.MapFS{}, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	trace, err := world.ReadTrace(strings.NewReader(steady()))
	if err != nil {
		t.Fatal(err)
	}
	villages, err := fleet.New(fleet.Options{
		Nodes: simulated, Trace: trace, Replay: world.Options{Speed: 60}, Dir: filepath.Join(cfg.DataDir, "villages"),
		MQTT: mqtt.Config{URL: center.BrokerURL()}, PackInterval: time.Second, Version: "test", Logger: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ran := make(chan error, 2)
	go func() { ran <- center.Run(ctx) }()
	go func() { ran <- villages.Run(ctx) }()
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
	if influx != "" {
		return influx
	}
	return center.InfluxURL()
}

// TestEveryQueryFindsWhatItShould asks a demo center's engine what Grafana would
// ask it: newest values of simulated villages, and of others whose state, indexes
// and roll-ups are such that every query has something to find.
func TestEveryQueryFindsWhatItShould(t *testing.T) {
	askAll(t, demoCenter(t, ""))
}

func askAll(t *testing.T, url string) {
	grafana.Seed(t, url, time.Now())
	for _, q := range grafana.Queries() {
		t.Run(q.Where, func(t *testing.T) {
			var err error
			for limit := time.Now().Add(patience); time.Now().Before(limit); time.Sleep(100 * time.Millisecond) {
				found := grafana.Ask(t, url, q.InfluxQL, q.Since())
				if err = q.Check(found, simulated); err == nil {
					return
				}
				if !q.Simulated() { // what does not come from the simulator does not come later
					break
				}
			}
			t.Errorf("%v\n%s", err, q.InfluxQL)
		})
	}
}
