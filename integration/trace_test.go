//go:build integration

package integration

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

// TestTraceInInfluxDB replays a recording at its own times and finds it again in
// InfluxDB: every row within the chips' resolution, and nothing where the
// recording says nothing.
func TestTraceInInfluxDB(t *testing.T) {
	const step = 10 * time.Minute
	begin := time.Date(2023, 6, 6, 0, 0, 0, 0, time.UTC)
	level := func(row int) float64 { return math.Round((3.2+0.8*math.Sin(float64(row)/5))*1000) / 1000 }
	smoke := func(row int) float64 { return float64(10 + 8*row) }
	missing := func(row int) bool { return row == 7 || row == 8 }
	var csv strings.Builder
	csv.WriteString("time,pm2_5_ugm3,level_m,ozone_ppb\n")
	const rows = 36
	for row := range rows {
		at := begin.Add(time.Duration(row) * step).Format(time.RFC3339)
		if missing(row) {
			fmt.Fprintf(&csv, "%s,,,4\n", at)
			continue
		}
		fmt.Fprintf(&csv, "%s,%g,%g,4\n", at, smoke(row), level(row))
	}

	c := newCenter(t, 0)
	stdout, stderr, err := run(
		t, "siaga-sim", "node", "--broker", "tcp://"+c.mqtt, "--dir", t.TempDir(), "--json",
		"--trace", write(t, "trace.csv", csv.String()), "--keep-time", "--speed", "750",
	)
	if err != nil {
		t.Fatalf("replay: %v\n%s", err, tail(stderr, 2000))
	}
	if !strings.Contains(stderr, "ozone_ppb") {
		t.Errorf("the skipped column is not named:\n%s", stderr)
	}
	t.Logf("replayed: %s", strings.Join(strings.Fields(stdout), " "))

	seen := map[string]int{}
	eventually(t, 20*time.Second, "the whole recording in InfluxDB", func() error {
		clear(seen)
		for p, value := range c.influx.points(t) {
			want := map[string]func(int) float64{"pm2_5": smoke, "level": level}[p.field]
			if want == nil {
				continue
			}
			row := int(time.UnixMilli(p.timeMS).Sub(begin) / step)
			tolerance := map[string]float64{"pm2_5": 0.5, "level": 0.0006}[p.field]
			if row < 0 || row >= rows || missing(row) {
				t.Fatalf("%s is %v at %v, where the recording has nothing", p.field, value, time.UnixMilli(p.timeMS).UTC())
			}
			if math.Abs(value-want(row)) > tolerance {
				t.Fatalf("%s is %v in row %d, the recording says %v", p.field, value, row, want(row))
			}
			seen[fmt.Sprint(p.field, row)]++
		}
		if want := 2 * (rows - 2); len(seen) != want {
			return fmt.Errorf("%d rows' values, want %d", len(seen), want)
		}
		return nil
	})
	c.proc.stops(t)
}
