package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/firmware-sim/world"
	"github.com/siaga-id/siaga/internal/reading"
)

// recording has a value that a chip cannot show (a level 6 m down), an empty
// cell, and a gap of five hours.
const recording = `time,pm2_5_ugm3,pm2_5_b_ugm3,temperature_cel,humidity_pct,pressure_hpa,level_m,occupancy_pct,speed_kmh,rain_mm
2023-06-06T00:00:00Z,10.4,12.4,21.37,50.2,1001.17,3.2,10,36,0
2023-06-06T00:10:00Z,238,266,22.5,61.3,1000.02,4.0815,20,72,1
2023-06-06T00:20:00Z,,13,23,62,999,8.17,5,40,0
2023-06-06T00:30:00Z,30,14,24.25,63,998,2.1,8,40,0
2023-06-06T00:40:00Z,31.6,15,25,64,997,7.5,0,40,0
2023-06-06T05:40:00Z,45,16,26,65,996,7.25,12,60,0
2023-06-06T05:50:00Z,44,17,27,66,995,7,15,55,0
`

// shown is what arrives of a row: NaN where nothing may.
var (
	none    = math.NaN()
	rows    = []string{"00:00", "00:10", "00:20", "00:30", "00:40", "05:40", "05:50"}
	columns = []struct {
		sensor    reading.SensorID
		quantity  reading.Quantity
		tolerance float64
		rows      [7]float64
	}{
		{"pm-1", reading.PM2_5, 0.5, [7]float64{10.4, 238, none, 30, 31.6, 45, 44}},
		{"pm-b", reading.PM2_5, 0.5, [7]float64{12.4, 266, 13, 14, 15, 16, 17}},
		{"bme-1", reading.Temperature, 0.011, [7]float64{21.37, 22.5, 23, 24.25, 25, 26, 27}},
		{"bme-1", reading.Humidity, 0.06, [7]float64{50.2, 61.3, 62, 63, 64, 65, 66}},
		{"bme-1", reading.Pressure, 0.06, [7]float64{1001.17, 1000.02, 999, 998, 997, 996, 995}},
		{"sungai-1", reading.Level, 0.0006, [7]float64{none, 4.0815, 8.17, none, 7.5, 7.25, 7}},
		{"jalan-1", reading.Occupancy, 0.35, [7]float64{10, 20, 5, 8, 0, 12, 15}},
		{"jalan-1", reading.Speed, 1.5, [7]float64{36, 72, 40, 40, 40, 60, 55}},
	}
)

func traceFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trace.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestWhatArrivesEqualsTheTrace replays a recording at its own times and at
// several speeds.
func TestWhatArrivesEqualsTheTrace(t *testing.T) {
	for _, speed := range []float64{60, 600, 3000} {
		opt := testOptions(t, 1)
		opt.Trace = traceOf(t, recording)
		opt.Replay = world.Options{KeepTime: true, Speed: speed}
		measure(t, opt, nil)
		c := deliver(t, opt)
		for _, col := range columns {
			all := c.series("sutojayan-01", col.sensor, col.quantity, time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
			var seen [7]int
			for _, v := range all {
				row := rowAt(v.at)
				switch {
				case row < 0 && col.sensor == "jalan-1" && v.value == 0:
					// A beam without traffic and one without power say the same.
				case row < 0 || math.IsNaN(col.rows[row]):
					t.Errorf("speed %g: %s %s is %v at %v, where the trace has nothing to show", speed, col.sensor, col.quantity, v.value, v.at)
				case math.Abs(v.value-col.rows[row]) > col.tolerance:
					t.Errorf("speed %g: %s %s is %v at %v, the trace says %v", speed, col.sensor, col.quantity, v.value, v.at, col.rows[row])
				default:
					seen[row]++
				}
			}
			for row, n := range seen {
				if n == 0 && !math.IsNaN(col.rows[row]) {
					t.Errorf("speed %g: no %s %s arrived of the row of %s", speed, col.sensor, col.quantity, rows[row])
				}
			}
		}
	}
}

// rowAt returns which row of the recording holds at a moment, -1 for none.
func rowAt(at time.Time) int {
	for i, clock := range rows {
		from, err := time.Parse(time.RFC3339, "2023-06-06T"+clock+":00Z")
		if err != nil {
			panic(err)
		}
		if !at.Before(from) && at.Before(from.Add(10*time.Minute)) {
			return i
		}
	}
	return -1
}

// TestOddRowsAreMet replays rows that lie one minute off each other's grid.
func TestOddRowsAreMet(t *testing.T) {
	const odd = `time,occupancy_pct,speed_kmh
2015-09-01T00:00:00Z,10,50
2015-09-01T00:05:00Z,20,50
2015-09-01T00:11:00Z,30,50
2015-09-01T00:15:00Z,40,50
2015-09-01T00:16:00Z,50,50
2015-09-01T00:20:00Z,5,50
`
	opt := testOptions(t, 1)
	opt.Trace = traceOf(t, odd)
	opt.Replay = world.Options{KeepTime: true, Speed: 60}
	measure(t, opt, nil)
	all := deliver(t, opt).series("sutojayan-01", "jalan-1", reading.Occupancy, time.Date(2016, 1, 1, 0, 0, 0, 0, time.UTC))
	seen := map[float64]bool{}
	for _, v := range all {
		minute := v.at.Sub(time.Date(2015, 9, 1, 0, 0, 0, 0, time.UTC)).Minutes()
		want := 5.0
		for _, row := range [][2]float64{{20, 50}, {16, 40}, {15, 30}, {11, 20}, {5, 10}} {
			if minute < row[0] {
				want = row[1]
			}
		}
		if minute < 20 && minute >= 16 {
			want = 50
		} else if minute >= 15 && minute < 16 {
			want = 40
		}
		if math.Abs(v.value-want) > 4 {
			t.Errorf("occupancy %v at %v, the trace says %v", v.value, v.at, want)
		}
		seen[want] = true
	}
	if len(seen) != 6 {
		t.Errorf("%d of 6 rows arrived: %v", len(seen), all)
	}
}

// TestATraceEndsNow checks the times without KeepTime: recent, and none of them
// in the future.
func TestATraceEndsNow(t *testing.T) {
	opt := testOptions(t, 1)
	opt.Trace = traceOf(t, recording)
	opt.Replay = world.Options{Speed: 3000}
	measure(t, opt, nil)
	began := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	all := deliver(t, opt).series("sutojayan-01", "bme-1", reading.Temperature, bubbleEnd)
	if len(all) == 0 {
		t.Fatal("nothing arrived")
	}
	last := all[len(all)-1].at
	if first := began.Add(-6*time.Hour - time.Second); all[0].at.Before(first) || last.After(began) || last.Before(began.Add(-10*time.Minute)) {
		t.Errorf("readings from %v to %v, want from %v to %v, and none later", all[0].at, last, first, began)
	}
}

func TestASpeedThatNoDriverFollowsIsRefused(t *testing.T) {
	_, _, err := execute(t.Context(), "fleet", "--trace", traceFile(t, recording), "--speed", "3001", "--dir", t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "use at most 3000") {
		t.Errorf("error %v, want it to name the highest speed", err)
	}
}
