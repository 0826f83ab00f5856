package edge

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// BenchmarkOutage gives a real center (`siaga up`, a process of its own, with its
// broker and InfluxDB) a node that was away for 72 h with twelve sensors every
// 10 s: 25,920 packs on its disk. It says how long until the newest reading can be
// read from InfluxDB, until the queue is empty, and until InfluxDB has everything;
// and how long packs that are sealed meanwhile, four a second, take from their
// seal into InfluxDB.
//
//	go test -run '^$' -bench Outage -benchtime 1x ./edge
func BenchmarkOutage(b *testing.B) {
	const rounds = 72 * 360
	program := buildCenter(b)
	for b.Loop() {
		b.StopTimer()
		c := startCenter(b, program)
		cfg := DefaultConfig()
		cfg.Node, cfg.Site, cfg.DataDir = "sutojayan-01", "35.05.12.1001", b.TempDir()
		cfg.PackInterval = time.Hour // the benchmark seals
		cfg.Sensors = []SensorConfig{{ID: "pm-1", Driver: "pms5003", Interval: time.Second, Options: map[string]any{"port": "/dev/none"}}}
		cfg.MQTT.URL = "tcp://" + c.mqtt
		clock := benchClock{time.Now().Add(-rounds*10*time.Second - time.Minute)}
		fillQueue(b, cfg, clock, rounds)

		a := benchAgent(b, cfg, clock, nil)
		ctx, stop := context.WithCancel(context.Background())
		ran := make(chan error, 1)
		b.StartTimer()
		began := time.Now()
		go func() { ran <- a.Run(ctx) }()
		delays, emptied, first := c.watch(b, a, clock, began)
		for c.count(b) < 12*rounds {
			time.Sleep(20 * time.Millisecond)
		}
		all := time.Since(began)
		b.StopTimer()
		stop()
		if err := <-ran; err != nil {
			b.Fatal(err)
		}
		c.stop()
		slices.Sort(delays)
		b.ReportMetric(first.Seconds(), "s-to-newest")
		b.ReportMetric(emptied.Seconds(), "s-to-empty")
		b.ReportMetric(all.Seconds(), "s-to-influxdb")
		b.ReportMetric(delays[len(delays)/2].Seconds(), "live-p50-s")
		b.ReportMetric(delays[len(delays)*99/100].Seconds(), "live-p99-s")
		b.ReportMetric(float64(len(delays)), "live-packs")
		b.ReportMetric(0, "ns/op")
		b.StartTimer()
	}
}

// benchClock is a board that has run since then.
type benchClock struct{ since time.Time }

func (c benchClock) BootID() string      { return "bench" }
func (c benchClock) Boot() time.Duration { return time.Since(c.since) }
func (c benchClock) UTC() Offset {
	return Offset{UnixMS: c.since.UnixMilli(), State: wire.Synced, ErrS: 0.01}
}

func (c benchClock) WaitUntil(ctx context.Context, boot time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(boot - c.Boot()):
		return nil
	}
}

func benchAgent(b *testing.B, cfg Config, clock Clock, connect func(mqtt.Options) (connection, error)) *Agent {
	b.Helper()
	a, err := New(cfg, Deps{Clock: clock, Version: "bench", Simulated: true, Logger: slog.New(slog.DiscardHandler), connect: connect})
	if err != nil {
		b.Fatal(err)
	}
	a.samplers = nil
	return a
}

// benchRound is one round of twelve sensors and, for live packs, a thirteenth that
// tells which round it is.
func benchRound(b *testing.B, a *Agent, at time.Duration, value float64, live bool) {
	b.Helper()
	var rs []reading.Reading
	for i := range 12 {
		rs = append(rs, reading.Reading{
			Sensor: reading.SensorID(fmt.Sprintf("s-%02d", i)), Quantity: reading.PM2_5,
			TimeMS: at.Milliseconds(), Value: 12.5 + float64(int(value)%100), Quality: reading.Good,
		})
	}
	if live {
		rs = append(rs, reading.Reading{Sensor: "live-1", Quantity: reading.Temperature, TimeMS: at.Milliseconds(), Value: value / 100, Quality: reading.Good})
	}
	a.sealer.add(rs)
	if err := a.sealer.seal(); err != nil {
		b.Fatal(err)
	}
}

