package ingest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/siaga-id/siaga/ingest/influx"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// noon is where the clock of the center stands still.
var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// fakeStore holds what a real one would: the last value of each field.
type fakeStore struct {
	t testing.TB
	// fail, if set, decides about a write before anything is stored.
	fail func(lines []byte) error

	mu     sync.Mutex
	points map[point]string
	writes int
}

func (s *fakeStore) Write(_ context.Context, lines []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	if s.fail != nil {
		if err := s.fail(lines); err != nil {
			return err
		}
	}
	got, _ := parseLines(s.t, lines)
	maps.Copy(s.points, got)
	return nil
}

func (s *fakeStore) setFail(f func(lines []byte) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = f
}

func (s *fakeStore) content() map[point]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.points)
}

// refuseLinesWith refuses any write in which the text occurs, as InfluxDB does
// when one of many lines is bad.
func refuseLinesWith(text string) func([]byte) error {
	return func(lines []byte) error {
		if strings.Contains(string(lines), text) {
			return &influx.RejectedError{Status: 400, Message: "field type conflict"}
		}
		return nil
	}
}

// fakeRegistry keeps reports as the real one must: once.
type fakeRegistry struct {
	mu      sync.Mutex
	stored  []StoredRange
	refused map[string]Refused
	err     error
}

func (r *fakeRegistry) Stored(_ context.Context, ranges []StoredRange) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return r.err
	}
	r.stored = append(r.stored, ranges...)
	return nil
}

func (r *fakeRegistry) Quarantine(_ context.Context, refused []Refused) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return r.err
	}
	for _, e := range refused {
		r.refused[fmt.Sprint(e.Node, e.Kind, e.Epoch, e.Seq, e.Check, e.Length)] = e
	}
	return nil
}

func (r *fakeRegistry) setErr(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = err
}

func (r *fakeRegistry) entries() []Refused {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.SortedFunc(maps.Values(r.refused), func(a, b Refused) int { return int(a.Seq) - int(b.Seq) })
}

func (r *fakeRegistry) ranges() []StoredRange {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.stored)
}

// fakeAcker does what nodes do with acknowledgements.
type fakeAcker struct {
	mu   sync.Mutex
	acks map[reading.NodeID][]wire.Ack
}

func (a *fakeAcker) Acknowledge(node reading.NodeID, ack wire.Ack) error {
	if _, err := ack.Encode(); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.acks[node] = append(a.acks[node], ack)
	return nil
}

// has reports whether an acknowledgement names the payload: by itself in a range
// of one pack, or as refused.
func (a *fakeAcker) has(node reading.NodeID, payload []byte) (stored bool, refused *wire.Refusal) {
	a.mu.Lock()
	defer a.mu.Unlock()
	check := wire.Check(payload)
	for _, ack := range a.acks[node] {
		for _, r := range ack.Ranges {
			stored = stored || r.From == r.To && r.Check == check
		}
		for _, r := range ack.Refused {
			if r.Check == check && r.Length == len(payload) {
				refused = &r
			}
		}
	}
	return stored, refused
}

// rig is an ingester between fakes.
type rig struct {
	*Ingester
	conf     Config
	deps     Deps
	store    *fakeStore
	registry *fakeRegistry
	acker    *fakeAcker

	mu   sync.Mutex
	seen []reading.Reading // by the Observer

	stop func() error
}

func newRig(t testing.TB) *rig {
	r := &rig{
		store:    &fakeStore{t: t, points: map[point]string{}},
		registry: &fakeRegistry{refused: map[string]Refused{}},
		acker:    &fakeAcker{acks: map[reading.NodeID][]wire.Ack{}},
	}
	r.conf = Config{Name: "center", Dir: t.TempDir(), AckInterval: time.Millisecond, Workers: 2}
	r.deps = Deps{
		Store: r.store, Registry: r.registry, Acker: r.acker,
		Now: func() time.Time { return noon },
		Observer: func(p *wire.Pack, _ wire.Channel, _ time.Time) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.seen = append(r.seen, p.Readings...)
		},
	}
	return r
}

