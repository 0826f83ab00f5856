//go:build integration

package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/firmware-sim/fleet"
	"github.com/siaga-id/siaga/firmware-sim/world"
	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/spool"
)

// TestNodesKilledAndMoved kills nodes and center in turn, and edits the nodes'
// sites between the sending of a pack and its being sent again. The witness at
// the broker, which nobody kills, knows every pack: what it saw and what is in
// InfluxDB must be the same, value by value.
func TestNodesKilledAndMoved(t *testing.T) {
	broker := newMosquitto(t)
	w := newWitness(t, broker.addr)
	influx := freeAddr(t)
	center := newConfiguredCenter(t, fmt.Sprintf(`
data_dir: DIR
http: {addr: ADDR}
mqtt: {url: %q}
influx: {addr: %q}
`, broker.url(), influx))
	dir := t.TempDir()
	here, there := world.Villages(), moved(t)

	nodes := startMovedFleet(t, broker.url(), dir, here)
	time.Sleep(5 * time.Second)
	center.proc.kill() // from now on packs are sent, and nobody acknowledges
	time.Sleep(4 * time.Second)
	nodes.kill()
	edited := time.Now()
	nodes = startMovedFleet(t, broker.url(), dir, there)
	time.Sleep(3 * time.Second)
	center.start(t)
	time.Sleep(3 * time.Second)
	nodes.kill()
	nodes = startMovedFleet(t, broker.url(), dir, there)
	time.Sleep(5 * time.Second)

	db := database{addr: influx}
	nodes.stops(t)
	// What they could not have acknowledged before they stopped goes now.
	nodes = startMovedFleet(t, broker.url(), dir, there)
	time.Sleep(3 * time.Second)
	nodes.stops(t)
	eventually(t, 30*time.Second, "everything sent is in InfluxDB", func() error { return missing(w.points(t), db.points(t)) })

	resent := 0
	for name, s := range w.all(t) {
		first, last := s.times[0], s.times[len(s.times)-1]
		if first.Before(edited) && last.After(edited) {
			resent++
			if i := slices.IndexFunc(here, func(v world.Village) bool { return v.Node == name.node }); s.pack.Site != here[i].Site {
				t.Errorf("pack %v was measured in %s, and was sent again as of %s", name, here[i].Site, s.pack.Site)
			}
		}
	}
	t.Logf("%d packs were sent both before and after the edit", resent)
	if resent == 0 {
		t.Error("no pack was sent both before and after the edit")
	}
	allSeen(t, w, dir)
	sameContents(t, w.points(t), db.points(t), false)
	center.noGaps(t, len(here))
	if q := center.quarantine(t); q.Total != 0 {
		t.Errorf("%d packs were refused: %+v", q.Total, q.Entries[0])
	}
	center.proc.stops(t)
}

// moved are the twelve villages' nodes, each with its neighbour's site.
func moved(t *testing.T) []world.Village {
	t.Helper()
	all := world.Villages()
	first := all[0].Site
	for i := range all[1:] {
		all[i].Site = all[i+1].Site
	}
	all[len(all)-1].Site = first
	return all
}

// allSeen wants every pack that a node ever queued, by its queue's own count, to
// have passed the witness: then what it saw is all there is.
func allSeen(t *testing.T, w *witness, dir string) {
	t.Helper()
	packs := w.all(t)
	for _, v := range world.Villages() {
		q, err := spool.Open(filepath.Join(dir, string(v.Node), "queue"), spool.Options{})
		if err != nil {
			t.Fatal(err)
		}
		next := q.Next()
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
		seen := map[uint64]bool{}
		epochs := map[string]bool{}
		for name := range packs {
			if name.node == v.Node {
				seen[name.seq], epochs[name.epoch] = true, true
			}
		}
		for seq := uint64(1); seq < next; seq++ {
			if !seen[seq] {
				t.Errorf("%s queued %d packs, of which %d never passed the broker", v.Node, next-1, seq)
			}
		}
		if len(epochs) != 1 {
			t.Errorf("%s counted in epochs %v, want one", v.Node, epochs)
		}
	}
}

// movedFleet is the environment variable by which this test's own program runs
// as a fleet: siaga-sim has no setting that moves a village.
const movedFleet = "SIAGA_TEST_MOVED_FLEET"

// fleetOrder is what it is told there.
type fleetOrder struct {
	Broker, Dir string
	Sites       map[reading.NodeID]reading.SiteCode
}

func startMovedFleet(t *testing.T, broker, dir string, villages []world.Village) *process {
	t.Helper()
	order := fleetOrder{broker, dir, map[reading.NodeID]reading.SiteCode{}}
	for _, v := range villages {
		order.Sites[v.Node] = v.Site
	}
	b, err := json.Marshal(order)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), movedFleet+"="+string(b))
	return startCommand(t, "fleet", cmd)
}

// runMovedFleet runs the nodes until an interrupt, and returns the exit code.
func runMovedFleet(order string) int {
	fail := func(err error) int {
		slog.Error("fleet", "err", err)
		return 1
	}
	var o fleetOrder
	if err := json.NewDecoder(strings.NewReader(order)).Decode(&o); err != nil {
		return fail(err)
	}
	villages := world.Villages()
	for i := range villages {
		villages[i].Site = o.Sites[villages[i].Node]
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	f, err := fleet.New(fleet.Options{
		Villages: villages, Seed: 1, Dir: o.Dir, MQTT: mqtt.Config{URL: o.Broker},
		PackInterval: time.Second, Version: "test",
	})
	if err != nil {
		return fail(err)
	}
	if err := f.Run(ctx); err != nil {
		return fail(err)
	}
	return 0
}
