package remote

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wholefile"
	"github.com/siaga-id/siaga/internal/wire"
)

// board is a node's agents without a broker or sensors.
type board struct {
	t       *testing.T
	station *Station
	dir     string
	file    string

	mu      sync.Mutex
	starts  []edge.Config
	fails   func(edge.Config) error
	link    *link // of the agent that runs
	offline bool
	said    map[wire.Channel][]string
	reads   int
	clock   time.Duration // how far the node's clock is ahead
	stop    func()
	// meanwhile, where not nil, is what each agent does besides, until ctx ends.
	meanwhile func(ctx context.Context, l *link)
}

var _ node = (*board)(nil)

func (b *board) Publish(_ context.Context, c wire.Channel, payload []byte, retain bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.offline {
		return errors.New("offline")
	}
	if retain != (c == wire.ConfigReported) {
		b.t.Errorf("%s retained: %v", c, retain)
	}
	b.said[c] = append(b.said[c], string(payload))
	return nil
}

func (b *board) Time() (time.Time, float64) { return time.Now().Add(b.clock), 0 }

func (b *board) Read(context.Context, reading.SensorID) ([]reading.Reading, error) {
	b.reads++
	return []reading.Reading{{Sensor: "a-1", Quantity: reading.Temperature, Value: 25.5, Quality: reading.NotEvaluated}}, nil
}

func (b *board) Sleep(context.Context, reading.SensorID) error { return edge.ErrNeverSleeps }
func (b *board) Wake(context.Context, reading.SensorID) error  { return nil }

const nodeFile = `
node: uji-01
site: "35.05.12.1001"
data_dir: %s
mqtt: {url: "tcp://127.0.0.1:1"}
page: {listen: "", pin_file: /etc/siaga/pin}
pack_interval: 10s
sensors:
  - {id: a-1, driver: bme280, i2c: "1", interval: 10s}
`

func newBoard(t *testing.T) *board {
	dir := t.TempDir()
	b := &board{t: t, dir: dir, file: filepath.Join(dir, "siaga-edge.yaml"), said: map[wire.Channel][]string{}}
	b.write(fmt.Sprintf(nodeFile, dir))
	return b
}

func (b *board) write(text string) {
	b.t.Helper()
	if err := os.WriteFile(b.file, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// run runs the station in a synctest bubble; end ends it.
func (b *board) run() {
	b.t.Helper()
	log := new(Log)
	var err error
	b.station, err = New(Options{
		File: b.file, Log: log, Logger: slog.New(slog.NewTextHandler(log, nil)),
		Start: func(ctx context.Context, cfg edge.Config, r edge.Remote) error {
			b.mu.Lock()
			b.starts = append(b.starts, cfg)
			fails := b.fails
			b.link = r.(*link)
			l := b.link
			b.mu.Unlock()
			if fails != nil {
				if err := fails(cfg); err != nil {
					return err
				}
			}
			l.Connected()
			var besides sync.WaitGroup
			defer besides.Wait()
			if b.meanwhile != nil {
				besides.Go(func() { b.meanwhile(ctx, l) })
			}
			l.serve(ctx, b, nil)
			return nil
		},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.station.Run(ctx) }()
	b.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			b.t.Error(err)
		}
	}
	synctest.Wait()
}

func (b *board) take(c wire.Channel, e interface{ Encode() ([]byte, error) }) {
	b.t.Helper()
	payload, err := e.Encode()
	if err != nil {
		b.t.Fatal(err)
	}
	b.mu.Lock()
	l := b.link
	b.mu.Unlock()
	l.Take(c, payload)
	synctest.Wait()
}

func (b *board) desire(version, based uint64, body wire.ConfigBody) {
	b.t.Helper()
	b.take(wire.Config, wire.DesiredConfig{Version: version, Based: based, Author: "budi", Reason: "r", Body: body})
}

// last is what the agent said last.
func last[M any](b *board, c wire.Channel, parse func([]byte) (M, error)) M {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.said[c]
	if len(all) == 0 {
		b.t.Fatalf("nothing was said on %s", c)
	}
	m, err := parse([]byte(all[len(all)-1]))
	if err != nil {
		b.t.Fatal(err)
	}
	return m
}

// runs compares with what the newest agent runs.
func (b *board) runs(starts int, pack time.Duration) {
	b.t.Helper()
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.starts) != starts || b.starts[starts-1].PackInterval != pack {
		var packs []time.Duration
		for _, cfg := range b.starts {
			packs = append(packs, cfg.PackInterval)
		}
		b.t.Fatalf("starts with %v, want %d, the last with %v:\n%s", packs, starts, pack, b.station.opt.Log.Last(50))
	}
	if cfg := b.starts[starts-1]; cfg.Node != "uji-01" || cfg.Page.PINFile != "/etc/siaga/pin" || cfg.MQTT.URL != "tcp://127.0.0.1:1" {
		b.t.Fatalf("what is the node's own has changed: %+v", cfg)
	}
}

