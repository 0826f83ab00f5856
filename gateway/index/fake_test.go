package index

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/siaga-id/siaga/gateway/api"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wholefile"
)

// book is a Registry of what a test says.
type book struct {
	nodes     []registry.Node
	intervals map[reading.NodeID][]registry.Interval
	assets    []registry.Asset
	sites     []registry.Site
}

func (b *book) Nodes(context.Context) ([]registry.Node, error)   { return b.nodes, nil }
func (b *book) Assets(context.Context) ([]registry.Asset, error) { return b.assets, nil }
func (b *book) Sites(context.Context) ([]registry.Site, error)   { return b.sites, nil }
func (b *book) Intervals(context.Context) (map[reading.NodeID][]registry.Interval, error) {
	return b.intervals, nil
}

// database is an InfluxDB that answers as it is told and remembers what it took.
type database struct {
	mu     sync.Mutex
	away   error // of everything
	busy   error // of queries for roll-ups
	answer func(influxQL string) []api.Series
	asked  int
	took   []string
}

func (d *database) Write(_ context.Context, lines []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.away != nil {
		return d.away
	}
	d.took = append(d.took, strings.Split(strings.TrimSuffix(string(lines), "\n"), "\n")...)
	return nil
}

func (d *database) Query(_ context.Context, influxQL string) ([]api.Series, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked++
	if err := errors.Join(d.away, d.busy); d.away != nil || d.busy != nil && strings.Contains(influxQL, "time(1h)") {
		return nil, err
	}
	if d.answer == nil {
		return nil, nil
	}
	return d.answer(influxQL), nil
}

func (d *database) Quantities(context.Context) ([]reading.Quantity, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return []reading.Quantity{reading.PM2_5, reading.Level}, d.away
}

func (d *database) set(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
}

// of returns the lines of a measurement.
func (d *database) of(measurement string) (found []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range d.took {
		if strings.HasPrefix(l, measurement+",") {
			found = append(found, l)
		}
	}
	return slices.Clone(found)
}

func newIndex(t testing.TB, b Registry, influx api.Stored, store interface {
	Write(context.Context, []byte) error
},
) (*Index, *prometheus.Registry) {
	t.Helper()
	asked := prometheus.NewRegistry()
	return New(Options{
		Registry: b, Influx: influx, Store: store, Disk: wholefile.Dir(t.TempDir()),
		Metrics: asked, Log: slog.New(slog.DiscardHandler),
	}), asked
}

// metric returns the metric of that name and result.
func metric(t *testing.T, r *prometheus.Registry, name, result string) float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.Metric {
			if f.GetName() == name && (result == "" || m.Label[0].GetValue() == result) {
				return m.Counter.GetValue() + m.Gauge.GetValue() + float64(m.Histogram.GetSampleCount())
			}
		}
	}
	return 0
}

// hourlyAnswer says that every hour has 60 readings of 40 µg/m³.
func hourlyAnswer(influxQL string) (all []api.Series) {
	var from, to int64
	for statement := range strings.SplitSeq(influxQL, ";") {
		if !strings.Contains(statement, "time(1h)") || !strings.Contains(statement, `mean("pm2_5")`) {
			continue
		}
		_, where, _ := strings.Cut(statement, `"node" = '`)
		_, where, _ = strings.Cut(where, `'`)
		if _, err := fmt.Sscanf(where, " AND time >= %ds AND time < %ds", &from, &to); err != nil {
			panic(err)
		}
		s := api.Series{Tags: map[string]string{"sensor": "pm-1", "site": "35.05.12.1001"}, Columns: []string{"time", "pm2_5", "min", "max", "count"}}
		for h := from; h < to; h += 3600 {
			n := [5]float64{float64(h) * 1000, 40, 8, 90, 60}
			s.Values = append(s.Values, []*float64{&n[0], &n[1], &n[2], &n[3], &n[4]})
		}
		all = append(all, s)
	}
	return all
}
