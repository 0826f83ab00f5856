package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/siaga-id/siaga/gateway/live"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/ingest"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

func newTestStates(t *testing.T) *testStates {
	t.Helper()
	reg, err := registry.Open(filepath.Join(t.TempDir(), "registry.db"), registry.Options{Kind: registry.Real})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := reg.Close(); err != nil {
			t.Error(err)
		}
	})
	asked := prometheus.NewRegistry()
	s := newStates(reg, live.New(live.Options{}), newMetrics(asked), slog.New(slog.DiscardHandler))
	watch(asked, s.hub, s)
	return &testStates{s, asked}
}

// What comes a little at a time is kept together; a full batch does not wait.
func TestStatesAreGathered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTestStates(t)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.run(ctx) }()
		payload := encode(t, state(true))
		say := func(first, n int) {
			t.Helper()
			for i := range n {
				s.take(fmt.Sprintf("siaga/v1/n%d/state", first+i), payload, time.Now())
			}
		}
		kept := func() float64 {
			synctest.Wait()
			return metric(t, s.asked, "siaga_states_total", "kept")
		}
		say(0, 1)
		if n := kept(); n != 1 {
			t.Errorf("%v are kept: the first does not wait", n)
		}
		for i := range 9 {
			time.Sleep(stateGather / 10)
			say(1+i, 1)
			if n := kept(); n != 1 {
				t.Fatalf("%v are kept after %d tenths: they wait for more", n, i+1)
			}
		}
		time.Sleep(stateGather / 10)
		if n := kept(); n != 10 {
			t.Errorf("%v are kept, want all 10", n)
		}
		say(10, stateBatch)
		if n := kept(); n != 10+stateBatch {
			t.Errorf("%v are kept: a full batch does not wait", n)
		}
		say(100, 1)
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if n := kept(); n != 11+stateBatch {
			t.Errorf("%v are kept when it has ended", n)
		}
	})
}

type testStates struct {
	*states
	asked *prometheus.Registry
}

func known(t *testing.T, s *testStates) map[reading.NodeID]registry.Node {
	t.Helper()
	all, err := s.registry.Nodes(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	byID := map[reading.NodeID]registry.Node{}
	for _, n := range all {
		byID[n.ID] = n
	}
	return byID
}

// TestStatesAreKeptWhileStopping queues more than one batch before it runs.
func TestStatesAreKeptWhileStopping(t *testing.T) {
	s := newTestStates(t)
	const nodes = stateBatch + 10
	payload := encode(t, state(true))
	for i := range nodes {
		s.take(fmt.Sprintf("siaga/v1/n%d/state", i), payload, time.Now())
	}
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.run(stopped); err != nil {
		t.Fatal(err)
	}
	kept := known(t, s)
	if n := metric(t, s.asked, "siaga_states_total", "kept"); n != nodes {
		t.Errorf("metrics say that %v were kept", n)
	}
	if len(kept) != nodes {
		t.Errorf("%d nodes are kept, want %d", len(kept), nodes)
	}
	if n := kept["n0"]; !n.Online || n.State == nil || n.State.Version != "1.0" {
		t.Errorf("n0 is %+v", n)
	}
}

// TestStatesNeverBlock takes more than there is room for.
func TestStatesNeverBlock(t *testing.T) {
	s := newTestStates(t)
	payload := encode(t, state(true))
	for i := range stateQueue + 10 {
		s.take(fmt.Sprintf("siaga/v1/n%d/state", i%50), payload, time.Now())
	}
	s.take("siaga/v1/last/state", payload, time.Now())
	if dropped := metric(t, s.asked, "siaga_states_total", "dropped"); dropped != 11 {
		t.Errorf("metrics say that %v were dropped", dropped)
	}
	for len(s.queue) > 0 {
		s.understand(<-s.queue)
	}
	if queue := metric(t, s.asked, "siaga_states_queue", ""); queue != 50 {
		t.Errorf("%v states wait, of 50 nodes", queue)
	}
}

func TestStatesThatAreNone(t *testing.T) {
	s := newTestStates(t)
	good := encode(t, state(true))
	s.take("siaga/v1/n1/state", []byte("{"), time.Now())
	s.take("siaga/v1/N1!/state", good, time.Now())
	s.take("somewhere/else", good, time.Now())
	for len(s.queue) > 0 {
		s.understand(<-s.queue)
	}
	if s.waiting.len() != 0 || s.hub.Stats().Nodes != 0 {
		t.Errorf("%d states wait, the hub knows %d nodes", s.waiting.len(), s.hub.Stats().Nodes)
	}
	if n := metric(t, s.asked, "siaga_states_total", "not_understood"); n != 1 {
		t.Errorf("metrics say that %v were not understood", n)
	}
}

func TestOnlooker(t *testing.T) {
	now := time.Now()
	good := pack(t, "n1", 1, now, 12)
	for name, tc := range map[string]struct {
		topic   string
		payload []byte
		demo    bool
		shown   int
	}{
		"good":                  {"siaga/v1/n1/live", good, false, 1},
		"of another node":       {"siaga/v1/n2/live", good, false, 0},
		"real, at a demo":       {"siaga/v1/n1/live", good, true, 0},
		"garbage":               {"siaga/v1/n1/live", []byte("\xff\x00"), false, 0},
		"cut":                   {"siaga/v1/n1/live", good[:len(good)/2], false, 0},
		"on a topic of nobody":  {"siaga/v1/live", good, false, 0},
		"empty":                 {"siaga/v1/n1/live", nil, false, 0},
		"good, after the topic": {"siaga/v1/n1/fill", good, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			hub := live.New(live.Options{})
			o := &onlooker{hub: hub, log: slog.New(slog.DiscardHandler), demo: tc.demo}
			if !o.look(ingest.Packet{Topic: tc.topic, Payload: tc.payload, Received: now}) {
				t.Error("it refused a packet, which is the ingesters' to do")
			}
			if got := hub.Latest("", 0); len(got) != tc.shown {
				t.Errorf("shows %+v, want %d readings", got, tc.shown)
			}
		})
	}
}

func TestRouter(t *testing.T) {
	var offered []ingest.Packet
	s := newTestStates(t)
	var said []wire.Channel
	r := &router{
		offer: func(p ingest.Packet) bool { offered = append(offered, p); return true }, states: s.states,
		said: func(_ reading.NodeID, c wire.Channel, _ []byte, _ time.Time) { said = append(said, c) },
	}
	payload := encode(t, state(true))
	for _, topic := range []string{"siaga/v1/n1/live", "siaga/v1/n1/fill", "siaga/v1/n1/state", "siaga/v1/n1/reply", "zigbee2mqtt/pump", "siaga/v1/n1/ack"} {
		r.take(topic, payload)
	}
	if len(offered) != 2 || offered[0].Topic != wire.Topic("n1", wire.Live) || offered[1].Topic != wire.Topic("n1", wire.Fill) || offered[0].Received.IsZero() {
		t.Errorf("offered %+v", offered)
	}
	if len(said) != 1 || said[0] != wire.Reply {
		t.Errorf("said %v", said)
	}
	if len(s.queue) != 1 {
		t.Errorf("%d states wait, want 1", len(s.queue))
	}
}