func packs(interval string) wire.ConfigBody {
	return wire.ConfigBody{
		"pack_interval": interval, "page": map[string]any{"listen": ""},
		"sensors": []any{map[string]any{"id": "a-1", "driver": "bme280", "i2c": "1", "interval": "10s"}},
	}
}

func TestTheCentersVersionIsAppliedAndReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(t)
		b.run()
		b.runs(1, 10*time.Second)
		r := last(b, wire.ConfigReported, wire.ParseReportedConfig)
		if r.Version != 1 || r.Origin != wire.FromNode || r.Body["mqtt"] != nil || strings.Contains(b.said[wire.ConfigReported][0], "pin") {
			t.Fatalf("%+v", r)
		}
		b.desire(2, 1, packs("20s"))
		b.runs(2, 20*time.Second)
		if r := last(b, wire.ConfigReported, wire.ParseReportedConfig); r.Version != 2 || !r.Trial || r.Desired.State != wire.InForce {
			t.Fatalf("%+v", r)
		}
		// Retained, it comes with every connect.
		b.desire(2, 1, packs("20s"))
		b.runs(2, 20*time.Second)
		// What only the node can see is wrong.
		wrong := packs("30s")
		wrong["sensors"].([]any)[0].(map[string]any)["driver"] = "kein"
		b.desire(3, 2, wrong)
		b.runs(2, 20*time.Second)
		if r := last(b, wire.ConfigReported, wire.ParseReportedConfig); r.Desired.State != wire.Failed || !strings.Contains(r.Desired.Detail, `driver: "kein" is unknown`) {
			t.Fatalf("%+v", r.Desired)
		}
		b.link.Take(wire.Config, []byte(`{"version":4,"based":2,"author":"","reason":"","time_ms":0,"body":{"mqtt":{"url":"tcp://evil:1"}}}`))
		b.runs(2, 20*time.Second)
		if r := last(b, wire.ConfigReported, wire.ParseReportedConfig); r.Desired.Version != 4 || !strings.Contains(r.Desired.Detail, "mqtt: is the node's own") {
			t.Fatalf("%+v", r.Desired)
		}
		b.link.Take(wire.Config, []byte(`not JSON`))
		b.link.Take(wire.Config, nil)
		b.stop()
		// A power cut: it is in force again, and so is the trial.
		b.run()
		b.runs(3, 20*time.Second)
		if cfg, err := Load(b.file); err != nil || cfg.PackInterval != 20*time.Second {
			t.Errorf("tools see %v, %v", cfg.PackInterval, err)
		}
		time.Sleep(10*time.Minute + 2*time.Second) // and nobody is heard
		b.runs(4, 10*time.Second)
		if r := last(b, wire.ConfigReported, wire.ParseReportedConfig); r.Version != 1 || r.Trial {
			t.Fatalf("%+v", r)
		}
		b.stop()
	})
}

