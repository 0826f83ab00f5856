//go:build unix

package generator

import (
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/broker"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// witness is a center that acknowledges every pack, off by a wrong check, and
// keeps what nodes said last.
type witness struct {
	broker *broker.Broker
	wrong  uint32

	mu     sync.Mutex
	packs  int
	states map[reading.NodeID]wire.NodeState
	bad    error
}

func newWitness(t *testing.T, wrong uint32) *witness {
	t.Helper()
	w := &witness{wrong: wrong, states: map[reading.NodeID]wire.NodeState{}}
	var err error
	if w.broker, err = broker.New(broker.Options{Addr: "127.0.0.1:0", OnPublish: w.take, Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	if err := w.broker.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.broker.Close(); err != nil {
			t.Error(err)
		}
		if w.bad != nil {
			t.Error(w.bad)
		}
	})
	return w
}

func (w *witness) take(_, topic string, payload []byte, _ bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	node, channel, err := wire.ParseTopic(topic)
	switch {
	case err == nil && channel == wire.State:
		w.states[node], err = wire.ParseNodeState(payload)
	case err == nil:
		err = w.acknowledge(node, payload)
	}
	if err != nil && !errors.Is(err, broker.ErrNotRunning) { // its last packs come while it closes
		w.bad = err
	}
}

func (w *witness) acknowledge(node reading.NodeID, payload []byte) error {
	var d wire.Decoder
	var p wire.Pack
	if err := d.Decode(payload, &p); err != nil {
		return err
	}
	w.packs++
	b, err := wire.Ack{Ingester: "bench", TimeMS: 1, Ranges: []wire.AckRange{
		{Epoch: p.Epoch, From: p.Seq, To: p.Seq, Check: wire.Check(payload) ^ w.wrong},
	}}.Encode()
	if err != nil {
		return err
	}
	return w.broker.Publish(wire.Topic(node, wire.AckChannel), b, false, 0)
}

var few = Pace{
	First: 1, Nodes: 3, All: 4, Every: 20 * time.Millisecond, Jitter: 5 * time.Millisecond,
	BeginMS: 1_790_000_000_000, StepMS: 1000, For: 100 * time.Millisecond, Window: 2,
}

func TestPaceCountsWhatIsAcknowledged(t *testing.T) {
	w := newWitness(t, 0)
	p, err := preparePace(w.broker.Addr(), few)
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.run(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	// The first node's moments are 5 ms after the beginning, the last one's 15 ms.
	if want := 3 * 5; r.Packs != want || r.Acked != want || r.Broken != 0 || r.Refused != 0 {
		t.Errorf("want %d packs: %+v", want, r)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.packs != r.Packs+r.Again {
		t.Errorf("the center got %d packs, %d were sent and %d again", w.packs, r.Packs, r.Again)
	}
	for n := few.First; n < few.First+few.Nodes; n++ {
		if s := w.states[NodeID(n)]; !s.Online || !s.Sim || len(s.Sensors) != len(Sensors) {
			t.Errorf("%s says %+v", NodeID(n), s)
		}
	}
}

func TestPaceBelievesNoWrongCheck(t *testing.T) {
	w := newWitness(t, 1)
	p, err := preparePace(w.broker.Addr(), few)
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.run(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if r.Broken != few.Nodes || r.Acked != 0 || !strings.Contains(r.Error, "another check") {
		t.Errorf("%+v", r)
	}
}
