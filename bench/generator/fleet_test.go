//go:build unix

package generator

import (
	"bufio"
	"io"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/siaga-id/siaga/edge/enrol"
	"github.com/siaga-id/siaga/firmware-sim/world"
	"github.com/siaga-id/siaga/internal/enrolment/enrolmenttest"
)

// A fleet is the nodes that were ordered, each as it is enrolled; it measures until
// Stop, and counts what nobody has acknowledged: this center takes packs and keeps
// none.
func TestFleetCountsWhatWaits(t *testing.T) {
	center := enrolmenttest.New(t, time.Now)
	o := Fleet{First: 1, Nodes: 2, Dir: t.TempDir(), Chips: []string{"bme280"}, PackInterval: time.Second}
	for i := range o.Nodes {
		node := world.VillageAt(o.First + i).Node
		if _, err := enrol.Open(filepath.Join(o.Dir, string(node))).Enrol(t.Context(), center.Token(node), enrol.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	stop, stopping := io.Pipe()
	a, err := prepareFleet(o, bufio.NewReader(stop))
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer stopping.Close()
		for limit := time.Now().Add(time.Minute); time.Now().Before(limit); time.Sleep(10 * time.Millisecond) {
			missing := false
			center.Do(func() {
				for i := range o.Nodes {
					node := string(world.VillageAt(o.First + i).Node)
					missing = missing || !slices.Contains(center.Sessions, enrolmenttest.Session{ClientID: node, Certificate: node})
				}
			})
			if !missing && int(a.fleet.Counts().WaitingPacks) >= o.Nodes {
				return
			}
		}
		t.Error("not all nodes have connected and queued a pack")
	}()
	r, err := a.run(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	const series = 3
	if r.Queued < o.Nodes*series || r.Queued%series != 0 || r.Waiting < o.Nodes || r.Lost != 0 {
		t.Errorf("%+v", r)
	}
}