func TestAChangeHereTakesEffectOfflineAndConflicts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(t)
		b.offline = true
		b.run()
		text := fmt.Sprintf(nodeFile, b.dir)
		b.write(strings.Replace(text, "interval: 10s\n", "interval: broken\n", 1))
		time.Sleep(time.Minute)
		b.runs(1, 10*time.Second) // what is wrong is not taken
		b.write(strings.Replace(text, "pack_interval: 10s", "pack_interval: 15s", 1))
		if err := Adopt(b.file, "sari", "siaga-edge scan --write"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(6 * time.Second)
		b.runs(2, 15*time.Second)
		b.mu.Lock()
		b.offline = false
		b.mu.Unlock()
		b.desire(2, 1, packs("20s"))
		time.Sleep(time.Minute)
		b.runs(2, 15*time.Second)
		r := last(b, wire.ConfigReported, wire.ParseReportedConfig)
		if r.Version != 2 || r.Origin != wire.FromNode || r.Author != "sari" || r.Reason != "siaga-edge scan --write" || r.Desired.State != wire.Conflict {
			t.Fatalf("%+v, %+v", r.ConfigChange, r.Desired)
		}
		b.desire(3, 2, packs("25s"))
		b.runs(3, 25*time.Second)
		b.stop()
	})
}

func TestAVersionThatDoesNotStartIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(t)
		b.fails = func(cfg edge.Config) error {
			if cfg.PackInterval == 20*time.Second {
				return errors.New("data_dir: the disk is too small")
			}
			return nil
		}
		b.run()
		b.desire(2, 1, packs("20s"))
		b.runs(3, 10*time.Second)
		if r := last(b, wire.ConfigReported, wire.ParseReportedConfig); r.Version != 1 || r.Desired.State != wire.Failed || !strings.Contains(r.Desired.Detail, "the disk is too small") {
			t.Fatalf("%+v", r)
		}
		b.stop()
	})
}

func TestAFailureOfTheAgentIsTheStations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(t)
		broken := errors.New("the disk takes no more")
		b.fails = func(edge.Config) error { return broken }
		s, err := New(Options{File: b.file, Start: func(context.Context, edge.Config, edge.Remote) error { return broken }})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Run(t.Context()); !errors.Is(err, broken) {
			t.Error(err)
		}
	})
}

func TestCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(t)
		b.run()
		expires := func(in time.Duration) int64 { return time.Now().Add(in).UnixMilli() }
		ask := func(c wire.Command) wire.Answer {
			t.Helper()
			b.take(wire.Cmd, c)
			time.Sleep(3 * time.Second)
			a := last(b, wire.Reply, wire.ParseAnswer)
			if a.ID != c.ID {
				t.Fatalf("%s is answered by %+v", c.ID, a)
			}
			return a
		}
		read := wire.Command{ID: "c-1", Name: wire.CommandRead, Sensor: "a-1", ExpiresMS: expires(time.Minute)}
		for range 2 { // a broker may bring it twice
			if a := ask(read); a.State != wire.Done || len(a.Values) != 1 || a.Values[0].Value != 25.5 || b.reads != 1 {
				t.Fatalf("%+v, %d reads", a, b.reads)
			}
		}
		if a := ask(wire.Command{ID: "c-2", Name: wire.CommandSleep, Sensor: "a-1", ExpiresMS: expires(time.Minute)}); a.State != wire.Undone || a.Detail != edge.ErrNeverSleeps.Error() {
			t.Errorf("%+v", a)
		}
		if a := ask(wire.Command{ID: "c-3", Name: "dance", ExpiresMS: expires(time.Minute)}); a.State != wire.Undone || !strings.Contains(a.Detail, "no command") {
			t.Errorf("%+v", a)
		}
		if a := ask(wire.Command{ID: "c-4", Name: wire.CommandRead, Sensor: "a-1", ExpiresMS: expires(-time.Minute)}); a.State != wire.Undone || !strings.Contains(a.Detail, "too late") || b.reads != 1 {
			t.Errorf("%+v", a)
		}
		if a := ask(wire.Command{ID: "c-5", Name: wire.CommandLogs, Lines: 2, ExpiresMS: expires(time.Minute)}); strings.Count(a.Log, "\n") != 2 || !strings.Contains(a.Log, "command=logs") {
			t.Errorf("%+v", a)
		}
		restart := wire.Command{ID: "c-6", Name: wire.CommandRestart, ExpiresMS: expires(time.Minute)}
		for range 2 {
			if a := ask(restart); a.State != wire.Done {
				t.Errorf("%+v", a)
			}
			b.runs(2, 10*time.Second)
		}
		b.stop()
		// Also after the program was started again.
		b.run()
		if a := ask(restart); a.State != wire.Undone || !strings.Contains(a.Detail, "taken before") {
			t.Errorf("%+v", a)
		}
		b.runs(3, 10*time.Second)
		b.link.Take(wire.Cmd, []byte("not JSON"))
		b.stop()
	})
}

func TestARestartIsAnsweredAfterAPowerCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(t)
		d, err := openDone(wholefile.Dir(b.dir))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.take(wire.Command{ID: "c-1", Name: wire.CommandRestart}); err != nil {
			t.Fatal(err)
		}
		b.run()
		if a := last(b, wire.Reply, wire.ParseAnswer); a.ID != "c-1" || a.State != wire.Done {
			t.Errorf("%+v", a)
		}
		b.stop()
		b.said = map[wire.Channel][]string{}
		b.run()
		if len(b.said[wire.Reply]) > 0 {
			t.Error("answered again")
		}
		b.stop()
	})
}

func TestCommandsThatAreRememberedAreBounded(t *testing.T) {
	disk := newMemory()
	d := &done{disk: disk}
	for i := range 3 * maxDone {
		if again, err := d.take(wire.Command{ID: fmt.Sprintf("c-%d", i)}); again != nil || err != nil {
			t.Fatal(again, err)
		}
	}
	d, err := openDone(disk)
	if err != nil || len(d.list) != maxDone {
		t.Fatal(len(d.list), err)
	}
	if again, err := d.take(wire.Command{ID: fmt.Sprintf("c-%d", 3*maxDone-1)}); again == nil || err != nil {
		t.Error(again, err)
	}
	disk.cut = 0
	if _, err := d.take(wire.Command{ID: "new"}); err == nil {
		t.Error("a command that cannot be remembered is done")
	}
	disk.cut = -1
	disk.names[doneFile].is = []byte("{")
	if d, err := openDone(disk); err == nil || d == nil {
		t.Error(d, err)
	}
}

func TestWithoutSensorsOnlyAnEnrolledNodeStarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBoard(t)
		text := fmt.Sprintf(nodeFile, b.dir)
		b.write(text[:strings.Index(text, "sensors:")])
		b.run()
		time.Sleep(time.Minute + pollEvery/2) // nobody looks while it is written
		if len(b.starts) > 0 {
			t.Fatal("started without sensors")
		}
		b.write(text)
		time.Sleep(10 * time.Second)
		b.runs(1, 10*time.Second)
		b.stop()
	})
}

func TestLog(t *testing.T) {
	l := new(Log)
	for i := range 100_000 {
		fmt.Fprintf(l, "line %d\n", i)
	}
	fmt.Fprint(l, "half")
	if got := l.Last(2); got != "line 99998\nline 99999\n" {
		t.Errorf("%q", got)
	}
	if got := l.Last(1_000_000); len(got) < wire.MaxLogBytes*3/4 || len(got) > wire.MaxLogBytes*5/4 {
		t.Errorf("%d bytes", len(got))
	}
	if got := new(Log).Last(5); got != "" {
		t.Errorf("%q", got)
	}
}

func TestSettingsOfTools(t *testing.T) {
	b := newBoard(t)
	s, err := Settings(b.file)
	if err != nil || s["node"] != "uji-01" || !slices.Contains([]any{"/etc/siaga/pin"}, s["page"].(map[string]any)["pin_file"]) {
		t.Error(s, err)
	}
	if _, err := Load(filepath.Join(b.dir, "none.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
