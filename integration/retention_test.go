//go:build integration

package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/siaga-id/siaga/ingest"
	"github.com/siaga-id/siaga/ingest/influx"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// stub is the registry and the acknowledgements of an ingester.
type stub struct {
	mu      sync.Mutex
	stored  uint64 // packs
	refused []ingest.Refused
	acks    int
}

func (s *stub) Stored(_ context.Context, ranges []ingest.StoredRange) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range ranges {
		s.stored += r.To - r.From + 1
	}
	return nil
}

func (s *stub) Quarantine(_ context.Context, refused []ingest.Refused) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = append(s.refused, refused...)
	return nil
}

func (s *stub) Acknowledge(reading.NodeID, wire.Ack) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acks++
	return nil
}

// startIngester runs an ingester that writes into db until the test ends.
func startIngester(t *testing.T, db *influxd, m prometheus.Registerer) (*ingest.Ingester, *stub) {
	t.Helper()
	client, err := influx.New(influx.Config{URL: db.url(), Database: "siaga"})
	must(t, err)
	s := &stub{}
	in, err := ingest.New(ingest.Config{Name: "center", Dir: t.TempDir()}, ingest.Deps{Store: client, Registry: s, Acker: s, Metrics: m})
	must(t, err)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- in.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		must(t, <-done)
		must(t, in.Close())
		client.Close()
	})
	return in, s
}

// offer offers a pack of one temperature.
func offer(t *testing.T, in *ingest.Ingester, node reading.NodeID, seq uint64, at time.Time) {
	t.Helper()
	p := wire.Pack{
		Node: node, Seq: seq, Epoch: "e1", Boot: "b1", Clock: wire.Synced, Site: "35.05.12.1005",
		Readings: []reading.Reading{{Sensor: "bme-1", Quantity: reading.Temperature, TimeMS: at.UnixMilli(), Value: 25, Quality: reading.NotEvaluated}},
	}
	b, err := p.AppendCBOR(nil)
	must(t, err)
	if !in.Offer(ingest.Packet{Topic: wire.Topic(node, wire.Fill), Payload: b, Received: time.Now()}) {
		t.Fatal("the queue is full")
	}
}

// TestABacklogOlderThanTheRetention: what InfluxDB keeps for an hour only, it does
// not take from a node that was away for three. That fills no quarantine.
func TestABacklogOlderThanTheRetention(t *testing.T) {
	db := newInfluxd(t, "")
	db.must(t, `CREATE RETENTION POLICY "hour" ON "siaga" DURATION 1h REPLICATION 1 DEFAULT`)
	metrics := prometheus.NewRegistry()
	in, s := startIngester(t, db, metrics)
	const packs = 180 // one each minute
	for i := range packs {
		offer(t, in, "bacem-01", uint64(i+1), time.Now().Add(time.Duration(i-packs)*time.Minute+30*time.Second))
	}
	eventually(t, 20*time.Second, "all told to the ledger", func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.stored != packs || len(s.refused) > 0 {
			return fmt.Errorf("%d packs told, %d refused: %+v", s.stored, len(s.refused), s.refused)
		}
		return nil
	})
	rows := db.must(t, `SELECT COUNT("temperature") FROM "weather"`)
	if len(rows) != 1 {
		t.Fatalf("stored %v", rows)
	}
	n, err := rows[0].Values[0][1].(json.Number).Int64()
	must(t, err)
	// It takes what fits into a shard of an hour that holds something it keeps.
	if n < 60 || n > 120 {
		t.Errorf("%d points are stored, want the newest 60 and at most an hour more", n)
	}
	families, err := metrics.Gather()
	must(t, err)
	for _, f := range families {
		if f.GetName() == "siaga_ingest_points_expired_total" {
			// A point that it took because of its neighbours, it may leave out alone.
			if got := int64(f.GetMetric()[0].GetCounter().GetValue()); got < packs-n || got > packs-60 {
				t.Errorf("%d points counted as expired, %d are stored of %d", got, n, packs)
			}
			families = nil
			break
		}
	}
	if families != nil {
		t.Error("nothing counts what has expired")
	}
	if st := in.Status(); st.Store != "" || st.WaitingPacks != 0 {
		t.Errorf("status %+v", st)
	}
}

// TestAnInfluxDBThatIsFullOfSeries was told so by its operator: packs wait until
// he raises the limit.
func TestAnInfluxDBThatIsFullOfSeries(t *testing.T) {
	for _, tc := range []struct{ setting, limit, says string }{
		{"INFLUXDB_DATA_MAX_SERIES_PER_DATABASE", "2", "max-series-per-database limit exceeded"},
		{"INFLUXDB_DATA_MAX_VALUES_PER_TAG", "2", "max-values-per-tag limit exceeded"},
	} {
		t.Run(tc.setting, func(t *testing.T) {
			t.Setenv(tc.setting, tc.limit)
			db := newInfluxd(t, "")
			in, s := startIngester(t, db, nil)
			// InfluxDB looks at a tag's values before it writes: what comes in one write
			// with the first ones passes.
			for i := range 4 {
				offer(t, in, reading.NodeID(fmt.Sprintf("bacem-%02d", i)), 1, time.Now())
				if i == 1 {
					eventually(t, 20*time.Second, "as many stored as may be", func() error {
						s.mu.Lock()
						defer s.mu.Unlock()
						if s.stored != 2 {
							return fmt.Errorf("%d packs told", s.stored)
						}
						return nil
					})
				}
			}
			eventually(t, 20*time.Second, "trouble shown", func() error {
				if st := in.Status(); !strings.Contains(st.Store, tc.says) {
					return fmt.Errorf("status %+v", st)
				}
				return nil
			})
			must(t, os.Unsetenv(tc.setting))
			db.stop(t)
			db.start(t)
			eventually(t, 40*time.Second, "all stored", func() error {
				s.mu.Lock()
				defer s.mu.Unlock()
				if st := in.Status(); s.stored != 4 || len(s.refused) > 0 || st.Store != "" {
					return fmt.Errorf("%d packs told, %d refused, status %+v", s.stored, len(s.refused), st)
				}
				return nil
			})
			if rows := db.must(t, `SHOW SERIES FROM "weather"`); len(rows) != 1 || len(rows[0].Values) != 4 {
				t.Errorf("series %v", rows)
			}
		})
	}
}
