package tsdb

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/influxdata/influxdb/models"
)

// batch is how many points a write of the benchmarks carries.
const batch = 5000

// linesAt writes a batch of 1,000 series, as nodes send them, into b.
func linesAt(b *bytes.Buffer, round int) {
	b.Reset()
	for i := range batch {
		at := int64(1_700_000_000_000) + int64(round)*5000 + int64(i/1000)*1000
		fmt.Fprintf(b, "air,district=35.05.12,node=n%d,sensor=pm-1,site=35.05.12.1001 pm2_5=%d.5,pm2_5_qc=2i %d\n", i%1000, i%97, at)
	}
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// BenchmarkEngine writes parsed points straight into the engine, one fsync a
// batch.
func BenchmarkEngine(b *testing.B) {
	e := open(b, Options{Logger: quiet()})
	st, err := e.door.enter()
	if err != nil {
		b.Fatal(err)
	}
	defer e.door.leave()
	var lines bytes.Buffer
	n := 0
	for b.Loop() {
		b.StopTimer()
		linesAt(&lines, n)
		n++
		b.StartTimer()
		points, err := models.ParsePointsWithPrecision(bytes.Clone(lines.Bytes()), time.Time{}, "ms")
		if err != nil {
			b.Fatal(err)
		}
		if err := e.writePoints(st.writer, DefaultDatabase, "", points); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*batch/b.Elapsed().Seconds(), "points/s")
}

// BenchmarkHTTP writes line protocol over loopback, as the ingester does.
func BenchmarkHTTP(b *testing.B) {
	e := open(b, Options{Logger: quiet()})
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	c := &http.Client{Transport: tr}
	var lines bytes.Buffer
	n := 0
	for b.Loop() {
		b.StopTimer()
		linesAt(&lines, n)
		n++
		b.StartTimer()
		resp, err := c.Post(e.URL()+"/write?db=siaga&precision=ms", "text/plain", bytes.NewReader(lines.Bytes()))
		if err != nil {
			b.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusNoContent {
			b.Fatal(resp.Status)
		}
	}
	b.ReportMetric(float64(n)*batch/b.Elapsed().Seconds(), "points/s")
}
