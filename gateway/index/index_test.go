package index

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/ingest/influx"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// village is a node with a particle sensor and a gauge, each read once a minute.
func village(id reading.NodeID, since time.Time) *book {
	every := time.Minute
	return &book{
		nodes: []registry.Node{{ID: id, Site: registry.Site{Code: "35.05.12.1001"}, State: &wire.NodeState{Sensors: []wire.SensorState{
			{ID: "pm-1", IntervalMS: every.Milliseconds(), Quantities: []string{"pm2_5"}},
			{ID: "sungai-1", IntervalMS: every.Milliseconds(), Quantities: []string{"level"}},
		}}}},
		intervals: map[reading.NodeID][]registry.Interval{id: {
			{Sensor: "pm-1", Since: since, Every: every, Quantities: []string{"pm2_5"}},
			{Sensor: "sungai-1", Since: since, Every: every, Quantities: []string{"level"}},
		}},
		assets: []registry.Asset{{ID: id, Levels: []registry.LevelSet{*steps()}}},
	}
}

// tags is what all of a sensor's lines begin with.
func tags(measurement string, node reading.NodeID, sensor reading.SensorID) string {
	return string(appendTags(nil, measurement, "35.05.12.1001", node, sensor))
}

func TestAppendSensor(t *testing.T) {
	minute := at(24)
	whole := func(x *Index) {
		d := new(day)
		for h := int64(1000); h < 1024; h++ {
			d.put(h, configured(time.Minute, "pm2_5"), got{reading.PM2_5.Corrected(): good(40, 60)})
		}
		x.days[sensorKey{"n1", "pm-1"}] = d
	}
	level := func(x *Index, levels map[int64]water) {
		for m, w := range levels {
			w.minute = minute.Unix()/60 + m
			x.gauge(sensorKey{"n1", "sungai-1"}).put(w)
		}
	}
	quoted := *steps()
	quoted.Levels = slices.Clone(quoted.Levels)
	quoted.Levels[0].Name = `a "b" \` + "\n="
	quoted.Invented = false
	for _, tc := range []struct {
		name string
		set  func(x *Index, b *book)
		want []string
	}{
		{
			"nothing yet: withheld, and said so",
			func(*Index, *book) {},
			[]string{"pm-1 completeness=0,withheld=1,ispu_completeness=0,corrected=0", "sungai-1 completeness=0,silent=1"},
		},
		{
			"a whole day of air",
			func(x *Index, _ *book) { whole(x) },
			[]string{`pm-1 completeness=100,withheld=0,ispu=81,parameter="pm2_5",ispu_completeness=100,corrected=1`, "sungai-1 completeness=0,silent=1"},
		},
		{
			"the newest hour is not rolled up yet: the day ends before it",
			func(x *Index, _ *book) {
				whole(x)
				d := x.days[sensorKey{"n1", "pm-1"}]
				d.put(999, configured(time.Minute, "pm2_5"), got{reading.PM2_5: good(40, 60)})
				d.all[slot(1023)], d.of[reading.PM2_5][slot(1023)] = hourly{}, hourly{}
				x.hours.from = 1023
			},
			[]string{`pm-1 completeness=100,withheld=0,ispu=81,parameter="pm2_5",ispu_completeness=100,corrected=1`, "sungai-1 completeness=0,silent=1"},
		},
		{
			"an hour of the day waits that nothing is known of: nothing is said of the day",
			func(x *Index, _ *book) {
				whole(x)
				x.days[sensorKey{"n1", "pm-1"}].all[slot(1010)] = hourly{}
				x.hours.add("n1", span{1010, 1011})
			},
			[]string{"sungai-1 silent=1"},
		},
		{
			"an hour that is rolled up again counts as it was",
			func(x *Index, _ *book) {
				whole(x)
				x.hours.add("n1", span{1010, 1011})
				x.days[sensorKey{"n1", "sungai-1"}] = x.days[sensorKey{"n1", "pm-1"}]
			},
			[]string{`pm-1 completeness=100,withheld=0,ispu=81,parameter="pm2_5",ispu_completeness=100,corrected=1`, "sungai-1 completeness=100,silent=1"},
		},
		{
			"a gauge",
			func(x *Index, _ *book) {
				level(x, map[int64]water{-1: {m: 1.15, corrected: true}, -16: {m: 1.1}, -61: {m: 0.9}})
			},
			[]string{
				"pm-1 completeness=0,withheld=1,ispu_completeness=0,corrected=0",
				`sungai-1 completeness=0,silent=0,level_cm=115,doubt=0,corrected=1,rise_15=5,rise=25,rank=1,level_name="Siaga III",margin=65,rising_1=115,rising_2=180,rising_3=240,invented=1`,
			},
		},
		{
			"suspect, and high",
			func(x *Index, _ *book) { level(x, map[int64]water{-2: {m: 3, suspect: true}, -17: {m: 1}}) },
			[]string{
				"pm-1 completeness=0,withheld=1,ispu_completeness=0,corrected=0",
				`sungai-1 completeness=0,silent=0,level_cm=300,doubt=1,corrected=0,rise_15=200,rank=3,level_name="Siaga I",margin=-60,rising_1=115,rising_2=180,rising_3=240,invented=1`,
			},
		},
		{
			"silent: nothing looks current",
			func(x *Index, _ *book) { level(x, map[int64]water{-4: {m: 3}}) },
			[]string{"pm-1 completeness=0,withheld=1,ispu_completeness=0,corrected=0", "sungai-1 completeness=0,silent=1"},
		},
		{
			"nobody has written levels down",
			func(x *Index, b *book) { b.assets = nil; level(x, map[int64]water{-1: {m: 3}}) },
			[]string{"pm-1 completeness=0,withheld=1,ispu_completeness=0,corrected=0", "sungai-1 completeness=0,silent=0,level_cm=300,doubt=0,corrected=0"},
		},
		{
			"a name that would break the line, and what is no number",
			func(x *Index, b *book) {
				b.assets[0].Levels = []registry.LevelSet{quoted}
				level(x, map[int64]water{-1: {m: 0.5}, -16: {m: math.NaN()}})
			},
			[]string{
				"pm-1 completeness=0,withheld=1,ispu_completeness=0,corrected=0",
				`sungai-1 completeness=0,silent=0,level_cm=50,doubt=0,corrected=0,rank=0,level_name="a \"b\" \\ =",margin=65,rising_1=115,rising_2=180,rising_3=240,invented=0`,
			},
		},
		{
			"retired",
			func(x *Index, b *book) { whole(x); b.nodes[0].Retired = at(1) },
			nil,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			wantMinute(t, minute, tc.set, tc.want)
		})
	}
}

// wantMinute compares a minute's points of a village, each its sensor and its fields.
func wantMinute(t *testing.T, minute time.Time, set func(x *Index, b *book), points []string) {
	t.Helper()
	b, db := village("n1", at(0)), new(database)
	x, _ := newIndex(t, b, db, db)
	x.seeded, x.hours.from, x.levelsFrom = true, 1024, minute.Unix()/60
	set(x, b)
	if err := x.minute(t.Context(), minute); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, p := range points {
		sensor, fields, _ := strings.Cut(p, " ")
		want = append(want, fmt.Sprintf("%s %s %d", tags("index", "n1", reading.SensorID(sensor)), fields, minute.UnixMilli()))
	}
	if diff := cmp.Diff(want, db.of("index")); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestEveryMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(17 * time.Minute) // begins within an hour
		begin := time.Now().Truncate(time.Minute)
		b := village("n1", begin.Add(-100*time.Hour))
		db := &database{answer: hourlyAnswer}
		x, asked := newIndex(t, b, db, db)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- x.Run(ctx) }()
		minutes := func() (all []string) {
			synctest.Wait()
			for _, line := range db.of(tags("index", "n1", "pm-1")[:len("index")]) {
				if strings.Contains(line, "pm-1") {
					ms := int64(0)
					fmt.Sscan(line[strings.LastIndexByte(line, ' ')+1:], &ms)
					all = append(all, fmt.Sprint(time.UnixMilli(ms).Sub(begin).Minutes(), strings.Contains(line, "ispu=81")))
				}
			}
			return all
		}
		time.Sleep(2*time.Minute + 30*time.Second)
		// In the first minute no hour is rolled up, and nothing is said; then all 30
		// days are.
		if got := minutes(); !slices.Equal(got, []string{"2 true"}) {
			t.Fatalf("minutes %v", got)
		}
		if n := len(db.of("air_1h")); n != 30*24 {
			t.Errorf("%d hours are rolled up", n)
		}
		// Away for the whole of minute 3, back within minute 4.
		db.set(func() { db.away = &influx.RetryableError{Status: 503, Message: "away"} })
		time.Sleep(2 * time.Minute)
		db.set(func() { db.away = nil })
		time.Sleep(time.Minute)
		if got := minutes(); len(got) > 3 || got[len(got)-1] != "5 true" {
			t.Errorf("minutes %v: want 3 empty, and no minute of the past", got)
		}
		// What InfluxDB will never take stops nothing.
		db.set(func() { db.away = &influx.RejectedError{Status: 400, Message: "field type conflict"} })
		time.Sleep(time.Minute)
		db.set(func() { db.away = nil })
		time.Sleep(10 * time.Minute)
		before := len(db.of("air_1h"))
		// A roll-up that fails waits, and the minutes go on.
		db.set(func() { db.busy = errors.New("busy") })
		time.Sleep(time.Until(begin.Truncate(time.Hour).Add(time.Hour + 5*time.Minute)))
		if n := len(db.of("air_1h")); n != before {
			t.Errorf("%d hours are rolled up though none could be", n-before)
		}
		if metric(t, asked, "siaga_index_hours_waiting", "") != 1 || metric(t, asked, "siaga_index_hours_total", "failed") < 1 {
			t.Error("the metrics do not tell that an hour waits")
		}
		if got := minutes(); got[len(got)-1] != fmt.Sprint(48-1, true) {
			t.Errorf("minutes %v: want an ISPU that ends an hour earlier", got[max(len(got)-5, 0):])
		}
		db.set(func() { db.busy = nil })
		time.Sleep(time.Minute)
		if n := len(db.of("air_1h")); n != before+1 {
			t.Errorf("%d hours are rolled up, want 1", n-before)
		}
		// Late readings: their hour again, and no other.
		late := begin.Add(-50 * time.Hour)
		if err := x.Stored([]registry.StoredRange{{Node: "n1", Readings: 6, Oldest: late, Newest: late.Add(time.Minute)}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		lines := db.of("air_1h")
		if want := fmt.Sprintf("%s pm2_5_mean=40,pm2_5_min=8,pm2_5_max=90,pm2_5_count=60 %d", tags("air_1h", "n1", "pm-1"), late.Truncate(time.Hour).UnixMilli()); len(lines) != before+2 || lines[len(lines)-1] != want {
			t.Errorf("%d hours more, the last %s, want %s", len(lines)-before-1, lines[len(lines)-1], want)
		}
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if got := metric(t, asked, "siaga_index_minutes_total", "missed"); got < 1 || got > 2 {
			t.Errorf("%v minutes missed", got)
		}
	})
}

// A stop does not wait for an InfluxDB that is away.
func TestStopWhileInfluxIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := &database{away: errors.New("away")}
		x, _ := newIndex(t, village("n1", time.Now()), db, db)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- x.Run(ctx) }()
		time.Sleep(77 * time.Second)
		before := time.Now()
		cancel()
		if err := <-done; err != nil || time.Since(before) > 0 {
			t.Fatalf("ended with %v after %v", err, time.Since(before))
		}
	})
}

func TestConfig(t *testing.T) {
	for top, ok := range map[float64]bool{0: true, 400: true, 500: true, 399: false, 501: false, -1: false, math.Inf(1): false} {
		if err := (Config{ISPUTop: top}).Validate(); (err == nil) != ok {
			t.Errorf("%v: %v", top, err)
		}
	}
	if err := (Config{ISPUTop: math.NaN()}).Validate(); err == nil {
		t.Error("what is no number is taken")
	}
}
