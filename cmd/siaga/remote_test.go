package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/remote"
	"github.com/siaga-id/siaga/firmware-sim/chip/pms5003"
	"github.com/siaga-id/siaga/firmware-sim/simbus"
	"github.com/siaga-id/siaga/gateway"
	"github.com/siaga-id/siaga/internal/reading"
)

// village is a whole center and one real agent over a simulated board, in this
// process.
type village struct {
	t        *testing.T
	dir      string
	cfg      gateway.Config
	center   *gateway.Center
	down     func()
	log      *remote.Log
	machine  *simbus.Machine
	starts   atomic.Int32
	agent    atomic.Pointer[edge.Agent]
	nodeFile string
	nodeEnds func()
}

// worldNow is the real world's clock.
type worldNow struct{ start time.Time }

func (worldNow) Now() time.Time     { return time.Now() }
func (w worldNow) Start() time.Time { return w.start }
func (worldNow) Speed() float64     { return 1 }

const (
	villageNode = "sutojayan-01"
	villageSite = "35.05.12.1001"
)

func newVillage(t *testing.T) *village {
	v := &village{t: t, dir: t.TempDir(), log: new(remote.Log)}
	v.cfg = gateway.DefaultConfig()
	v.cfg.DataDir = filepath.Join(v.dir, "center")
	v.cfg.HTTP.Addr, v.cfg.MQTT.Addr, v.cfg.Influx.Addr = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	v.up()
	v.cfg.MQTT.Addr = strings.TrimPrefix(v.center.BrokerURL(), "tcp://") // where the node goes, also after a restart
	v.machine = simbus.New(worldNow{time.Now()})
	if _, err := v.machine.PlugSerial("/dev/pm", pms5003.Baud, pms5003.New(func(time.Time) (pms5003.Sample, bool) {
		m := pms5003.Mass{PM1: 8, PM2_5: 12, PM10: 20}
		return pms5003.Sample{CF1: m, Atmospheric: m}, true
	})); err != nil {
		t.Fatal(err)
	}
	v.nodeFile = filepath.Join(v.dir, "siaga-edge.yaml")
	v.write("")
	t.Cleanup(func() {
		if v.nodeEnds != nil {
			v.nodeEnds()
		}
		if v.down != nil {
			v.down()
		}
	})
	return v
}

// up starts the center.
func (v *village) up() {
	v.t.Helper()
	c, err := gateway.Open(v.t.Context(), v.cfg, gateway.Deps{
		Version: "test", Wall: fstest.MapFS{}, Logger: slog.New(slog.DiscardHandler),
		Nodes: map[reading.NodeID]reading.SiteCode{villageNode: villageSite},
	})
	if err != nil {
		v.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- c.Run(ctx) }()
	v.center = c
	v.down = func() {
		v.down = nil
		stop()
		if err := <-ran; err != nil {
			v.t.Error(err)
		}
		if err := c.Close(); err != nil {
			v.t.Error(err)
		}
	}
}

// write makes the node's own file, with more in its last sensor.
func (v *village) write(more string) {
	v.t.Helper()
	text := fmt.Sprintf(`
node: %s
site: %q
data_dir: %s
mqtt: {url: %q}
page: {listen: ""}
pack_interval: 1s
sensors:
  - {id: pm-1, driver: pms5003, port: /dev/pm, interval: 1s, mode: passive, warm_up: 0s}
%s`, villageNode, villageSite, filepath.Join(v.dir, "node"), "tcp://"+v.cfg.MQTT.Addr, more)
	if err := os.WriteFile(v.nodeFile, []byte(text), 0o600); err != nil {
		v.t.Fatal(err)
	}
}

