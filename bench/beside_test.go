//go:build unix

package bench

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/influxdata/influxdb/models"
	influxdb "github.com/influxdata/influxdb/tsdb"

	// The engine finds its storage format and its indexes by registration.
	_ "github.com/influxdata/influxdb/tsdb/engine"
	_ "github.com/influxdata/influxdb/tsdb/index"

	"github.com/siaga-id/siaga/gateway/tsdb"
	"github.com/siaga-id/siaga/ingest"
	"github.com/siaga-id/siaga/ingest/influx"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// beside is two engines of the same kind as the center's, with nothing before
// them.
type beside struct {
	client *influx.Client
	store  *influxdb.Store
}

const besideShard = 1

func newBeside(b *testing.B) *beside {
	b.Helper()
	e, err := tsdb.Open(tsdb.Options{Dir: b.TempDir(), Addr: "127.0.0.1:0", Logger: quiet()})
	if err != nil {
		b.Fatal(err)
	}
	client, err := influx.New(influx.Config{URL: e.URL(), Database: tsdb.DefaultDatabase})
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	store := influxdb.NewStore(filepath.Join(dir, "data"))
	store.EngineOptions.Config = influxdb.NewConfig()
	store.EngineOptions.Config.WALDir = filepath.Join(dir, "wal")
	store.EngineOptions.IndexVersion = influxdb.TSI1IndexName
	if err := store.Open(); err != nil {
		b.Fatal(err)
	}
	if err := store.CreateShard(tsdb.DefaultDatabase, "autogen", besideShard, true); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		client.Close()
		if err := e.Close(); err != nil {
			b.Error(err)
		}
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	})
	return &beside{client, store}
}

// write returns how long the load's lines take over loopback, and straight into
// a store, parsed but without HTTP.
func (s *beside) write(b *testing.B, l load) (loopback, direct time.Duration) {
	b.Helper()
	batches := l.lines(b)
	began := time.Now()
	for _, lines := range batches {
		if err := s.client.Write(context.Background(), lines); err != nil {
			b.Fatal(err)
		}
	}
	loopback = time.Since(began)
	began = time.Now()
	for _, lines := range batches {
		points, err := models.ParsePointsWithPrecision(lines, time.Now(), "ms")
		if err != nil {
			b.Fatal(err)
		}
		if err := s.store.WriteToShard(besideShard, points); err != nil {
			b.Fatal(err)
		}
	}
	return loopback, time.Since(began)
}

// lines is the line protocol that an ingester makes of the load, in its batches.
func (l load) lines(b *testing.B) [][]byte {
	b.Helper()
	kept := &keeper{}
	in, err := ingest.New(ingest.Config{Name: "lines", Dir: b.TempDir(), QueuePacks: l.Nodes * l.Packs}, ingest.Deps{Store: kept, Acker: kept, Registry: kept})
	if err != nil {
		b.Fatal(err)
	}
	err = l.everyPacket(func(topic string, payload []byte) {
		in.Offer(ingest.Packet{Topic: topic, Payload: payload, Received: time.Now()})
	})
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- in.Run(ctx) }()
	for s := in.Status(); s.QueuedPacks > 0 || s.WaitingPacks > 0; s = in.Status() {
		time.Sleep(5 * time.Millisecond)
	}
	stop()
	if err := <-ran; err != nil {
		b.Fatal(err)
	}
	if err := in.Close(); err != nil {
		b.Fatal(err)
	}
	readings := 0
	for _, lines := range kept.batches {
		readings += bytes.Count(lines, []byte("_qc="))
	}
	if readings != l.Readings() {
		b.Fatalf("the ingester wrote %d readings, want %d", readings, l.Readings())
	}
	return kept.batches
}

// keeper is a store, an acker and a registry that only keep the lines.
type keeper struct{ batches [][]byte }

// Write implements ingest.Store.
func (k *keeper) Write(_ context.Context, lines []byte) error {
	k.batches = append(k.batches, bytes.Clone(lines))
	return nil
}

// Acknowledge implements ingest.Acker.
func (k *keeper) Acknowledge(reading.NodeID, wire.Ack) error { return nil }

// Stored implements ingest.Registry.
func (k *keeper) Stored(context.Context, []ingest.StoredRange) error { return nil }

// Quarantine implements ingest.Registry.
func (k *keeper) Quarantine(context.Context, []ingest.Refused) error { return nil }
