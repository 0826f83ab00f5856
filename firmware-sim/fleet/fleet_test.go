package fleet

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/chips"
	"github.com/siaga-id/siaga/firmware-sim/simbus"
	"github.com/siaga-id/siaga/firmware-sim/world"
	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/spool"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// testOptions is a fleet of n nodes that reaches no broker: nobody listens at
// port 1.
func testOptions(t testing.TB, n int) Options {
	return Options{
		Nodes: n, Seed: 1, Dir: t.TempDir(), MQTT: mqtt.Config{URL: "tcp://127.0.0.1:1"},
		PackInterval: time.Second, Version: "test", Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}

// run runs a fleet while during does. It is for a bubble, whose time takes none.
func run(t *testing.T, opt Options, during func(f *Fleet)) edge.Counts {
	t.Helper()
	f, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	during(f)
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	return f.Counts()
}

func TestWhatIsQueuedIsOnDiskAndStaysThere(t *testing.T) {
	bubble(t, func(t *testing.T) {
		opt := testOptions(t, 13)
		n := run(t, opt, func(*Fleet) { time.Sleep(time.Minute) })
		// In a minute 3 quantities each 5 s twice, 2 each 2 s, and a beam's 3 and
		// more each 20 s, but for the first two of each: a sensor that does not
		// answer at first is opened again, after a random pause.
		if least := uint64(13 * (2*3*10 + 2*28 + 3)); n.QueuedReadings < least || n.LostReadings != 0 || n.WaitingPacks < 13*25 {
			t.Errorf("%+v, want at least %d readings", n, least)
		}
		again, err := New(opt)
		if err != nil {
			t.Fatal(err)
		}
		if got := again.Counts().WaitingPacks; got != n.WaitingPacks {
			t.Errorf("%d packs wait after a restart, want %d", got, n.WaitingPacks)
		}
		if err := again.abandon(); err != nil {
			t.Error(err)
		}
	})
}

func TestStopSamplingQueuesWhatIsOpenAndNoMore(t *testing.T) {
	bubble(t, func(t *testing.T) {
		opt := testOptions(t, 2)
		opt.PackInterval = time.Hour
		run(t, opt, func(f *Fleet) {
			time.Sleep(30 * time.Second)
			before := f.Counts() // a node's first pack ends anywhere within an hour
			f.StopSampling()
			n := f.Counts()
			if n.QueuedReadings <= before.QueuedReadings || n.WaitingPacks != before.WaitingPacks+2 {
				t.Errorf("%+v, before %+v: want one more pack of each node", n, before)
			}
			time.Sleep(2 * time.Hour)
			if now := f.Counts(); now != n {
				t.Errorf("%+v two hours later, was %+v", now, n)
			}
		})
	})
}

// health is what the nodes logged last of each sensor: why it fails, "" when it
// is well.
type health struct {
	slog.Handler
	mu   sync.Mutex
	last map[string]string
}

func (h *health) Enabled(context.Context, slog.Level) bool { return true }
func (h *health) WithAttrs([]slog.Attr) slog.Handler       { return h }

func (h *health) Handle(_ context.Context, r slog.Record) error {
	attrs := map[string]string{}
	r.Attrs(func(a slog.Attr) bool { attrs[a.Key] = a.Value.String(); return true })
	h.mu.Lock()
	defer h.mu.Unlock()
	if id := attrs["sensor"]; id != "" {
		h.last[id] = attrs["err"]
	}
	return nil
}

func (h *health) of(sensor string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last[sensor]
}

// TestEveryFaultIsNoticedAndForgotten puts each fault that a wire can show on
// each sensor, while the others go on, and takes it away.
func TestEveryFaultIsNoticedAndForgotten(t *testing.T) {
	for _, tc := range []struct {
		sensor string
		fault  simbus.Fault
		want   string
	}{
		{"pm-1", simbus.Silent, "the sensor does not answer"},
		{"pm-1", simbus.Garbage, "garbled"},
		{"pm-1", simbus.Half, "garbled"},
		{"pm-1", simbus.Unplugged, "unplugged"},
		{"bme-1", simbus.NACK, "the sensor does not answer"},
		{"bme-1", simbus.Silent, "the sensor does not answer"},
		{"bme-1", simbus.Garbage, "garbled"},
		{"sungai-1", simbus.Silent, "the sensor does not answer"},
		{"sungai-1", simbus.Half, "garbled"},
		{"sungai-1", simbus.Unplugged, "unplugged"},
	} {
		t.Run(tc.sensor+" "+tc.fault.String(), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				opt := testOptions(t, 1)
				h := &health{last: map[string]string{}}
				opt.Logger = slog.New(h)
				run(t, opt, func(f *Fleet) {
					time.Sleep(30 * time.Second)
					if err := f.SetFault("sutojayan-01", tc.sensor, tc.fault); err != nil {
						t.Fatal(err)
					}
					time.Sleep(30 * time.Second)
					if got := h.of(tc.sensor); !strings.Contains(got, tc.want) {
						t.Errorf("it fails with %q, want %q in it", got, tc.want)
					}
					before := f.Counts().QueuedReadings
					time.Sleep(time.Minute)
					// Even without the most talkative of them there are two more sensors.
					if n := f.Counts().QueuedReadings - before; n < 2*3*11 {
						t.Errorf("%d readings of the other sensors in a minute", n)
					}
					if err := f.SetFault("sutojayan-01", tc.sensor, simbus.None); err != nil {
						t.Fatal(err)
					}
					time.Sleep(2 * time.Minute)
					if got := h.of(tc.sensor); got != "" {
						t.Errorf("mended, it fails with %q", got)
					}
				})
			})
		})
	}
}

