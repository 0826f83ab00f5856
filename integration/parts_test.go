//go:build integration

package integration

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/firmware-sim/world"
	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/wire"
)

// TestRealParts runs a district's center as it is when it has outgrown one
// machine, and breaks every part of it while fifty nodes measure.
func TestRealParts(t *testing.T) {
	const nodes = 50
	away := outage(t)
	broker, influx := newMosquitto(t), newInfluxd(t, "")
	center := newConfiguredCenter(t, fmt.Sprintf(`
data_dir: DIR
http: {addr: ADDR}
mqtt: {url: %q}
influx: {url: %q}
`, broker.url(), influx.url()))
	configs := map[string]string{}
	ingesters := map[string]*process{}
	for _, name := range []string{"ingest-1", "ingest-2"} {
		configs[name] = write(t, name+".yaml", fmt.Sprintf(`
data_dir: %q
mqtt: {url: %q}
influx: {url: %q}
center: {url: %q}
ingest: {name: %s, demo: true}
`, t.TempDir(), broker.url(), influx.url(), center.url(), name))
		ingesters[name] = start(t, "siaga", "ingest", "--config", configs[name])
	}
	accepting(t, broker.url(), "ingest-1", "ingest-2")

	fleet := startFleet(t, broker.addr, nodes, away+32*time.Second, 45*time.Second)
	time.Sleep(5 * time.Second)
	t.Log("InfluxDB stops")
	influx.stop(t)
	back := time.After(away)
	time.Sleep(away / 4)
	t.Log("the broker restarts")
	broker.restart(t)
	time.Sleep(away / 4)
	t.Log("an ingester is killed")
	ingesters["ingest-1"].hangAndKill(t, time.Second)
	time.Sleep(away / 4)
	ingesters["ingest-1"] = start(t, "siaga", "ingest", "--config", configs["ingest-1"])
	<-back
	t.Log("InfluxDB starts")
	influx.start(t)
	time.Sleep(3 * time.Second)
	t.Log("the broker is killed, and starts")
	broker.crash(t)

	queued := fleetTotals(t, fleet, away+90*time.Second).Queued
	holdsAll(t, influx.database, queued, 30*time.Second)
	siblings(t, influx.database, nodes)
	eachSeriesOnce(t, influx.database, nodes)
	center.noGaps(t, nodes)
	if q := center.quarantine(t); q.Total != 0 {
		t.Errorf("%d packs were refused: %+v", q.Total, q.Entries[0])
	}
	for _, p := range ingesters {
		p.stops(t)
	}
	center.proc.stops(t)
}

// outage is how long InfluxDB is away.
func outage(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("SIAGA_OUTAGE")
	if text == "" {
		return 15 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("SIAGA_OUTAGE: %v", err)
	}
	return d
}

// accepting waits until the ingesters say that they take packs.
func accepting(t *testing.T, broker string, names ...string) {
	t.Helper()
	states := make(chan wire.CenterState, 64)
	connect(t, mqtt.Options{
		URL: broker, ClientID: "accepting", Subscriptions: []mqtt.Subscription{{Filter: wire.CenterFilter, QoS: 1}},
		OnMessage: func(m mqtt.Message) {
			if st, err := wire.ParseCenterState(m.Payload); err == nil && st.Accepting {
				states <- st
			}
		},
	})
	limit := time.After(20 * time.Second)
	for len(names) > 0 {
		select {
		case st := <-states:
			names = slices.DeleteFunc(names, func(n string) bool { return n == st.Ingester })
		case <-limit:
			t.Fatalf("ingesters %v do not say that they accept", names)
		}
	}
}

// siblings wants the values that a chip gives together to be equally many, for
// each of n nodes: beside the whole count, it shows that none was stored twice
// in the place of a missing one.
func siblings(t *testing.T, db database, n int) {
	t.Helper()
	byField, _, err := db.counts()
	if err != nil {
		t.Fatal(err)
	}
	if len(byField) != n {
		t.Errorf("InfluxDB knows %d nodes, want %d", len(byField), n)
	}
	for node, counts := range byField {
		for _, chip := range [][]string{
			{"pm1", "pm2_5", "pm10"},
			{"temperature", "humidity", "pressure"},
			{"level", "distance"},
			{"count", "flow", "occupancy"},
		} {
			for _, field := range chip {
				if counts[field] != counts[chip[0]] {
					t.Errorf("%s has %d values of %s and %d of %s", node, counts[field], field, counts[chip[0]], chip[0])
				}
			}
		}
	}
}

// eachSeriesOnce wants the series of the first n nodes' sensors, under their own
// sites, and no other.
func eachSeriesOnce(t *testing.T, db database, n int) {
	t.Helper()
	got, want := db.seriesKeys(t), seriesOf(n)
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("InfluxDB has other series than wanted:\n%s", d)
	}
}

// seriesOf are the series of the first n nodes, sorted.
func seriesOf(n int) []string {
	var all []string
	for i := range n {
		v := world.VillageAt(i)
		for _, s := range [][2]string{{"air", "pm-1"}, {"weather", "bme-1"}, {"water", "sungai-1"}, {"traffic", "jalan-1"}} {
			all = append(all, fmt.Sprintf("%s,district=%s,node=%s,sensor=%s,site=%s", s[0], v.Site.District(), v.Node, s[1], v.Site))
		}
	}
	slices.Sort(all)
	return all
}
