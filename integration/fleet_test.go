//go:build integration

package integration

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"
)

// totals is what `siaga-sim fleet --json` says at its end.
type totals struct {
	Nodes   int    `json:"nodes"`
	Queued  int    `json:"readings_queued"`
	Lost    int    `json:"readings_lost"`
	Waiting uint64 `json:"packs_waiting"`
}

// startFleet starts simulated nodes that measure for that long, and then send
// what is queued for at most settle. Beams speak every 20 s after a first silence:
// a time near a multiple of that leaves it to chance which of them have spoken.
func startFleet(t *testing.T, broker string, nodes int, measure, settle time.Duration) *process {
	t.Helper()
	return start(
		t, "siaga-sim", "fleet", "--nodes", fmt.Sprint(nodes), "--broker", "tcp://"+broker, "--dir", t.TempDir(),
		"--pack-interval", "1s", "--duration", measure.String(), "--settle", settle.String(), "--json",
	)
}

// fleetTotals waits for the end of a fleet: everything it queued must have been
// acknowledged.
func fleetTotals(t *testing.T, p *process, limit time.Duration) totals {
	t.Helper()
	if err := p.wait(limit); err != nil {
		t.Fatalf("fleet: %v\n%s", err, tail(p.stderr(), 2000))
	}
	var n totals
	if err := json.Unmarshal([]byte(p.stdout()), &n); err != nil {
		t.Fatalf("fleet's summary %q: %v", p.stdout(), err)
	}
	if n.Queued == 0 || n.Lost != 0 || n.Waiting != 0 {
		t.Fatalf("fleet's summary %+v: want readings queued, none lost, no pack waiting", n)
	}
	t.Logf("fleet: %+v", n)
	return n
}

// holdsAll wants InfluxDB to hold, in the end, as many values as the fleet queued.
func holdsAll(t *testing.T, db database, queued int, limit time.Duration) {
	t.Helper()
	began := time.Now()
	eventually(t, limit, "all readings in InfluxDB", func() error {
		_, total, err := db.counts()
		if err == nil && total != queued {
			err = fmt.Errorf("%d values, want %d", total, queued)
		}
		return err
	})
	t.Logf("InfluxDB holds all %d readings, %v after the fleet's end", queued, time.Since(began).Round(time.Millisecond))
}
