package grafana_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/siaga-id/siaga/dashboards/grafana"
	"github.com/siaga-id/siaga/gateway/tsdb"
)

// BenchmarkOverview measures what InfluxDB works for one full refresh of the
// overview, beside 200 nodes: raw readings of an hour every 10 s and every 15 min in
// the 30 days before, roll-ups of 30 days, and the center's minutes of a day.
// Grafana asks the panels at the same time and each panel's queries one after the
// other; here all are asked one after the other.
func BenchmarkOverview(b *testing.B) {
	engine, err := tsdb.Open(tsdb.Options{Dir: b.TempDir(), Addr: "127.0.0.1:0", Database: "siaga", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := engine.Close(); err != nil {
			b.Error(err)
		}
	})
	url, now := engine.URL(), time.Now()
	const nodes, day = 200, 24 * time.Hour
	var lines bytes.Buffer
	flush := func() {
		grafana.Write(b, url, lines.String())
		lines.Reset()
	}
	fill := func(from, to time.Time, every time.Duration, what func(n int, at time.Time)) {
		for at := from.Truncate(every); at.Before(to); at = at.Add(every) {
			for n := range nodes {
				what(n, at)
			}
			if lines.Len() > 1<<20 {
				flush()
			}
		}
		if lines.Len() > 0 {
			flush()
		}
	}
	line := func(measurement string, n int, sensor, fields string, at time.Time) {
		if sensor != "" {
			sensor = ",sensor=" + sensor
		}
		fmt.Fprintf(&lines, "%s,district=35.05.12,node=sutojayan-%03d%s,site=35.05.12.1001 %s %d\n", measurement, n, sensor, fields, at.UnixMilli())
	}
	raw := func(n int, at time.Time) {
		v := 10 + (n+int(at.Unix()/7))%40
		line("air", n, "pm-1", fmt.Sprintf("pm2_5=%[1]d,pm2_5_qc=1i,pm10=%[1]d,pm10_qc=1i", v), at)
		line("water", n, "sungai-1", fmt.Sprintf("level=1.%[1]d,level_qc=1i", v), at)
		line("traffic", n, "jalan-1", fmt.Sprintf("flow=%[1]d0,flow_qc=1i,speed=%[1]d,speed_qc=1i,occupancy=%[1]d,occupancy_qc=1i", v), at)
	}
	hour := now.Add(-time.Hour)
	fill(now.Add(-30*day), hour, 15*time.Minute, raw)
	fill(hour, now, 10*time.Second, raw)
	fill(now.Add(-30*day), hour, time.Hour, func(n int, at time.Time) {
		line("air_1h", n, "pm-1", fmt.Sprintf("pm2_5_mean=%d,pm2_5_min=1,pm2_5_max=90,pm2_5_count=360", 10+n%40), at)
		line("weather_1h", n, "hujan-1", "rain_mean=0.1,rain_min=0,rain_max=1,rain_count=60", at)
		line("traffic_1h", n, "jalan-1", fmt.Sprintf("flow_mean=%d,flow_min=1,flow_max=900,flow_count=360", 100+n), at)
	})
	fill(now.Add(-day), now, time.Minute, func(n int, at time.Time) {
		line("node", n, "", "online=1,gap=0,quarantined=0,simulated=0,repair=0,health=3,completeness=99,interval=10,lat=-8.1,lon=112.2,queue=0,clock=2", at)
		line("node", n, "pm-1", "health=3,heard=1", at)
		line("index", n, "pm-1", fmt.Sprintf(`completeness=99,withheld=0,ispu=%d,parameter="pm2_5",ispu_completeness=99,corrected=0`, 40+n%60), at)
		line("index", n, "sungai-1", fmt.Sprintf(`completeness=99,silent=0,river="Kali Brantas",river_order=1,level_cm=100,doubt=0,corrected=0,rise_15=1,rise=2,rank=%d,level_name="Normal",margin=40,rising_1=140,rising_2=200,rising_3=260,invented=1`, n%50/48), at)
	})
	fmt.Fprintf(&lines, "center,center=center uptime=86400,disk_free_pct=45,spool_packs=0,quarantined=0,quarantined_unregistered=0 %d\n", now.UnixMilli())
	flush()
	var asked []grafana.Asked
	for _, q := range grafana.Queries() {
		if q.On("siaga-ikhtisar") {
			asked = append(asked, q)
		}
	}
	took := make([]time.Duration, len(asked))
	for b.Loop() {
		for i, q := range asked {
			began := time.Now()
			grafana.Ask(b, url, q.InfluxQL, q.Since())
			took[i] += time.Since(began)
		}
	}
	each := ""
	for i, q := range asked {
		each += fmt.Sprintf("%.1f ms %s; ", float64(took[i].Microseconds())/float64(b.N)/1000, q.Where)
	}
	b.Log(each)
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms/op")
	b.ReportMetric(float64(len(asked)), "queries/op")
}
