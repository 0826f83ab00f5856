package edge

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/internal/wire"
)

// Nodes that were switched on together close their packs at moments of their own,
// and each keeps to its own.
func TestPacksOfNodesAreClosedApart(t *testing.T) {
	const interval = 10 * time.Second
	early, late := 0, 0
	for range 200 {
		switch first := somewhere(interval); {
		case first <= 0 || first > interval:
			t.Fatalf("the first pack after %v", first)
		case first <= interval/2:
			early++
		default:
			late++
		}
	}
	if early == 0 || late == 0 {
		t.Errorf("%d in the first half, %d in the second", early, late)
	}
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		cfg := testConfig(t)
		cfg.PackInterval = interval
		r := startOn(t, cfg, newTestClock("b1", wire.Synced), center, center.connect, func(a *Agent) {
			a.sealer.first = func(interval time.Duration) time.Duration { return interval / 4 }
		})
		began := time.Now()
		for i, at := range []time.Duration{interval / 4, interval * 5 / 4, interval * 9 / 4} {
			measureOnly(r, float64(i))
			time.Sleep(time.Until(began.Add(at - time.Second/2)))
			synctest.Wait()
			if n := r.agent.sealer.state().newest; n != uint64(i) {
				t.Errorf("%d packs before %v", n, at)
			}
			time.Sleep(time.Second)
			synctest.Wait()
			if n := r.agent.sealer.state().newest; n != uint64(i+1) {
				t.Errorf("%d packs after %v", n, at)
			}
		}
		r.stop()
	})
}
