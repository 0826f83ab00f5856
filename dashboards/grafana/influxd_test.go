//go:build integration

package grafana_test

import (
	"slices"
	"testing"
	"time"

	"github.com/siaga-id/siaga/dashboards/grafana"
	"github.com/siaga-id/siaga/firmware-sim/world"
	"github.com/siaga-id/siaga/integration/parts"
)

// TestEveryQueryInInfluxD asks a real InfluxDB 1.8.10, beside which a demo center
// runs, the same. After its first whole minute the center's own points must be what
// the seeded ones pretend to be.
func TestEveryQueryInInfluxD(t *testing.T) {
	url := parts.NewInfluxd(t, t.TempDir()).URL()
	askAll(t, demoCenter(t, url))
	for _, q := range []string{
		`SELECT "online", "gap", "health", "clock", "queue", "quarantined", "repair", "node" FROM (SELECT last("online") AS "online", last("gap") AS "gap", last("health") AS "health", last("clock") AS "clock", last("queue") AS "queue", last("quarantined") AS "quarantined", last("repair") AS "repair" FROM "node" WHERE time > now() - 5m AND "sensor" = '' GROUP BY "node")`,
		`SELECT "health", "heard", "node", "sensor" FROM (SELECT last("health") AS "health", "heard" FROM "node" WHERE time > now() - 5m AND "sensor" != '' GROUP BY "node", "sensor")`,
		`SELECT "withheld", "ispu_completeness", "node" FROM (SELECT last("withheld") AS "withheld", "ispu_completeness" FROM "index" WHERE time > now() - 5m GROUP BY "node", "sensor")`,
		`SELECT "silent", "level_cm", "doubt", "node" FROM (SELECT last("level_cm") AS "level_cm", "silent", "doubt" FROM "index" WHERE time > now() - 5m GROUP BY "node", "sensor")`,
	} {
		missing := "all"
		for limit := time.Now().Add(patience); missing != "" && time.Now().Before(limit); time.Sleep(time.Second) {
			missing = lacks(t, url, q)
		}
		if missing != "" {
			t.Errorf("%s of %s", missing, q)
		}
	}
	own := grafana.Ask(t, url, `SELECT last("uptime"), "nodes", "online", "quarantined", "quarantined_unregistered", "disk_free", "disk_free_pct" FROM "center" WHERE "center" = 'center'`, time.Hour)
	if len(own) != 1 || slices.Contains(own[0].Values[0], nil) {
		t.Errorf("the center of itself: %v", own)
	}
}

// lacks says which column of which simulated village has no value.
func lacks(t *testing.T, url, query string) string {
	for i := range simulated {
		node := string(world.VillageAt(i).Node)
		known := false
		for _, s := range grafana.Ask(t, url, query, time.Hour) {
			at := slices.Index(s.Columns, "node")
			for _, row := range s.Values {
				if row[at] != node {
					continue
				}
				known = true
				if c := slices.Index(row, nil); c >= 0 {
					return s.Columns[c] + " of " + node
				}
			}
		}
		if !known {
			return node
		}
	}
	return ""
}