func TestAFaultNeedsASensor(t *testing.T) {
	f := &Fleet{}
	if err := f.SetFault("sutojayan-01", "none-1", simbus.Silent); err == nil {
		t.Error("no error")
	}
}

// TestEveryDriverHasAChip holds the chips that a node can read to those that are
// simulated.
func TestEveryDriverHasAChip(t *testing.T) {
	b, err := newBoard(newRealClock(), schedule{}, Options{Chips: []string{AllChips}}, nil, world.VillageAt(0))
	if err != nil {
		t.Fatal(err)
	}
	simulated := Chips()
	for _, c := range chips.All() {
		if !slices.Contains(simulated, c.Name) {
			t.Errorf("driver %s has no simulated chip", c.Name)
		}
	}
	for _, name := range simulated {
		if _, ok := chips.Named(name); !ok {
			t.Errorf("the simulated chip %s has no driver", name)
		}
	}
	cfg := edge.DefaultConfig()
	cfg.Node, cfg.Site, cfg.Sensors = "sutojayan-01", "35.05.12.1005", b.sensors
	if err := cfg.Validate(); err != nil {
		t.Errorf("the board's sensors: %v", err)
	}
}

func TestChosenChips(t *testing.T) {
	for _, tc := range []struct {
		names []string
		want  string
	}{
		{nil, "pms5003 bme280 a02yyuw breakbeam"},
		{[]string{"sgp30", "pms5003"}, "sgp30 pms5003"},
		{[]string{AllChips}, strings.Join(Chips(), " ")},
	} {
		chosen, err := choose(tc.names)
		var got []string
		for _, p := range chosen {
			got = append(got, p.driver)
		}
		if err != nil || strings.Join(got, " ") != tc.want {
			t.Errorf("choose(%v) = %v, %v; want %s", tc.names, got, err, tc.want)
		}
	}
	for _, bad := range [][]string{{"sgp31"}, {"sgp30", "sgp30"}, {AllChips, "sgp30"}} {
		if _, err := choose(bad); err == nil {
			t.Errorf("choose(%v) took it", bad)
		}
	}
}

func TestNodesThatCannotBeMadeLeaveNothingOpen(t *testing.T) {
	opt := testOptions(t, 2)
	opt.Villages = []world.Village{world.VillageAt(0), world.VillageAt(0)} // one queue for two
	if _, err := New(opt); err == nil || !strings.Contains(err.Error(), "node sutojayan-01") {
		t.Errorf("error %v, want it to name the node", err)
	}
	q, err := spool.Open(opt.Dir+"/sutojayan-01/queue", spool.Options{})
	if err != nil {
		t.Fatalf("the first node's queue is still open: %v", err)
	}
	if err := q.Close(); err != nil {
		t.Error(err)
	}
}
