package index

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

// benchNodes have a particle sensor, a weather sensor, a gauge with corrections, a
// road, a battery and themselves: 20 fields a node, besides their flags.
const benchNodes = 200

var benchSensors = []struct {
	id         reading.SensorID
	domain     reading.Domain
	quantities []string
	value      float64
}{
	{"pm-1", reading.Air, []string{"pm1", "pm2_5", "pm10"}, 40},
	{"cuaca-1", reading.Weather, []string{"temperature", "humidity", "pressure"}, 30},
	{"sungai-1", reading.Water, []string{"level", "distance", "level_cor"}, 1.2},
	{"jalan-1", reading.Traffic, []string{"count", "flow", "speed"}, 50},
	{"aki-1", reading.Power, []string{"voltage", "current", "power"}, 12},
	{"node-1", reading.NodeSelf, []string{"load", "uptime", "memory_free", "disk_free", "cpu_temperature"}, 50},
}

// fill writes what the first sensors measured from a time on until another.
func (r *real) fill(b *testing.B, sensors int, from, to time.Time, every time.Duration) {
	b.Helper()
	var lines bytes.Buffer
	for at := from; at.Before(to); at = at.Add(every) {
		for n := range benchNodes {
			for _, s := range benchSensors[:sensors] {
				fmt.Fprintf(&lines, "%s,district=35.05.12,node=sutojayan-%03d,sensor=%s,site=35.05.12.1001 ", s.domain, n, s.id)
				for i, q := range s.quantities {
					if i > 0 {
						lines.WriteByte(',')
					}
					fmt.Fprintf(&lines, "%[1]s=%[2]g,%[1]s_qc=1i", q, s.value+float64(at.Unix()/7%13))
				}
				fmt.Fprintf(&lines, " %d\n", at.UnixMilli())
			}
		}
		if lines.Len() > 4<<20 {
			r.write(b, &lines)
		}
	}
	if lines.Len() > 0 {
		r.write(b, &lines)
	}
}

// benchCenter is a center whose nodes have measured for 30 days: all their sensors
// every 10 s in the last three hours, particles, weather and level every 5 min
// before. Its roll-ups of the last day are done.
func benchCenter(b *testing.B) (*real, time.Time) {
	b.Helper()
	r := newReal(b)
	minute := time.Now().Truncate(time.Minute)
	sensors := make(map[reading.SensorID][]string)
	for _, s := range benchSensors {
		sensors[s.id] = s.quantities
	}
	levels := make(map[reading.NodeID][]registry.LevelSet)
	for n := range benchNodes {
		id := reading.NodeID(fmt.Sprintf("sutojayan-%03d", n))
		if err := r.registry.Claim(b.Context(), id, "35.05.12.1001"); err != nil {
			b.Fatal(err)
		}
		r.tell(b, id, 10*time.Second, sensors)
		levels[id] = []registry.LevelSet{*steps()}
	}
	if err := r.registry.PutLevels(b.Context(), registry.Actor{Name: "system"}, levels); err != nil {
		b.Fatal(err)
	}
	recent := minute.Truncate(time.Hour).Add(-3 * time.Hour)
	r.fill(b, 3, recent.Add(-30*24*time.Hour), recent, 5*time.Minute)
	r.fill(b, len(benchSensors), recent, minute.Add(10*time.Minute), 10*time.Second)
	r.hours.from = hourOf(minute) - ringHours
	r.pass(b, minute)
	return r, minute
}

// BenchmarkIndex measures, beside one center of 200 nodes and 30 days:
//
//	minute  a minute's run: what nodes, sensors and levels there are, the newest
//	        minutes of all levels, and a point for each of 1,200 sensors
//	start   what a start makes of it: a day of roll-ups, ranks and the last levels
//	        are read back before
//	hour    the roll-up of an hour of one node: 20 quantities of 360 readings
func BenchmarkIndex(b *testing.B) {
	r, minute := benchCenter(b)
	intervals, err := r.registry.Intervals(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	stored, err := r.reader.Quantities(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for _, bm := range []struct {
		name string
		run  func(n int) error
	}{
		{"minute", func(n int) error { return r.minute(b.Context(), minute.Add(time.Duration(n%10)*time.Minute)) }},
		{"start", func(int) error { r.restart(); return r.minute(b.Context(), minute) }},
		{"hour", func(n int) error {
			node, hour := reading.NodeID(fmt.Sprintf("sutojayan-%03d", n%benchNodes)), hourOf(minute)-2
			return r.job(b.Context(), job{node, span{hour, hour + 1}}, stored, intervals[node])
		}},
	} {
		b.Run(bm.name, func(b *testing.B) {
			for n := 0; b.Loop(); n++ {
				if err := bm.run(n); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms/op")
		})
	}
}
