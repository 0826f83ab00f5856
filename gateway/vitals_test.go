package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/siaga-id/siaga/gateway/live"
	"github.com/siaga-id/siaga/gateway/minute"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/ingest/influx"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// notebook is a Store that remembers, and refuses while it is told to.
type notebook struct {
	mu    sync.Mutex
	wrong error
	took  []string
	tries int
}

func (s *notebook) Write(_ context.Context, lines []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries++
	if s.wrong != nil {
		return s.wrong
	}
	s.took = append(s.took, strings.Split(strings.TrimSuffix(string(lines), "\n"), "\n")...)
	return nil
}

func (s *notebook) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrong = err
}

func (s *notebook) tried() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tries
}

func (s *notebook) lines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.took)
}

type testVitals struct {
	*vitals
	asked *prometheus.Registry
}

func newVitals(t testing.TB, store *notebook) *testVitals {
	t.Helper()
	reg, err := registry.Open(filepath.Join(t.TempDir(), "registry.db"), registry.Options{Kind: registry.Real})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := reg.Close(); err != nil {
			t.Error(err)
		}
	})
	asked, log := prometheus.NewRegistry(), slog.New(slog.DiscardHandler)
	m := newMetrics(asked)
	return &testVitals{&vitals{
		registry: minute.NewRegistry(reg), hub: live.New(live.Options{}), delays: newDelays(), metrics: m, log: log,
		self:   func() centerVital { return centerVital{name: "center"} },
		writer: &minute.Writer{Store: store, What: "how nodes do", Minutes: m.minutes, Log: log},
	}, asked}
}

// metric returns the metric of that name whose first label has that value ("":
// the first there is); of a histogram the count.
func metric(t *testing.T, r *prometheus.Registry, name, label string) float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.Metric {
			if f.GetName() == name && (label == "" || m.Label[0].GetValue() == label) {
				return m.Counter.GetValue() + m.Gauge.GetValue() + float64(m.Histogram.GetSampleCount())
			}
		}
	}
	return 0
}

// says tells hub and registry a node's state.
func (v *testVitals) says(t testing.TB, id reading.NodeID, st wire.NodeState) {
	t.Helper()
	now := time.Now()
	v.hub.State(id, &st, now)
	if err := v.registry.States(context.Background(), []registry.StateReport{{Node: id, State: &st, Received: now}}); err != nil {
		t.Fatal(err)
	}
}

func (v *testVitals) stored(t testing.TB, id reading.NodeID, seq uint64, newest time.Time) {
	t.Helper()
	err := v.registry.Stored(context.Background(), []registry.StoredRange{{Node: id, Epoch: "e1", From: seq, To: seq, Readings: 1, Oldest: newest, Newest: newest}})
	if err != nil {
		t.Fatal(err)
	}
}

var minuteOf = time.Date(2026, 3, 1, 5, 0, 0, 0, time.UTC)