// open makes the ingester anew from what is on disk.
func (r *rig) open(t testing.TB) {
	t.Helper()
	in, err := New(r.conf, r.deps)
	if err != nil {
		t.Fatal(err)
	}
	r.Ingester = in
}

// run opens it and runs it until stop is called.
func (r *rig) run(t testing.TB) (stop func() error) {
	t.Helper()
	r.open(t)
	return r.set(t)
}

// set sets what is open going until stop is called.
func (r *rig) set(t testing.TB) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	return sync.OnceValue(func() error {
		cancel()
		return errors.Join(<-ended, r.Close())
	})
}

// start runs it until the test ends, or r.stop is called.
func (r *rig) start(t testing.TB) {
	t.Helper()
	stop := r.run(t)
	r.stop = stop
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

// send offers a payload on a node's live topic.
func (r *rig) send(t testing.TB, node reading.NodeID, payload []byte) {
	t.Helper()
	r.sendTo(t, wire.Topic(node, wire.Live), payload)
}

func (r *rig) sendTo(t testing.TB, topic string, payload []byte) {
	t.Helper()
	if !r.Offer(Packet{Topic: topic, Payload: payload, Received: noon}) {
		t.Fatal("the queue is full")
	}
}

// until waits for something that must become true.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// delivered waits until the payload is acknowledged as stored and InfluxDB has it.
func (r *rig) delivered(t testing.TB, p *wire.Pack, payload []byte) {
	t.Helper()
	until(t, "pack acknowledged and in InfluxDB", func() bool {
		stored, _ := r.acker.has(p.Node, payload)
		return stored && contains(r.store.content(), wantPoints(p))
	})
}

func contains(got, want map[point]string) bool {
	for at, v := range want {
		if got[at] != v {
			return false
		}
	}
	return true
}

// pack makes one of n1 with three readings, sealed a second before noon.
func pack(seq uint64) *wire.Pack {
	at := noon.Add(-time.Minute).UnixMilli() + 1000*int64(seq%60)
	p := &wire.Pack{
		Node: "n1", Seq: seq, Epoch: "e1", Boot: "b1", Clock: wire.Synced, Site: "35.05.12.1001",
		SealedMS: noon.Add(-time.Second).UnixMilli(),
	}
	for i, q := range []reading.Quantity{reading.PM1, reading.PM2_5, reading.PM10} {
		p.Readings = append(p.Readings, reading.Reading{
			Sensor: "pm-1", Quantity: q, TimeMS: at, Value: float64(seq) + float64(i)/10, Quality: reading.NotEvaluated,
		})
	}
	return p
}

// encode returns the pack's bytes.
func encode(t testing.TB, p *wire.Pack) []byte {
	t.Helper()
	b, err := p.AppendCBOR(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// referencePack has 12 series of 5 samples from 4 sensors.
func referencePack() *wire.Pack {
	p := pack(1)
	p.Readings = p.Readings[:0]
	for _, s := range []struct {
		sensor     reading.SensorID
		quantities []reading.Quantity
		value      float64
	}{
		{"pm-1", []reading.Quantity{reading.PM1, reading.PM2_5, reading.PM10}, 12},
		{"bme-1", []reading.Quantity{reading.Temperature, reading.Humidity, reading.Pressure}, 27.35},
		{"air-1", []reading.Quantity{reading.Level, reading.Distance}, 1.234},
		{"beam-1", []reading.Quantity{reading.Count, reading.Flow, reading.Occupancy, reading.Speed}, 31.5},
	} {
		for i, q := range s.quantities {
			for n := range 5 {
				p.Readings = append(p.Readings, reading.Reading{
					Sensor: s.sensor, Quantity: q, TimeMS: noon.Add(time.Duration(n-5) * 2 * time.Second).UnixMilli(),
					Value: q.Round(s.value + float64(i) + float64(n)*0.37), Quality: reading.NotEvaluated,
				})
			}
		}
	}
	return p
}
