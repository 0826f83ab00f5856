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
	"github.com/siaga-id/siaga/gateway/api"
	"github.com/siaga-id/siaga/internal/mqtt"
)

// patience ends a wait that would never end; no test depends on it.
const patience = 2 * time.Minute

// villages is how many simulated nodes there are.
const villages = 12

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

// demoCenter runs a demo center with its villages, and returns its InfluxDB.
func demoCenter(t *testing.T) *api.Influx {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	cfg := gateway.DefaultConfig()
	cfg.DataDir, cfg.Ingest.Demo = t.TempDir(), true
	cfg.HTTP.Addr, cfg.MQTT.Addr, cfg.Influx.Addr = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	center, err := gateway.Open(context.Background(), cfg, gateway.Deps{Version: "test", Wall: fstest.MapFS{}, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	trace, err := world.ReadTrace(strings.NewReader(steady()))
	if err != nil {
		t.Fatal(err)
	}
	simulated, err := fleet.New(fleet.Options{
		Nodes: villages, Trace: trace, Replay: world.Options{Speed: 60}, Dir: filepath.Join(cfg.DataDir, "villages"),
		MQTT: mqtt.Config{URL: center.BrokerURL()}, PackInterval: time.Second, Version: "test", Logger: log,
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
	influx, err := api.NewInflux(center.InfluxURL(), "siaga", "")
	if err != nil {
		t.Fatal(err)
	}
	return influx
}

// TestEveryPanelShowsEveryVillage asks InfluxDB what Grafana would ask it, until
// each panel has values of all villages.
func TestEveryPanelShowsEveryVillage(t *testing.T) {
	influx := demoCenter(t)
	for _, d := range append(grafana.Dashboards(false), grafana.Dashboards(true)...) {
		for _, p := range d.Panels {
			if p.Kind == grafana.Text {
				continue
			}
			t.Run(fmt.Sprintf("%s/%s", d.UID, p.Title), func(t *testing.T) {
				var missing string
				for limit := time.Now().Add(patience); time.Now().Before(limit); time.Sleep(100 * time.Millisecond) {
					now := time.Now()
					found, err := influx.Query(context.Background(), grafana.Expand(p.Query, now.Add(-time.Hour), now, 10*time.Second))
					if err != nil {
						t.Fatal(err)
					}
					if missing = lacks(t, found, string(p.Quantity.Info().Domain)); missing == "" {
						return
					}
				}
				t.Error(missing)
			})
		}
	}
}

// lacks says what a panel does not show yet. What it shows has to be well formed.
func lacks(t *testing.T, found []api.Series, measurement string) string {
	t.Helper()
	shown := map[string]bool{}
	for _, s := range found {
		if s.Name != measurement || s.Tags["node"] == "" || s.Tags["sensor"] == "" || len(s.Tags) != 2 || len(s.Columns) != 2 {
			t.Errorf("series %s %v with columns %v", s.Name, s.Tags, s.Columns)
		}
		for _, row := range s.Values {
			if len(row) == 2 && row[1] != nil {
				shown[s.Tags["node"]] = true
			}
		}
	}
	for i := range villages {
		if node := string(world.VillageAt(i).Node); !shown[node] {
			return "no values of " + node
		}
	}
	return ""
}
