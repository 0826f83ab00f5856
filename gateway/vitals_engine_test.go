package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/api"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/gateway/tsdb"
	"github.com/siaga-id/siaga/ingest/influx"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// engine runs the embedded engine, with a writer and a reader of it.
func engine(t testing.TB) (*influx.Client, *api.Influx) {
	t.Helper()
	e, err := tsdb.Open(tsdb.Options{Dir: filepath.Join(t.TempDir(), "influx"), Addr: "127.0.0.1:0", Database: "siaga", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	w, err := influx.New(influx.Config{URL: e.URL(), Database: "siaga"})
	if err != nil {
		t.Fatal(err)
	}
	q, err := api.NewInflux(e.URL(), "siaga", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.Close()
		q.Close()
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return w, q
}

// column returns the second column of the only series that a query finds.
func column(t *testing.T, q *api.Influx, influxQL string) (all []float64) {
	t.Helper()
	found, err := q.Query(context.Background(), influxQL)
	if err != nil || len(found) > 1 {
		t.Fatalf("%s: %d series, %v", influxQL, len(found), err)
	}
	for _, s := range found {
		for _, row := range s.Values {
			all = append(all, *row[1])
		}
	}
	return all
}

// A dashboard finds out by InfluxQL alone that a node is silent, and since when.
func TestSilentNodeIsFoundInInfluxDB(t *testing.T) {
	ctx := t.Context()
	w, q := engine(t)
	v := newVitals(t, &notebook{})
	v.writer.Store = w
	if err := v.registry.Claim(ctx, "bb", "35.05.12.1001"); err != nil { // never heard of
		t.Fatal(err)
	}
	v.says(t, "aa", state(true))
	newest := time.Now().Add(-10 * time.Minute)
	v.stored(t, "aa", 1, newest)
	left := state(false)
	v.hub.State("aa", &left, time.Now())
	// It has said of itself before how it does.
	minute := time.Now().Truncate(time.Minute)
	own := fmt.Sprintf("node,district=35.05.12,node=aa,sensor=pm-1,site=35.05.12.1001 cpu_temperature=51.5,cpu_temperature_qc=2i %d\n", minute.Add(-time.Minute).UnixMilli())
	if err := w.Write(ctx, []byte(own)); err != nil {
		t.Fatal(err)
	}
	for i := range 3 { // the same minute twice, and one more
		if err := v.write(ctx, minute.Add(time.Duration(i/2-1)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	node := `FROM "node" WHERE "node" = 'aa' AND "sensor" = ''`
	if got := column(t, q, `SELECT "online" `+node); !slices.Equal(got, []float64{0, 0}) {
		t.Errorf("online %v, want one a minute, and 0", got)
	}
	got := column(t, q, `SELECT "gap" `+node)
	if len(got) != 2 || got[0] < 590 || got[1] <= got[0] {
		t.Errorf("gap %v, want it to grow from 598", got)
	}
	if got := column(t, q, `SELECT last("health") FROM "node" WHERE "node" = 'aa' AND "sensor" = 'pm-1'`); !slices.Equal(got, []float64{0}) {
		t.Errorf("health of its sensor %v", got)
	}
	if got := column(t, q, `SELECT "cpu_temperature" FROM "node" WHERE "node" = 'aa'`); !slices.Equal(got, []float64{51.5}) {
		t.Errorf("its own quantity %v", got)
	}
	if got := column(t, q, `SELECT last("online") FROM "node" WHERE "node" = 'bb' AND "site" = '35.05.12.1001'`); !slices.Equal(got, []float64{0}) {
		t.Errorf("a node never heard of: online %v", got)
	}
	// An alert on silence is one query over all nodes.
	silent, err := q.Query(ctx, `SELECT last("gap") FROM "node" WHERE "sensor" = '' GROUP BY "node"`)
	if err != nil || len(silent) != 2 || silent[0].Tags["node"] != "aa" {
		t.Errorf("gaps of all nodes: %+v, %v", silent, err)
	}
	series, err := q.Query(ctx, `SELECT count("health") FROM "node" GROUP BY *`)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, s := range series {
		keys = append(keys, s.Tags["node"]+"/"+s.Tags["sensor"])
	}
	slices.Sort(keys)
	if strings.Join(keys, " ") != "aa/ aa/pm-1 bb/" {
		t.Errorf("series %q", keys)
	}
}

// Also where broker and InfluxDB are others', the center writes how nodes do.
func TestVitalsBesideAnExternalInfluxDB(t *testing.T) {
	e, err := tsdb.Open(tsdb.Options{Dir: filepath.Join(t.TempDir(), "influx"), Addr: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	cfg := config(t.TempDir())
	cfg.Influx.URL = e.URL()
	c := run(t, cfg)
	n := node(t, c.BrokerURL(), "n1")
	publish(t, n, "n1", wire.State, encode(t, state(true)))
	until(t, "the node is known", func() bool { return len(get[nodes](c, "/api/v1/nodes").Nodes) == 1 })
	if err := c.vitals.write(t.Context(), time.Now().Truncate(time.Minute)); err != nil {
		t.Fatal(err)
	}
	q, err := api.NewInflux(e.URL(), "siaga", "")
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	if got := column(t, q, `SELECT last("online") FROM "node" WHERE "node" = 'n1'`); !slices.Equal(got, []float64{1}) {
		t.Fatalf("online %v", got)
	}
}

// One operation is a minute of 1,000 nodes with 12 sensors each, whose last hour
// is in the ledger: computed, and written into the embedded engine.
func BenchmarkMinute(b *testing.B) {
	w, _ := engine(b)
	v := newVitals(b, &notebook{})
	v.writer.Store = w
	ctx := b.Context()
	const nodes = 1000
	now := time.Now()
	sites := []registry.Site{{Code: "35.05.12.1001", Name: "Sutojayan", District: "Sutojayan", Lat: -8.1856, Lon: 112.2194}}
	if err := v.registry.PutSites(ctx, sites); err != nil {
		b.Fatal(err)
	}
	st := state(true)
	st.Sensors = nil
	for s := range 12 {
		st.Sensors = append(st.Sensors, wire.SensorState{ID: reading.SensorID(fmt.Sprint("sensor-", s)), Driver: "pms5003", IntervalMS: 10_000, Quantities: []string{"pm2_5"}, Health: wire.HealthOK})
	}
	var states []registry.StateReport
	var ranges []registry.StoredRange
	for i := range nodes {
		id := reading.NodeID(fmt.Sprintf("sutojayan-%04d", i))
		states = append(states, registry.StateReport{Node: id, State: &st, Received: now.Add(-2 * time.Hour)})
		ranges = append(ranges, registry.StoredRange{Node: id, Epoch: "e1", From: 1, To: 720, Readings: 8640, Oldest: now.Add(-2 * time.Hour), Newest: now})
		v.hub.State(id, &st, now)
	}
	if err := v.registry.States(ctx, states); err != nil {
		b.Fatal(err)
	}
	if err := v.registry.Stored(ctx, ranges); err != nil {
		b.Fatal(err)
	}
	minute := now.Truncate(time.Minute)
	for b.Loop() {
		minute = minute.Add(time.Minute)
		if err := v.write(ctx, minute); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/minute")
}
