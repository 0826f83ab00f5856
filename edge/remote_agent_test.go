package edge

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

func TestASensorIsReadAtOnce(t *testing.T) {
	sampled(t, func(t *testing.T, r *samplerRig) {
		time.Sleep(1300 * time.Millisecond) // between two ticks
		synctest.Wait()
		rs, err := r.sampler.now(t.Context())
		if err != nil || len(rs) != 1 || rs[0].TimeMS != 1300 {
			t.Fatalf("%+v, %v", rs, err)
		}
		// On a tick, and twice at once: no reading takes another's time.
		time.Sleep(700 * time.Millisecond)
		for range 2 {
			if _, err := r.sampler.now(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(1500 * time.Millisecond)
		synctest.Wait()
		r.mu.Lock()
		defer r.mu.Unlock()
		var times []int64
		for _, one := range r.readings {
			times = append(times, one.TimeMS)
		}
		slices.Sort(times)
		if len(times) != 6 || len(slices.Compact(slices.Clone(times))) != 6 || !slices.Contains(times, 1000) || !slices.Contains(times, 2000) || !slices.Contains(times, 3000) {
			t.Errorf("readings at %v", times)
		}
	})
}

func TestASensorThatIsNotOpenIsNotRead(t *testing.T) {
	sampled(t, func(t *testing.T, r *samplerRig) {
		r.mu.Lock()
		r.answer = func(context.Context) ([]driver.Value, error) { return nil, driver.ErrUnplugged }
		r.openErr = driver.ErrUnplugged
		r.mu.Unlock()
		time.Sleep(5 * time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := r.sampler.now(ctx); !errors.Is(err, ErrNotOpen) || !strings.Contains(err.Error(), "the port is gone") {
			t.Error(err)
		}
		// Whoever asked has gone: it is not read for him when it is back.
		r.mu.Lock()
		r.openErr = nil
		r.answer = func(context.Context) ([]driver.Value, error) { return nil, driver.ErrChecksum }
		r.mu.Unlock()
		time.Sleep(5 * time.Minute)
		if _, err := r.sampler.now(t.Context()); !errors.Is(err, driver.ErrChecksum) {
			t.Error(err)
		}
	})
}

// listener is a Remote that notes what it is told.
type listener struct {
	mu        sync.Mutex
	taken     []string
	connected int
	heard     int
	serves    func(context.Context, *Agent)
}

func (l *listener) Take(c wire.Channel, payload []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.taken = append(l.taken, string(c)+" "+string(payload))
}

func (l *listener) Connected() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.connected++
}

func (l *listener) Heard() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard++
}

func (l *listener) Serve(ctx context.Context, a *Agent) { l.serves(ctx, a) }

func TestWhatIsNotAboutReadingsGoesToRemote(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var options mqtt.Options
		center := newFakeCenter(t)
		served := make(chan error, 1)
		l := &listener{serves: func(ctx context.Context, a *Agent) {
			served <- a.Publish(ctx, wire.State, mustState(t), true)
			<-ctx.Done()
		}}
		cfg := testConfig(t)
		cfg.Sensors = nil // it may be told of some
		a, err := New(cfg, Deps{Clock: newTestClock("b1", wire.Synced), Version: "test", Logger: slog.New(slog.DiscardHandler), Remote: l, connect: func(o mqtt.Options) (connection, error) {
			options = o
			return center.connect(o)
		}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- a.Run(ctx) }()
		synctest.Wait()
		if err := <-served; err != nil {
			t.Error(err)
		}
		var filters []string
		for _, s := range options.Subscriptions {
			filters = append(filters, s.Filter)
		}
		if !slices.Contains(filters, "siaga/v1/sutojayan-01/config") || !slices.Contains(filters, "siaga/v1/sutojayan-01/cmd") {
			t.Errorf("subscribed to %v", filters)
		}
		say := func(topic, payload string, retained bool) {
			options.OnMessage(mqtt.Message{Topic: topic, Payload: []byte(payload), Retain: retained})
			synctest.Wait()
		}
		state := `{"ingester":"pusat","online":true,"accepting":true,"time_ms":1,"clock_synced":false,"demo":false}`
		say("siaga/v1/sutojayan-01/config", "1", true)
		say("siaga/v1/sutojayan-01/cmd", "2", false)
		say("siaga/center/v1/pusat/state", state, true) // which may have lain there for days
		if l.heard != 0 {
			t.Error("a retained state is no sign of life")
		}
		say("siaga/center/v1/pusat/state", state, false)
		say("siaga/v1/sutojayan-01/ack", `{"ingester":"pusat","time_ms":1,"clock_synced":false,"ranges":[]}`, false)
		say("siaga/v1/sutojayan-01/ack", `garbled`, false)
		if l.heard != 2 || l.connected != 1 || !slices.Equal(l.taken, []string{"config 1", "cmd 2"}) {
			t.Errorf("heard %d, connected %d, %q", l.heard, l.connected, l.taken)
		}
		if _, err := a.Read(t.Context(), "pm-1"); !errors.Is(err, ErrNoSensor) {
			t.Error(err)
		}
		cancel()
		if err := <-ran; err != nil {
			t.Error(err)
		}
		if _, err := New(cfg, Deps{Clock: newTestClock("b1", wire.Synced)}); !errors.Is(err, ErrNoSensors) {
			t.Errorf("without anybody to tell it of sensors: %v", err)
		}
	})
}

func mustState(t *testing.T) []byte {
	b, err := wire.NodeState{Version: "test", Epoch: "e1", Boot: "b", Clock: wire.Unknown, Site: "35.05.12.1001"}.Encode()
	if err != nil {
		t.Error(err)
	}
	return b
}

// sleeping is a sensor that can sleep.
type sleeping struct{ asleep bool }

func (s *sleeping) Sense(context.Context) ([]driver.Value, error) { return nil, driver.ErrAsleep }
func (s *sleeping) Close() error                                  { return nil }
func (s *sleeping) Sleep(context.Context) error                   { s.asleep = true; return nil }
func (s *sleeping) Wake(context.Context) error                    { s.asleep = false; return nil }

func TestOnlySomeSensorsSleep(t *testing.T) {
	dev := &sleeping{}
	a := &Agent{samplers: []*sampler{{cfg: SensorConfig{ID: "pm-1"}}, {cfg: SensorConfig{ID: "a-1", Driver: "bme280"}, dev: &fakeSensor{}}}}
	if err := a.Sleep(t.Context(), "pm-1"); !errors.Is(err, ErrNotOpen) {
		t.Error(err)
	}
	a.samplers[0].dev = dev
	if err := a.Sleep(t.Context(), "pm-1"); err != nil || !dev.asleep {
		t.Error(err)
	}
	if err := a.Wake(t.Context(), "pm-1"); err != nil || dev.asleep {
		t.Error(err)
	}
	if err := a.Sleep(t.Context(), "a-1"); !errors.Is(err, ErrNeverSleeps) {
		t.Error(err)
	}
	if err := a.Wake(t.Context(), reading.SensorID("x-1")); !errors.Is(err, ErrNoSensor) {
		t.Error(err)
	}
}
