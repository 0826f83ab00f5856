//go:build unix

package bench

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/siaga-id/siaga/bench/generator"
	"github.com/siaga-id/siaga/gateway"
	"github.com/siaga-id/siaga/gateway/api"
	"github.com/siaga-id/siaga/internal/wire"
)

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// BenchmarkChain sends packs of 60 readings through a whole center, as `siaga
// up` runs it, until all of them are in its InfluxDB, and then writes the very
// same lines into engines of their own: over loopback with the same client, and
// without HTTP. The load comes over 100 connections from another process on the
// same machine, whose processor time is told apart.
//
// A round is 1.2 million readings; rounds go on in the same center.
func BenchmarkChain(b *testing.B) {
	l := load{generator.Burst{Nodes: 100, FirstSeq: 1, Packs: 200, Window: 32}}
	l.BeginMS = time.Now().Add(-24 * time.Hour).Truncate(time.Second).UnixMilli()
	c := startCenter(b)
	beside := newBeside(b)
	var sum result
	rounds := 0
	for b.Loop() {
		rounds++
		r := c.round(b, l)
		c.demand(b, int64(rounds*l.Readings()))
		b.StopTimer()
		r.loopback, r.direct = beside.write(b, l)
		sum.add(r)
		l.FirstSeq += uint64(l.Packs)
		b.StartTimer()
	}
	readings := float64(rounds * l.Readings())
	b.ReportMetric(readings/sum.chain.Seconds(), "readings/s")
	b.ReportMetric(readings/sum.loopback.Seconds(), "loopback-readings/s")
	b.ReportMetric(readings/sum.direct.Seconds(), "direct-readings/s")
	b.ReportMetric(sum.loopback.Seconds()/sum.chain.Seconds(), "of-loopback")
	b.ReportMetric(sum.direct.Seconds()/sum.chain.Seconds(), "of-direct")
	b.ReportMetric(float64(sum.center.Nanoseconds())/readings, "center-cpu-ns/reading")
	b.ReportMetric(float64(sum.generator.Nanoseconds())/readings, "generator-cpu-ns/reading")
	b.ReportMetric(float64(sum.bytes)/readings, "payload-B/reading")
	b.ReportMetric(0, "ns/op")
}

// result is how long the same readings took each way, and the processor time.
type result struct {
	chain, loopback, direct time.Duration
	center, generator       time.Duration
	bytes                   int
}

func (r *result) add(o result) {
	r.chain += o.chain
	r.loopback += o.loopback
	r.direct += o.direct
	r.center += o.center
	r.generator += o.generator
	r.bytes += o.bytes
}

// center is a running Command Center.
type center struct {
	*gateway.Center
	query *api.Influx
}

func startCenter(b *testing.B) *center {
	b.Helper()
	cfg := gateway.DefaultConfig()
	cfg.DataDir = b.TempDir()
	cfg.HTTP.Addr, cfg.MQTT.Addr, cfg.Influx.Addr = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	inner, err := gateway.Open(context.Background(), cfg, gateway.Deps{Version: "bench", Wall: fstest.MapFS{}, Logger: quiet()})
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- inner.Run(ctx) }()
	c := &center{Center: inner}
	if c.query, err = api.NewInflux(inner.InfluxURL(), "siaga", ""); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		stop()
		if err := <-ran; err != nil {
			b.Error(err)
		}
		if err := inner.Close(); err != nil {
			b.Error(err)
		}
	})
	return c
}

// round sends a load and waits until InfluxDB has all of it.
func (c *center) round(b *testing.B, l load) (r result) {
	b.StopTimer()
	g, err := generator.Start(exec.Command, generator.Order{Addr: strings.TrimPrefix(c.BrokerURL(), "tcp://"), Burst: &l.Burst})
	if err != nil {
		b.Fatal(err)
	}
	if err := g.Ready(); err != nil {
		b.Fatal(err)
	}
	b.StartTimer()
	began, used := time.Now(), processorTime()
	if err := g.Go(began); err != nil {
		b.Fatal(err)
	}
	report, err := g.Report()
	if err != nil {
		b.Fatal(err)
	}
	// All is acknowledged and therefore durable; now the rest of it into InfluxDB.
	for c.Status().WaitingPacks > 0 {
		time.Sleep(5 * time.Millisecond)
	}
	r.chain, r.center = time.Since(began), processorTime()-used
	b.StopTimer()
	r.generator, r.bytes = report.CPU, report.Bytes
	b.StartTimer()
	return r
}

// demand counts the field values in the center's InfluxDB.
func (c *center) demand(b *testing.B, want int64) {
	b.StopTimer()
	var got int64
	for _, s := range generator.Sensors {
		var counts []string
		for _, q := range s.Quantities {
			counts = append(counts, fmt.Sprintf("count(%q)", q))
		}
		series, err := c.query.Query(context.Background(), fmt.Sprintf("SELECT %s FROM %q", strings.Join(counts, ","), s.Quantities[0].Info().Domain))
		if err != nil {
			b.Fatal(err)
		}
		for _, s := range series {
			for _, row := range s.Values {
				for _, v := range row[1:] {
					got += int64(*v)
				}
			}
		}
	}
	if got != want {
		b.Fatalf("InfluxDB holds %d readings, want %d", got, want)
	}
	b.StartTimer()
}

// load is what one round sends.
type load struct{ generator.Burst }

// everyPacket calls f with each packet of the load, in the order of time.
func (l load) everyPacket(f func(topic string, payload []byte)) error {
	for seq := l.FirstSeq; seq < l.FirstSeq+uint64(l.Packs); seq++ {
		for n := range l.Nodes {
			payload, err := l.Payload(n, seq)
			if err != nil {
				return err
			}
			f(wire.Topic(generator.NodeID(n), wire.Live), payload)
		}
	}
	return nil
}

// processorTime is what this process has used, in user and system mode.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // it fails for a wrong argument only
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