func TestAppendNode(t *testing.T) {
	whole := 99.5
	site := registry.Site{Code: "35.05.12.1001", Name: "Sutojayan", Lat: -8.1856, Lon: 112.2194}
	now := minuteOf.Add(300 * time.Millisecond)
	st := func(clock wire.Clock, healths ...wire.Health) *wire.NodeState {
		s := &wire.NodeState{Online: true, Clock: clock}
		for i, h := range healths {
			s.Sensors = append(s.Sensors, wire.SensorState{ID: reading.SensorID(fmt.Sprint("pm-", i)), IntervalMS: int64(10_000 - 1000*i), Health: h})
		}
		return s
	}
	waiting := st(wire.Estimated, wire.HealthOK)
	waiting.Queue = wire.QueueState{Packs: 7, OldestMS: now.Add(-90 * time.Second).UnixMilli()}
	online := live.Node{Online: true}
	for _, tc := range []struct {
		name string
		node vital
		want []string
	}{
		{
			"never heard of",
			vital{Node: &registry.Node{ID: "aa", FirstSeen: now.Add(-time.Hour)}, now: now},
			[]string{"node,node=aa online=0,gap=3600,quarantined=0,simulated=0,repair=0,health=0"},
		},
		{
			"all well",
			vital{
				Node: &registry.Node{ID: "aa", Site: site, Newest: now.Add(-12 * time.Second), Completeness: &whole, State: st(wire.Synced, wire.HealthOK, wire.HealthOK)},
				live: online, delay: delay{known: true, p50: 40 * time.Millisecond, p99: 1500 * time.Millisecond}, now: now,
			},
			[]string{
				"node,district=35.05.12,node=aa,site=35.05.12.1001 online=1,gap=0,quarantined=0,simulated=0,repair=0,health=3,completeness=99.5,interval=9,lat=-8.1856,lon=112.2194,delay_p50=0.04,delay_p99=1.5,queue=0,queue_age=0,clock=2",
				"node,district=35.05.12,node=aa,sensor=pm-0,site=35.05.12.1001 health=3,heard=1",
				"node,district=35.05.12,node=aa,sensor=pm-1,site=35.05.12.1001 health=3,heard=1",
			},
		},
		{
			"silent: nothing is said that is not known",
			vital{
				Node: &registry.Node{ID: "aa", Simulated: true, Newest: now.Add(-100 * time.Second), State: waiting}, quarantined: 3, now: now,
			},
			[]string{
				"node,node=aa online=0,gap=90,quarantined=3,simulated=1,repair=0,health=0,interval=10",
				"node,node=aa,sensor=pm-0 health=0,heard=0",
			},
		},
		{
			"the worst sensor is the node's health",
			vital{
				Node: &registry.Node{ID: "aa", Newest: now, State: st(wire.Unknown, wire.HealthOK, wire.HealthWarming, wire.HealthStarting, wire.HealthFailing)}, live: online, now: now,
			},
			[]string{
				"node,node=aa online=1,gap=0,quarantined=0,simulated=0,repair=0,health=0,interval=7,queue=0,queue_age=0,clock=0",
				"node,node=aa,sensor=pm-0 health=3,heard=1", "node,node=aa,sensor=pm-1 health=2,heard=1", "node,node=aa,sensor=pm-2 health=1,heard=1", "node,node=aa,sensor=pm-3 health=0,heard=1",
			},
		},
		{
			"backlog at the node",
			vital{Node: &registry.Node{ID: "aa", Newest: now, State: waiting}, live: online, now: now},
			[]string{
				"node,node=aa online=1,gap=0,quarantined=0,simulated=0,repair=0,health=3,interval=10,queue=7,queue_age=90,clock=1",
				"node,node=aa,sensor=pm-0 health=3,heard=1",
			},
		},
		{
			"a place that is none",
			vital{Node: &registry.Node{ID: "aa", Newest: now, Site: registry.Site{Name: "?", Lat: math.Inf(1)}}, now: now},
			[]string{"node,node=aa online=0,gap=0,quarantined=0,simulated=0,repair=0,health=0"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var want strings.Builder
			for _, line := range tc.want {
				fmt.Fprintf(&want, "%s %d\n", line, minuteOf.UnixMilli())
			}
			if diff := cmp.Diff(want.String(), string(appendNode(nil, tc.node, minuteOf))); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

// What nodes measure of themselves is in the same measurement: a quantity of one
// of our names would be overwritten.
func TestVitalsAreNoQuantities(t *testing.T) {
	st := wire.NodeState{Online: true, Clock: wire.Synced, Sensors: []wire.SensorState{{ID: "pm-1", IntervalMS: 1}}, Queue: wire.QueueState{Packs: 1, OldestMS: 1}}
	pct := 1.0
	lines := appendNode(nil, vital{
		Node: &registry.Node{ID: "aa", State: &st, Completeness: &pct, Site: registry.Site{Name: "x"}},
		live: live.Node{Online: true}, delay: delay{known: true},
	}, minuteOf)
	fields := regexp.MustCompile(`[ ,]([a-z_0-9]+)=`).FindAllStringSubmatch(string(lines), -1)
	if len(fields) < 15 {
		t.Fatalf("found only %q", fields)
	}
	for _, f := range fields {
		if q, ok := reading.Lookup(f[1]); ok {
			t.Errorf("%s is also the quantity %v", f[1], q)
		}
	}
}

func TestVitalsEveryMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &notebook{}
		v := newVitals(t, store)
		v.says(t, "n1", state(true))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		time.Sleep(17 * time.Second) // begins within a minute
		begin := time.Now().Truncate(time.Minute)
		go func() { done <- v.run(ctx) }()
		minutes := func() (all []string) {
			synctest.Wait()
			for _, line := range store.lines() {
				if strings.HasPrefix(line, "node,") && strings.Contains(line, "online=") {
					_, stamp, _ := strings.Cut(line, " ")
					_, stamp, _ = strings.Cut(stamp, " ")
					ms := int64(0)
					fmt.Sscan(stamp, &ms)
					online := "0"
					if strings.Contains(line, "online=1") {
						online = "1"
					}
					all = append(all, fmt.Sprint(time.UnixMilli(ms).Sub(begin), " ", online))
				}
			}
			return all
		}
		time.Sleep(2 * time.Minute)
		if got := minutes(); !slices.Equal(got, []string{"1m0s 1", "2m0s 1"}) {
			t.Fatalf("written %q", got)
		}
		// Away for the whole of minute 3, back within minute 4.
		store.fail(&influx.RetryableError{Status: 503, Message: "away"})
		tries := store.tried()
		time.Sleep(2 * time.Minute)
		if n := store.tried() - tries; n < 12 || n > 30 {
			t.Errorf("tried %d times in two minutes", n)
		}
		v.hub.State("n1", &wire.NodeState{}, time.Now()) // it leaves meanwhile
		store.fail(nil)
		time.Sleep(time.Minute)
		if got := minutes(); !slices.Equal(got, []string{"1m0s 1", "2m0s 1", "4m0s 0", "5m0s 0"}) {
			t.Fatalf("written %q: want minute 3 empty and minute 4 as it is now", got)
		}
		// What InfluxDB will never take stops nothing.
		store.fail(&influx.RejectedError{Status: 400, Message: "field type conflict"})
		time.Sleep(time.Minute)
		store.fail(nil)
		time.Sleep(time.Minute)
		if got := minutes(); len(got) != 5 {
			t.Fatalf("written %q", got)
		}
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		for result, want := range map[string]float64{"written": 6, "missed": 1, "refused": 1} {
			if got := metric(t, v.asked, "siaga_node_minutes_total", result); got != want {
				t.Errorf("%v minutes %s, want %v", got, result, want)
			}
		}
	})
}

// A stop does not wait for an InfluxDB that is away.
func TestVitalsStopWhileInfluxIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &notebook{wrong: errors.New("away")}
		v := newVitals(t, store)
		v.says(t, "n1", state(true))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- v.run(ctx) }()
		time.Sleep(63 * time.Second)
		before := time.Now()
		cancel()
		if err := <-done; err != nil || time.Since(before) > 0 || store.tries == 0 {
			t.Fatalf("ended with %v after %v, %d tries", err, time.Since(before), store.tries)
		}
	})
}

func TestVitalsInSeveralWrites(t *testing.T) {
	store := &notebook{}
	v := newVitals(t, store)
	var claims []registry.StoredRange
	for i := range 4000 {
		claims = append(claims, registry.StoredRange{Node: reading.NodeID(fmt.Sprint("n", i)), Epoch: "e1", From: 1, To: 1})
	}
	if err := v.registry.Stored(t.Context(), claims); err != nil {
		t.Fatal(err)
	}
	if err := v.write(t.Context(), minuteOf); err != nil {
		t.Fatal(err)
	}
	lines := store.lines()
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, "center,") || !strings.Contains(last, "nodes=4000,") {
		t.Errorf("the last line is %s, want the center's, after all nodes", last)
	}
	slices.Sort(lines)
	if len(slices.Compact(lines)) != 4001 || store.tries < 2 {
		t.Fatalf("%d lines in %d writes", len(lines), store.tries)
	}
}
