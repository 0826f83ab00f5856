package index

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/api"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

// A gauge whose backlog of the last hour comes late knows its rise at once.
func TestLateLevels(t *testing.T) {
	r := newReal(t)
	minute := time.Now().Truncate(time.Minute)
	r.tell(t, "n1", time.Minute, map[reading.SensorID][]string{"sungai-1": {"level"}})
	var lines bytes.Buffer
	level := func(m int, v float64) {
		fmt.Fprintf(&lines, "water,district=35.05.12,node=n1,sensor=sungai-1,site=35.05.12.1001 level=%g,level_qc=1i %d\n", v, minute.Add(time.Duration(m)*time.Minute).UnixMilli())
	}
	level(-1, 2)
	r.write(t, &lines)
	if err := r.minute(t.Context(), minute); err != nil {
		t.Fatal(err)
	}
	want(t, "before", r.row(t, latestLevel), map[string]any{"level_cm": 200.0, "rise": nil, "rise_15": nil})
	for m := -64; m < -10; m++ {
		level(m, 1.5)
	}
	r.write(t, &lines)
	late := registry.StoredRange{Node: "n1", Epoch: "e1", From: 1, To: 9, Readings: 54, Oldest: minute.Add(-64 * time.Minute), Newest: minute.Add(-11 * time.Minute)}
	if err := r.registry.Stored(t.Context(), []registry.StoredRange{late}); err != nil {
		t.Fatal(err)
	}
	level(0, 2.1)
	r.write(t, &lines)
	if err := r.minute(t.Context(), minute.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	want(t, "after", r.row(t, latestLevel), map[string]any{"level_cm": 210.0, "rise": 60.0, "rise_15": 60.0})

	level(1, 3)
	suspect := bytes.NewBufferString(strings.ReplaceAll(lines.String(), "level_qc=1i", "level_qc=3i"))
	r.write(t, suspect)
	if err := r.minute(t.Context(), minute.Add(2*time.Minute)); err != nil {
		t.Fatal(err)
	}
	want(t, "nothing but suspect", r.row(t, latestLevel), map[string]any{"level_cm": 300.0, "doubt": 1.0, "rise_15": 150.0})
}

// flaky is an InfluxDB that fails every third query.
type flaky struct {
	api.Stored
	asked int
	read  []string
}

func (f *flaky) Query(ctx context.Context, influxQL string) ([]api.Series, error) {
	if f.asked++; f.asked%3 == 0 {
		return nil, errors.New("away")
	}
	f.read = append(f.read, influxQL)
	return f.Stored.Query(ctx, influxQL)
}

// What was read back before a failure is not read again: a slow InfluxDB is not
// begun with for ever.
func TestStartGoesOnWhereItWas(t *testing.T) {
	b, db := village("n1", at(0)), new(database)
	for i := range 10_000 {
		b.intervals[reading.NodeID(fmt.Sprint("x", i))] = nil
	}
	f := &flaky{Stored: db}
	x, _ := newIndex(t, b, f, db)
	tries := 1
	for x.minute(t.Context(), at(24)) != nil {
		if tries++; tries > 100 {
			t.Fatal("it begins again and again")
		}
	}
	again := make(map[string]bool)
	for _, q := range f.read {
		if strings.Contains(q, "_1h") && again[q] {
			t.Errorf("asked twice: %s", q)
		}
		again[q] = true
	}
	if len(again) < ringHours/2 || tries < 5 {
		t.Errorf("%d queries in %d tries", len(again), tries)
	}
}
