package index

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/api"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/gateway/tsdb"
	"github.com/siaga-id/siaga/ingest/influx"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wholefile"
	"github.com/siaga-id/siaga/internal/wire"
)

// real is an index beside the embedded engine and a registry.
type real struct {
	*Index
	registry *registry.Registry
	writer   *influx.Client
	reader   *api.Influx
	disk     wholefile.Disk
	url      string
}

func newReal(t testing.TB) *real {
	t.Helper()
	dir := t.TempDir()
	e, err := tsdb.Open(tsdb.Options{Dir: filepath.Join(dir, "influx"), Addr: "127.0.0.1:0", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	r := &real{disk: wholefile.Dir(dir), url: e.URL()}
	if r.writer, err = influx.New(influx.Config{URL: e.URL(), Database: "siaga"}); err != nil {
		t.Fatal(err)
	}
	if r.reader, err = api.NewInflux(e.URL(), "siaga", ""); err != nil {
		t.Fatal(err)
	}
	r.registry, err = registry.Open(filepath.Join(dir, "registry.db"), registry.Options{
		Kind: registry.Real, BeforeStored: func(s []registry.StoredRange) error { return r.Stored(s) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.writer.Close()
		r.reader.Close()
		if err := r.registry.Close(); err != nil {
			t.Error(err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	r.restart()
	return r
}

// restart forgets all that is only in memory.
func (r *real) restart() {
	r.Index = New(Options{Registry: r.registry, Influx: r.reader, Store: r.writer, Disk: r.disk, Log: slog.New(slog.DiscardHandler)})
}

// tell says what a node measures.
func (r *real) tell(t testing.TB, id reading.NodeID, every time.Duration, sensors map[reading.SensorID][]string) {
	t.Helper()
	st := wire.NodeState{Online: true, Version: "1", Boot: "b", Clock: wire.Synced, Site: "35.05.12.1001"}
	for s, quantities := range sensors {
		st.Sensors = append(st.Sensors, wire.SensorState{ID: s, Driver: "x", IntervalMS: every.Milliseconds(), Quantities: quantities, Health: wire.HealthOK})
	}
	slices.SortFunc(st.Sensors, func(a, b wire.SensorState) int { return strings.Compare(string(a.ID), string(b.ID)) })
	if err := r.registry.States(t.Context(), []registry.StateReport{{Node: id, State: &st, Received: time.Now()}}); err != nil {
		t.Fatal(err)
	}
}

func (r *real) write(t testing.TB, lines *bytes.Buffer) {
	t.Helper()
	if err := r.writer.Write(t.Context(), lines.Bytes()); err != nil {
		t.Fatal(err)
	}
	lines.Reset()
}

// pass is what Run does in a minute, and in the next ones until nothing waits.
func (r *real) pass(t testing.TB, minute time.Time) {
	t.Helper()
	if err := r.minute(t.Context(), minute); err != nil {
		t.Fatal(err)
	}
	for r.hours.waiting() > 0 {
		if err := r.jobs(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.minute(t.Context(), minute); err != nil {
		t.Fatal(err)
	}
}

// row returns the last row of the only series that a query finds, by column.
func (r *real) row(t testing.TB, influxQL string) map[string]any {
	t.Helper()
	resp, err := http.Get(r.url + "/query?" + url.Values{"db": {"siaga"}, "epoch": {"ms"}, "q": {influxQL}}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var a struct {
		Results []struct {
			Error  string
			Series []struct {
				Columns []string
				Values  [][]any
			}
		}
	}
	if err := json.Unmarshal(body, &a); err != nil || len(a.Results) != 1 || a.Results[0].Error != "" || len(a.Results[0].Series) > 1 {
		t.Fatalf("%s: %s, %v", influxQL, body, err)
	}
	found := make(map[string]any)
	for _, s := range a.Results[0].Series {
		for i, c := range s.Columns {
			found[c] = s.Values[len(s.Values)-1][i]
		}
	}
	return found
}

// want compares some columns.
func want(t *testing.T, what string, row map[string]any, columns map[string]any) {
	t.Helper()
	for c, v := range columns {
		if row[c] != v {
			t.Errorf("%s: %s is %v, want %v (%v)", what, c, row[c], v, row)
		}
	}
}

const (
	latestAir   = `SELECT * FROM "index" WHERE "sensor" = 'pm-1' AND "node" = 'n1' AND "site" = '35.05.12.1001' AND "district" = '35.05.12'`
	latestLevel = `SELECT * FROM "index" WHERE "sensor" = 'sungai-1' AND "node" = 'n1'`
)

// From readings to what a dashboard asks for, with late readings and restarts.
func TestInTheEmbeddedEngine(t *testing.T) {
	r := newReal(t)
	ctx := t.Context()
	minute := time.Now().Truncate(time.Minute)
	hour := time.Unix(hourOf(minute.Add(lag-settle))*3600, 0) // the end of the newest that is rolled up
	r.tell(t, "n1", time.Minute, map[reading.SensorID][]string{"pm-1": {"pm2_5", "pm10"}, "sungai-1": {"level", "level_cor"}})
	r.tell(t, "n2", time.Minute, map[reading.SensorID][]string{"pm-1": {"pm2_5"}})
	if err := r.registry.PutSites(ctx, []registry.Site{{Code: "35.05.12.1001", Name: "Sutojayan", Lat: -8.1, Lon: 112.2, River: "Kali Brantas", RiverOrder: 2}}); err != nil {
		t.Fatal(err)
	}
	if err := r.registry.Claim(ctx, "n1", "35.05.12.1001"); err != nil {
		t.Fatal(err)
	}
	if err := r.registry.PutLevels(ctx, registry.Actor{Name: "system"}, map[reading.NodeID][]registry.LevelSet{"n1": {*steps()}}); err != nil {
		t.Fatal(err)
	}
	const air = "air,district=35.05.12,node=n1,sensor=pm-1,site=35.05.12.1001"
	var lines bytes.Buffer
	// A day, of which the first seven hours have not come yet; of the last hour each
	// third value is suspect, bad or missing.
	for m := range 24 * 60 {
		at := hour.Add(-24*time.Hour + time.Duration(m)*time.Minute)
		pm, qc := 40, 1+m%2
		if m >= 23*60 && m%3 == 0 {
			pm, qc = 9999, []int{3, 4, 9}[m/3%3]
		}
		if m >= 7*60 {
			fmt.Fprintf(&lines, "%s pm2_5=%d,pm2_5_qc=%di,pm10=120,pm10_qc=2i %d\n", air, pm, qc, at.UnixMilli())
		}
	}
	// The river has risen from 0.5 m, to which its sensor's correction adds 0.5 m.
	for m := -70; m < 0; m++ {
		raw := 0.5 + 0.01*float64(70+m)
		fmt.Fprintf(&lines, "water,district=35.05.12,node=n1,sensor=sungai-1,site=35.05.12.1001 level=%g,level_qc=1i,level_cor=%g,level_cor_qc=1i %d\n", raw, raw+0.5, minute.Add(time.Duration(m)*time.Minute+20*time.Second).UnixMilli())
	}
	r.write(t, &lines)
	r.pass(t, minute)

	bad := hour.Add(-time.Hour).UnixMilli()
	want(t, "an hour with values that are not good", r.row(t, fmt.Sprintf(`SELECT * FROM "air_1h" WHERE time = %dms`, bad)),
		map[string]any{"pm2_5_mean": 40.0, "pm2_5_min": 40.0, "pm2_5_max": 40.0, "pm2_5_count": 40.0, "pm10_count": 60.0, "node": "n1", "sensor": "pm-1", "site": "35.05.12.1001", "district": "35.05.12"})
	// PM2.5: 16 hours and 40/60 of one; PM10: 17. Both are below 75 %.
	want(t, "17 hours", r.row(t, latestAir), map[string]any{"withheld": 1.0, "ispu": nil, "parameter": nil, "completeness": 70.1, "ispu_completeness": 70.8})
	river := map[string]any{
		"level_cm": 169.0, "corrected": 1.0, "doubt": 0.0, "rise_15": 15.0, "rise": 60.0, "rank": 1.0, "level_name": "Siaga III",
		"silent": 0.0, "river": "Kali Brantas", "river_order": 2.0, "margin": 11.0, "rising_1": 115.0, "rising_2": 180.0, "rising_3": 240.0, "invented": 1.0,
	}
	want(t, "the river", r.row(t, latestLevel), river)
	if found := r.row(t, `SELECT * FROM "index" WHERE "node" = 'n2'`); found["withheld"] != 1.0 || found["completeness"] != 0.0 {
		t.Errorf("a node of which nothing has come: %v", found)
	}

	// An outage ends: a part of the first hours comes.
	for m := 5 * 60; m < 7*60; m++ {
		fmt.Fprintf(&lines, "%s pm2_5=40,pm2_5_qc=2i,pm10=120,pm10_qc=2i %d\n", air, hour.Add(-24*time.Hour+time.Duration(m)*time.Minute).UnixMilli())
	}
	r.write(t, &lines)
	backlog := registry.StoredRange{
		Node: "n1", Epoch: "e1", From: 1, To: 9, Readings: 240,
		Oldest: hour.Add(-19 * time.Hour), Newest: hour.Add(-17*time.Hour - time.Minute),
	}
	if err := r.registry.Stored(ctx, []registry.StoredRange{backlog}); err != nil {
		t.Fatal(err)
	}
	if n := r.hours.waiting(); n != 2 {
		t.Errorf("%d hours wait, want the two of the backlog", n)
	}
	r.restart() // before anything is rolled up
	r.pass(t, minute)
	full := map[string]any{"withheld": 0.0, "ispu": 85.0, "parameter": "pm10", "completeness": 78.4, "ispu_completeness": 79.1, "corrected": 0.0}
	want(t, "19 hours", r.row(t, latestAir), full)
	want(t, "an hour of the backlog", r.row(t, fmt.Sprintf(`SELECT * FROM "air_1h" WHERE time = %dms`, backlog.Oldest.UnixMilli())), map[string]any{"pm2_5_count": 60.0})

	// After another start all of it is there, and hysteresis goes on: the river is
	// below where its rank is entered, not below where it is left.
	r.restart()
	next := minute.Add(time.Minute)
	fmt.Fprintf(&lines, "water,district=35.05.12,node=n1,sensor=sungai-1,site=35.05.12.1001 level=0.6,level_qc=1i,level_cor=1.1,level_cor_qc=1i %d\n", minute.UnixMilli())
	r.write(t, &lines)
	if err := r.minute(ctx, next); err != nil {
		t.Fatal(err)
	}
	want(t, "after a restart", r.row(t, latestAir), full)
	want(t, "the river after a restart", r.row(t, latestLevel), map[string]any{"time": float64(next.UnixMilli()), "level_cm": 110.0, "rank": 1.0, "margin": 70.0})

	// A lahar's front is suspect, and shown; a spike among good values is not.
	fmt.Fprintf(&lines, "water,district=35.05.12,node=n1,sensor=sungai-1,site=35.05.12.1001 level=9,level_qc=3i,level_cor=9.5,level_cor_qc=3i %d\n", minute.Add(30*time.Second).UnixMilli())
	fmt.Fprintf(&lines, "water,district=35.05.12,node=n1,sensor=sungai-1,site=35.05.12.1001 level=2,level_qc=3i,level_cor=2.5,level_cor_qc=3i %d\n", next.UnixMilli())
	fmt.Fprintf(&lines, "water,district=35.05.12,node=n1,sensor=sungai-1,site=35.05.12.1001 level=9,level_qc=4i,level_cor=9.5,level_cor_qc=4i %d\n", next.Add(time.Second).UnixMilli())
	r.write(t, &lines)
	if err := r.minute(ctx, next); err != nil {
		t.Fatal(err)
	}
	want(t, "a spike", r.row(t, latestLevel), map[string]any{"level_cm": 110.0, "doubt": 0.0, "rank": 1.0})
	if err := r.minute(ctx, next.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	want(t, "a front", r.row(t, latestLevel), map[string]any{"level_cm": 250.0, "doubt": 1.0, "rank": 3.0, "margin": -10.0})

	// The whole wall of ISPU, and of rivers, is one query each.
	worst := r.row(t, `SELECT max("ispu"), "parameter", "node" FROM "index" WHERE time > now() - 10m`)
	want(t, "the worst air", worst, map[string]any{"max": 85.0, "parameter": "pm10", "node": "n1"})

	if err := r.registry.Retire(ctx, registry.Actor{Name: "budi"}, "n1", "dicuri"); err != nil {
		t.Fatal(err)
	}
	if err := r.minute(ctx, next.Add(2*time.Minute)); err != nil {
		t.Fatal(err)
	}
	want(t, "retired", r.row(t, latestLevel), map[string]any{"time": float64(next.Add(time.Minute).UnixMilli())})
}
