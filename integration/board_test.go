//go:build integration

package integration

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/local"
	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/wire"
)

// served is a sensor whose chip siaga-sim serves as a terminal of this machine.
type served struct{ id, driver, tty string }

// startPorts serves one simulated chip for each of those drivers, and wants as
// many sensors: a radar is one for each direction.
func startPorts(t *testing.T, sensors int, drivers ...string) (all []served) {
	t.Helper()
	p := start(t, "siaga-sim", "ports", "--chips", strings.Join(drivers, ","))
	eventually(t, 20*time.Second, "simulated ports", func() error {
		all = nil
		for line := range strings.Lines(p.stdout()) {
			if f := strings.Fields(line); len(f) == 3 && strings.HasPrefix(f[2], "/dev/pts/") {
				all = append(all, served{f[0], f[1], f[2]})
			}
		}
		if len(all) != sensors {
			return fmt.Errorf("%d of %d sensors: %v\n%s", len(all), sensors, all, p.stderr())
		}
		return nil
	})
	return all
}

// mounted is what must be said of how a sensor is mounted, by driver. That
// particle sensors are warm sooner than they are spares the tests half a minute.
var mounted = map[string]string{
	"pms5003":      "warm_up: 5s",
	"sds011":       "warm_up: 5s",
	"sps30":        "warm_up: 5s",
	"a02yyuw":      "datum_m: 6.4",
	"jsn-sr04t":    "datum_m: 6.4",
	"mb7389":       "datum_m: 6.4",
	"modbus-level": "quantity: level, type: signmag16, scale: 0.01",
	"tf-luna":      "road_distance_m: 6",
	"ops243":       "direction: both",
}

// boardConfig configures a node with those sensors, and returns the file and the
// agent's socket.
func boardConfig(t *testing.T, broker string, sensors []served) (file, socket string) {
	t.Helper()
	dir := t.TempDir()
	var b strings.Builder
	fmt.Fprintf(&b, "node: uji-01\nsite: \"35.05.12.1001\"\ndata_dir: %q\npack_interval: 1s\npage: {listen: \"\"}\nmqtt: {url: %q}\nsensors:\n", dir, broker)
	for _, s := range sensors {
		fmt.Fprintf(&b, "  - {id: %s, driver: %s, port: %s, interval: 2s", s.id, s.driver, s.tty)
		if more := mounted[s.driver]; more != "" {
			fmt.Fprintf(&b, ", %s", more)
		}
		b.WriteString("}\n")
	}
	return write(t, "siaga-edge.yaml", b.String()), filepath.Join(dir, "agent.sock")
}

// patience is for machines that have much else to do: a chip that is answered
// late begins anew.
const patience = 3 * time.Minute

// allWell waits until the agent says that every sensor is well, with values.
func allWell(t *testing.T, agent *process, socket string, sensors int, limit time.Duration) edge.Snapshot {
	t.Helper()
	var snap edge.Snapshot
	eventually(t, limit, "every sensor well", func() error {
		select {
		case <-agent.ended:
			t.Fatalf("%s ended: %v\n%s", agent.name, agent.err, agent.stderr())
		default:
		}
		client, err := local.Dial(socket)
		if err != nil {
			return err
		}
		defer client.Close()
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
		defer stop()
		if snap, err = client.Snapshot(ctx); err != nil {
			return err
		}
		var not []string
		for _, s := range snap.Sensors {
			if s.Health != "ok" || len(s.Values) == 0 {
				not = append(not, fmt.Sprintf("%s is %s with %d values: %s", s.ID, s.Health, len(s.Values), s.Error))
			}
		}
		if len(snap.Sensors) != sensors || len(not) > 0 {
			return fmt.Errorf("%d sensors, %q", len(snap.Sensors), not)
		}
		return nil
	})
	return snap
}

// tellTime says the time as an ingester whose clock is synchronised, so that a
// node on a machine with any clock knows it. It ends with the test.
func tellTime(t *testing.T, broker string) {
	t.Helper()
	conn := connect(t, mqtt.Options{URL: broker, ClientID: "jam"})
	ctx, stop := context.WithCancel(context.Background())
	var told sync.WaitGroup
	t.Cleanup(func() { stop(); told.Wait() })
	told.Go(func() {
		for tick := time.NewTicker(200 * time.Millisecond); ; {
			select {
			case <-ctx.Done():
				tick.Stop()
				return
			case <-tick.C:
			}
			state := wire.CenterState{Ingester: "jam", Online: true, Accepting: true, TimeMS: time.Now().UnixMilli(), ClockSynced: true}
			b, err := state.Encode()
			if err == nil {
				err = conn.Publish(ctx, mqtt.Message{Topic: wire.CenterTopic("jam"), Payload: b, QoS: 1})
			}
			if err != nil && ctx.Err() == nil {
				t.Errorf("tell the time: %v", err)
				return
			}
		}
	})
}

// live collects, until the test ends, which sensors' readings came in timed packs
// of the live lane.
type live struct {
	mu      sync.Mutex
	dec     wire.Decoder
	wrong   error
	sensors map[string]int
}

func watchLive(t *testing.T, broker string) *live {
	t.Helper()
	l := &live{sensors: map[string]int{}}
	connect(t, mqtt.Options{
		URL: broker, ClientID: "live", OnMessage: l.see,
		Subscriptions: []mqtt.Subscription{{Filter: wire.Topic("uji-01", wire.Live), QoS: 1}},
	})
	return l
}

func (l *live) see(m mqtt.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var p wire.Pack
	if err := l.dec.Decode(m.Payload, &p); err != nil || len(p.Rejects) > 0 {
		l.wrong = fmt.Errorf("%s: %w, rejects %v", m.Topic, err, p.Rejects)
		return
	}
	if p.Clock == wire.Unknown {
		return // a preview
	}
	for _, r := range p.Readings {
		l.sensors[string(r.Sensor)]++
	}
}

// has wants readings of every one of the sensors.
func (l *live) has(t *testing.T, sensors []served, limit time.Duration) {
	t.Helper()
	eventually(t, limit, "packs on the live lane", func() error {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.wrong != nil {
			t.Fatal(l.wrong)
		}
		for _, s := range sensors {
			if l.sensors[s.id] == 0 {
				return fmt.Errorf("no readings of %s, of others %v", s.id, l.sensors)
			}
		}
		return nil
	})
}