// fillQueue leaves rounds packs on the disk, as an outage does.
func fillQueue(b *testing.B, cfg Config, clock Clock, rounds int) {
	cfg.Queue.Durability = DurableSpill // the same queue, filled sooner
	a := benchAgent(b, cfg, clock, func(mqtt.Options) (connection, error) { return noBroker{}, nil })
	ctx, stop := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- a.Run(ctx) }()
	for i := range rounds {
		benchRound(b, a, time.Duration(i+1)*10*time.Second, float64(i), false)
	}
	stop()
	if err := <-ran; err != nil {
		b.Fatal(err)
	}
	if n := a.Counts().QueuedReadings; n != uint64(12*rounds) {
		b.Fatalf("%d readings queued, want %d", n, 12*rounds)
	}
}

type noBroker struct{}

func (noBroker) PublishAsync(mqtt.Message) func(context.Context) error {
	return func(context.Context) error { return mqtt.ErrOffline }
}
func (noBroker) Reconnect() {}

func (noBroker) Address() string { return "" }

func (noBroker) Connected() (bool, error) { return false, mqtt.ErrOffline }
func (noBroker) Close() error             { return nil }

// benchCenter is a running `siaga up`.
type benchCenter struct {
	mqtt, influx string
	stop         func()
}

func buildCenter(b *testing.B) string {
	b.Helper()
	program := filepath.Join(b.TempDir(), "siaga")
	if out, err := exec.Command("go", "build", "-o", program, "../cmd/siaga").CombinedOutput(); err != nil {
		b.Fatalf("build siaga: %v\n%s", err, out)
	}
	return program
}

func startCenter(b *testing.B, program string) *benchCenter {
	b.Helper()
	api := freePort(b)
	c := &benchCenter{mqtt: freePort(b), influx: freePort(b)}
	cmd := exec.Command(program, "up", "--demo", "0", "--data", b.TempDir(), "--http", api, "--mqtt", c.mqtt, "--influx", c.influx)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	c.stop = func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}
	for range 300 {
		if resp, err := http.Get("http://" + api + "/readyz"); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return c
			}
		}
		time.Sleep(100 * time.Millisecond)
	}
	c.stop()
	b.Fatal("the center does not get ready")
	return nil
}

func freePort(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// ask returns the first number of an InfluxQL answer, 0 for none.
func (c *benchCenter) ask(b *testing.B, q string) float64 {
	resp, err := http.Get("http://" + c.influx + "/query?db=siaga&q=" + url.QueryEscape(q))
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		Results []struct {
			Series []struct{ Values [][]any }
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		b.Fatal(err)
	}
	for _, r := range answer.Results {
		for _, s := range r.Series {
			n, _ := s.Values[0][1].(float64)
			return n
		}
	}
	return 0
}

// count is how many readings of the backlog InfluxDB has, live packs' included.
func (c *benchCenter) count(b *testing.B) int {
	return int(c.ask(b, `SELECT COUNT("pm2_5") FROM "air"`))
}

// watch seals live packs until the queue is empty, and ten seconds at least. It
// returns how long each took into InfluxDB, and when the queue was empty and the
// first of them was there.
func (c *benchCenter) watch(b *testing.B, a *Agent, clock Clock, began time.Time) (delays []time.Duration, emptied, first time.Duration) {
	var sealed []time.Time
	next := began
	for emptied == 0 || len(delays) < len(sealed) || len(delays) < 40 {
		if now := time.Now(); now.After(next) && (emptied == 0 || len(sealed) < 40) {
			next = next.Add(250 * time.Millisecond)
			benchRound(b, a, clock.Boot(), float64(len(sealed)+1), true)
			sealed = append(sealed, now)
		}
		there := int(100*c.ask(b, `SELECT LAST("temperature") FROM "weather" WHERE "sensor"='live-1'`) + 0.5)
		for len(delays) < there {
			delays = append(delays, time.Since(sealed[len(delays)]))
			if first == 0 {
				first = time.Since(began)
			}
		}
		if emptied == 0 && a.Counts().WaitingPacks < 5 {
			emptied = time.Since(began)
		}
		if time.Since(began) > 5*time.Minute {
			b.Fatalf("after 5 minutes %d packs wait", a.Counts().WaitingPacks)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return delays, emptied, first
}
