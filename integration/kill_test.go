//go:build integration

package integration

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/siaga-id/siaga/firmware-sim/world"
	"github.com/siaga-id/siaga/internal/spool"
)

// TestCenterKilled kills the center again and again while the nodes, in another
// process, measure on.
func TestCenterKilled(t *testing.T) {
	const nodes = 12
	c := newCenter(t, 0)
	fleet := startFleet(t, c.mqtt, nodes, 20*time.Second, 45*time.Second)
	for range 3 {
		time.Sleep(4 * time.Second)
		c.crash(t)
	}
	queued := fleetTotals(t, fleet, 80*time.Second).Queued
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
	for range 2 {
		w := newWitness(t, c.mqtt)
		time.Sleep(5 * time.Second)
		c.proc.kill()
		// What passed the broker, and what no center had acknowledged: that
		// includes what no broker had seen.
		for p, v := range w.points(t) {
			sent[p] = v
		}
		waiting := queuedAt(t, filepath.Join(data, "villages"))
		t.Logf("killed: %d readings seen so far, %d wait at the nodes", len(sent), len(waiting))
		for p, v := range waiting {
			sent[p] = v
		}
		c.start(t)
	}
	eventually(t, 20*time.Second, "empty queues", func() error {
		_, err := waitingPacks(c)
		return err
	})
	c.noGaps(t, nodes)
	sameContents(t, sent, c.influx.points(t), true)
	siblings(t, c.influx, nodes)
	eachSeriesOnce(t, c.influx, nodes)
	c.proc.stops(t)
	for i := range nodes {
		q, err := spool.Open(filepath.Join(data, "villages", string(world.VillageAt(i).Node), "queue"), spool.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if n := q.Stats().Records; n > 2 {
			t.Errorf("%s stopped with %d packs that the center had not acknowledged", world.VillageAt(i).Node, n)
		}
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	}
}

// copyOf copies a folder that nobody writes to any more.
func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}