// nodeStarts starts the node's program.
func (v *village) nodeStarts() {
	v.t.Helper()
	clock, err := edge.NewSystemClock()
	if err != nil {
		v.t.Fatal(err)
	}
	station, err := remote.New(remote.Options{
		File: v.nodeFile, Log: v.log, Logger: slog.New(slog.NewTextHandler(v.log, nil)),
		Start: func(ctx context.Context, cfg edge.Config, r edge.Remote) error {
			cfg.Queue.ReserveBytes = 0
			a, err := edge.New(cfg, edge.Deps{Board: v.machine, Clock: clock, Version: "test", Remote: r, Logger: slog.New(slog.NewTextHandler(v.log, nil))})
			if err != nil {
				return err
			}
			v.starts.Add(1)
			v.agent.Store(a)
			return a.Run(ctx)
		},
	})
	if err != nil {
		v.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- station.Run(ctx) }()
	v.nodeEnds = func() {
		v.nodeEnds = nil
		stop()
		if err := <-ran; err != nil {
			v.t.Error(err)
		}
	}
}

// siaga is the command line at this center.
func (v *village) siaga(args ...string) (string, error) {
	v.t.Helper()
	return run(v.t, append([]string{"node"}, append(args, "--center", "http://"+v.center.HTTPAddr(), "--data", v.cfg.DataDir)...)...)
}

func (v *village) config() configAnswer {
	v.t.Helper()
	out, err := v.siaga("config", "show", villageNode, "--json")
	if err != nil {
		v.t.Fatal(err, out)
	}
	var c configAnswer
	if err := json.Unmarshal([]byte(out), &c); err != nil {
		v.t.Fatal(err, out)
	}
	return c
}

func (v *village) until(what string, ok func() bool) {
	v.t.Helper()
	for limit := time.Now().Add(40 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(limit) {
			v.t.Fatalf("never: %s\n%s", what, v.log.Last(60))
		}
	}
}

// identity is the node's epoch, which a restart of the agent does not change.
func (v *village) identity() string {
	v.t.Helper()
	b, err := os.ReadFile(filepath.Join(v.dir, "node", "identity.json"))
	if err != nil {
		v.t.Fatal(err)
	}
	var id struct{ Epoch string }
	if err := json.Unmarshal(b, &id); err != nil || id.Epoch == "" {
		v.t.Fatalf("%s: %v", b, err)
	}
	return id.Epoch
}

