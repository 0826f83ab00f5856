//go:build integration

package integration

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/firmware-sim/fleet"
	"github.com/siaga-id/siaga/firmware-sim/world"
	"github.com/siaga-id/siaga/gateway/broker"
	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/spool"
)

// TestCenterKilled kills the center again and again while the nodes, in another
// process, measure on.
func TestCenterKilled(t *testing.T) {
	const nodes = 12
	c := newCenter(t, 0)
	fleet := startFleet(t, c.mqtt, nodes, 47*time.Second, 45*time.Second)
	for range 3 {
		time.Sleep(7 * time.Second)
		c.proc.hangAndKill(t, 3*time.Second)
		c.start(t)
	}
	queued := fleetTotals(t, fleet, 100*time.Second).Queued
	holdsAll(t, c.influx, queued, 20*time.Second)
	siblings(t, c.influx, nodes)
	eachSeriesOnce(t, c.influx, nodes)
	c.noGaps(t, nodes)
	c.proc.stops(t)
}

// TestDemoKilled kills the demonstration with everything in it: center, broker,
// InfluxDB engine and nodes.
func TestDemoKilled(t *testing.T) {
	const nodes = 12
	c := newCenter(t, nodes)
	data := c.args[4]
	sent := map[point]float64{}
	unacknowledged := 0
	for range 3 {
		w := newWitness(t, c.mqtt)
		time.Sleep(6 * time.Second)
		w.next(t) // it cannot be acknowledged yet
		c.proc.kill()
		w.conn.Close()
		// What passed the broker, and what no center had acknowledged: that
		// includes what no broker had seen.
		maps.Copy(sent, w.points(t))
		waiting := queuedAt(t, filepath.Join(data, "villages"))
		t.Logf("killed: %d readings seen so far, %d wait at the nodes", len(sent), len(waiting))
		maps.Copy(sent, waiting)
		unacknowledged += len(waiting)
		c.start(t)
	}
	if unacknowledged == 0 {
		t.Error("no kill caught a pack on its way")
	}
	eventually(t, 30*time.Second, "what had waited is in InfluxDB", func() error { return missing(sent, c.influx.points(t)) })
	c.noGaps(t, nodes)
	sameContents(t, sent, c.influx.points(t), true)
	siblings(t, c.influx, nodes)
	// No beam lives as long as its interval; what is there is where it belongs.
	for _, key := range c.influx.seriesKeys(t) {
		if !slices.Contains(seriesOf(nodes), key) {
			t.Errorf("InfluxDB has a series %s", key)
		}
	}
	c.proc.stops(t)
	if out := c.proc.stdout(); !strings.Contains(out, "0 packs wait for InfluxDB") || !strings.Contains(out, "Simulated villages:") {
		t.Errorf("at its end the demo said %q: want what was flushed", tail(out, 500))
	}
}

// missing says how many of the values sent are not stored.
func missing(sent, stored map[point]float64) error {
	n := 0
	for p := range sent {
		if _, ok := stored[p]; !ok {
			n++
		}
	}
	if n > 0 {
		return fmt.Errorf("%d of %d values are missing", n, len(sent))
	}
	return nil
}

// queuedAt returns the readings that wait in the nodes' queues under dir, whose
// program is dead: real agents say it to a broker of their own, from a copy.
func queuedAt(t *testing.T, dir string) map[point]float64 {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "villages")
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	waiting := map[reading.NodeID]map[uint64]bool{}
	for _, v := range world.Villages() {
		q, err := spool.Open(filepath.Join(copied, string(v.Node), "queue"), spool.Options{})
		if err != nil {
			t.Fatal(err)
		}
		waiting[v.Node] = map[uint64]bool{}
		for _, r := range q.Waiting() {
			for seq := r.From; seq <= r.To; seq++ {
				waiting[v.Node][seq] = true
			}
		}
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
	}
	b, err := broker.New(broker.Options{Addr: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Start(); err != nil {
		t.Fatal(err)
	}
	w := newWitness(t, b.Addr())
	villages, err := fleet.New(fleet.Options{
		Villages: world.Villages(), Dir: copied, MQTT: mqtt.Config{URL: "tcp://" + b.Addr()},
		PackInterval: time.Second, Version: "test", Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- villages.Run(ctx) }()
	said := map[point]float64{}
	eventually(t, 30*time.Second, "the nodes send what waits", func() error {
		left := 0
		for node, seqs := range waiting {
			left += len(seqs)
			for name, s := range w.all(t) {
				if name.node == node && seqs[name.seq] {
					maps.Copy(said, pointsOf(&s.pack))
					delete(seqs, name.seq)
					left--
				}
			}
		}
		if left > 0 {
			return fmt.Errorf("%d packs were not sent", left)
		}
		return nil
	})
	stop()
	if err := errors.Join(<-ended, b.Close()); err != nil {
		t.Error(err)
	}
	return said
}
