//go:build integration

package integration

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// witness sees every pack that passes a broker.
type witness struct {
	conn *mqtt.Conn

	mu    sync.Mutex
	dec   wire.Decoder
	packs map[packName]*seen
	wrong []string // what must not be
}

// packName is what a pack is acknowledged by.
type packName struct {
	node  reading.NodeID
	epoch string
	seq   uint64
}

// seen is one pack, however often it was sent.
type seen struct {
	pack  wire.Pack
	check uint32
	times []time.Time // of each sending
}

// newWitness subscribes with a session that outlives its connection.
func newWitness(t *testing.T, broker string) *witness {
	t.Helper()
	w := &witness{packs: map[packName]*seen{}}
	w.conn = connect(t, mqtt.Options{
		URL: "tcp://" + broker, ClientID: "witness", Persistent: true,
		Subscriptions: []mqtt.Subscription{{Filter: wire.Filter(wire.Live), QoS: 1}, {Filter: wire.Filter(wire.Fill), QoS: 1}},
		OnMessage:     w.see,
	})
	return w
}

func (w *witness) see(m mqtt.Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var p wire.Pack
	if err := w.dec.Decode(m.Payload, &p); err != nil || len(p.Rejects) > 0 {
		w.wrong = append(w.wrong, fmt.Sprintf("%s: %v, rejects %v", m.Topic, err, p.Rejects))
		return
	}
	name, check := packName{p.Node, p.Epoch, p.Seq}, wire.Check(m.Payload)
	s := w.packs[name]
	if s == nil {
		s = &seen{pack: p, check: check}
		w.packs[name] = s
	}
	if s.check != check {
		w.wrong = append(w.wrong, fmt.Sprintf("pack %v was sent with other bytes", name))
	}
	s.times = append(s.times, time.Now())
}

// all returns what was seen. Nothing may have been wrong.
func (w *witness) all(t *testing.T) map[packName]*seen {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, what := range w.wrong {
		t.Error(what)
	}
	return maps.Clone(w.packs)
}

// next waits for a pack that was not seen before.
func (w *witness) next(t *testing.T) {
	t.Helper()
	count := func() int {
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.packs)
	}
	before := count()
	for end := time.Now().Add(20 * time.Second); count() == before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("no pack passed the broker")
		}
	}
}

// points is what all packs seen must become.
func (w *witness) points(t *testing.T) map[point]float64 {
	t.Helper()
	all := map[point]float64{}
	for _, s := range w.all(t) {
		maps.Copy(all, pointsOf(&s.pack))
	}
	return all
}

// sameContents wants InfluxDB to hold exactly what was sent, or with more, at
// least that.
func sameContents(t *testing.T, sent, stored map[point]float64, more bool) {
	t.Helper()
	complain := func(what string, wrong []string) {
		if len(wrong) > 0 {
			slices.Sort(wrong)
			t.Errorf("%d of %d values %s, such as:\n%s", len(wrong), len(sent), what, wrong[:min(5, len(wrong))])
		}
	}
	var missing, other, strange []string
	for p, v := range sent {
		switch got, ok := stored[p]; {
		case !ok:
			missing = append(missing, fmt.Sprintf("%+v", p))
		case got != v:
			other = append(other, fmt.Sprintf("%+v: %v, sent %v", p, got, v))
		}
	}
	for p := range stored {
		if _, ok := sent[p]; !ok && !more {
			strange = append(strange, fmt.Sprintf("%+v", p))
		}
	}
	complain("are missing", missing)
	complain("are others", other)
	complain("were never sent", strange)
	if len(sent) == 0 {
		t.Error("nothing was sent")
	}
}

// connect opens a connection and waits until it stands.
func connect(t *testing.T, opt mqtt.Options) *mqtt.Conn {
	t.Helper()
	opt.Logger = slog.New(slog.DiscardHandler)
	c, err := mqtt.Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	online(t, c)
	return c
}

func online(t *testing.T, c *mqtt.Conn) {
	t.Helper()
	eventually(t, 30*time.Second, "connection to the broker", func() error {
		ok, err := c.Connected()
		if ok {
			return nil
		}
		return fmt.Errorf("offline: %w", err)
	})
}