// A configuration's and a command's whole way: the command line, the center, its
// broker, the agent, and back.
func TestConfigurationAndCommandsEndToEnd(t *testing.T) {
	v := newVillage(t)
	v.nodeStarts()
	v.until("the node reports", func() bool { return v.config().InForce != nil })
	if c := v.config(); c.Newest != 1 || c.InForce.Origin != "node" || c.InForce.Body["mqtt"] != nil || c.InForce.Body["pack_interval"] != "1s" {
		t.Fatalf("%+v", c.InForce)
	}
	v.until("something is queued, without which an epoch is nothing", func() bool { return v.agent.Load().Counts().QueuedReadings > 0 })
	epoch := v.identity()

	// From the center.
	file := filepath.Join(v.dir, "wanted.yaml")
	want := func(pack string) {
		t.Helper()
		text := "pack_interval: " + pack + "\npage: {listen: \"\"}\nsensors:\n  - {id: pm-1, driver: pms5003, port: /dev/pm, interval: 1s, mode: passive, warm_up: 0s}\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want("2s")
	if out, err := v.siaga("config", "set", villageNode, file, "--reason", "uji"); err != nil || !strings.Contains(out, "Versi 2: berlaku") {
		t.Fatal(err, out, v.log.Last(40))
	}
	if c := v.config(); c.InForce.Version != 2 || !c.Trial || c.InForce.Author != "system" {
		t.Fatalf("%+v", c)
	}
	if got := v.identity(); got != epoch || v.starts.Load() != 2 {
		t.Errorf("epoch %s, was %s; %d starts", got, epoch, v.starts.Load())
	}
	// What the center cannot send, and what only the node finds wrong.
	if err := os.WriteFile(file, []byte("node: lodoyo-02\npack_interval: 1s\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := v.siaga("config", "set", villageNode, file, "--reason", "uji"); err == nil || !strings.Contains(err.Error(), "node: is the node's own") {
		t.Error(err, out)
	}
	want("1ms")
	if out, err := v.siaga("config", "set", villageNode, file, "--reason", "uji"); err != nil || !strings.Contains(out, "Versi 3: gagal: ") || !strings.Contains(out, "1ms is outside") {
		t.Error(err, out)
	}
	want("3s")
	if out, err := v.siaga("config", "set", villageNode, file, "--reason", "uji", "--version", "2"); err == nil || !strings.Contains(err.Error(), "412") {
		t.Error(err, out)
	}

	// Commands.
	if out, err := v.siaga("do", villageNode, "read", "pm-1"); err != nil || !strings.Contains(out, "pm2_5") || !strings.Contains(out, "12") {
		t.Error(err, out)
	}
	if out, err := v.siaga("do", villageNode, "sleep", "pm-1"); err != nil {
		t.Error(err, out)
	}
	if out, err := v.siaga("do", villageNode, "read", "pm-1"); err == nil || !strings.Contains(err.Error(), "put to sleep") {
		t.Error(err, out)
	}
	if out, err := v.siaga("do", villageNode, "wake", "pm-1"); err != nil {
		t.Error(err, out)
	}
	if out, err := v.siaga("do", villageNode, "logs", "--lines", "5"); err != nil || !strings.Contains(out, "command=logs") {
		t.Error(err, out)
	}
	if out, err := v.siaga("do", villageNode, "read", "pm-9"); err == nil || !strings.Contains(err.Error(), "no such sensor") {
		t.Error(err, out)
	}
	if out, err := v.siaga("do", villageNode, "restart"); err != nil || v.starts.Load() != 3 {
		t.Error(err, out, v.starts.Load())
	}
	v.agent.Load().Snapshot()

	// At the node, while the center does not hear of it: what the center then wants is
	// a conflict.
	v.nodeEnds()
	if out, err := v.siaga("do", villageNode, "restart", "--timeout", "1s"); err == nil || !strings.Contains(err.Error(), "tidak menjawab") {
		t.Error(err, out)
	}
	want("4s")
	if out, err := v.siaga("config", "set", villageNode, file, "--reason", "uji", "--wait", "0s"); err != nil || !strings.Contains(out, "Versi 4: belum dijawab") {
		t.Error(err, out)
	}
	v.write("  - {id: pm-2, driver: pms5003, port: /dev/pm2, interval: 1s}\n")
	if err := remote.Adopt(v.nodeFile, "sari", "siaga-edge scan --write"); err != nil {
		t.Fatal(err)
	}
	v.nodeStarts()
	v.until("the conflict is shown", func() bool { return v.config().Desired.State == "conflict" })
	c := v.config()
	if c.InForce.Author != "sari" || c.InForce.Reason != "siaga-edge scan --write" || c.InForce.Body["pack_interval"] != "2s" || len(c.InForce.Body["sensors"].([]any)) != 2 {
		t.Errorf("%+v", c.InForce)
	}
	if out, err := v.siaga("config", "history", villageNode); err != nil || !strings.Contains(out, "bertentangan") || !strings.Contains(out, "scan --write") {
		t.Error(err, out)
	}
	if out, err := v.siaga("config", "diff", villageNode); err != nil || !strings.Contains(out, `- pack_interval: "2s"`) || !strings.Contains(out, `+ pack_interval: "4s"`) || !strings.Contains(out, "- sensors[pm-2].driver") {
		t.Error(err, out)
	}

	// A center that starts again retains what is desired again.
	v.nodeEnds()
	want("5s")
	if out, err := v.siaga("config", "set", villageNode, file, "--reason", "uji", "--wait", "0s"); err != nil {
		t.Error(err, out)
	}
	v.down()
	v.up()
	v.nodeStarts()
	v.until("what was desired before the restart is in force", func() bool {
		c := v.config()
		return c.InForce != nil && c.InForce.Version == c.Desired.Version && c.InForce.Body["pack_interval"] == "5s"
	})
	if got := v.identity(); got != epoch {
		t.Errorf("epoch %s, was %s", got, epoch)
	}
	if n := v.agent.Load().Counts(); n.LostReadings > 0 {
		t.Errorf("%d readings lost", n.LostReadings)
	}
	resp, err := http.Get("http://" + v.center.HTTPAddr() + "/api/v1/nodes/" + villageNode + "/commands") // by nobody in particular
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("commands are shown to everybody: %s", resp.Status)
	}
}
