package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/siaga-id/siaga/gateway/live"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

const (
	// stateQueue bounds the node states that wait to be understood, which takes
	// microseconds each. When it is full the newest is dropped and counted: a node
	// repeats its state.
	stateQueue = 4096
	// stateBatch is how many are kept in one transaction: a slow disk must be
	// done with it well within stateTimeout.
	stateBatch   = 32
	stateTimeout = 3 * time.Second
	// stateGather is how long after a transaction less than a batch waits for more:
	// each transaction has the disk to itself for a while, whatever is in it.
	stateGather = 500 * time.Millisecond
)

// states takes what nodes say of themselves to the hub at once and to the
// registry in batches.
type states struct {
	registry *registry.Registry
	hub      *live.Hub
	log      *slog.Logger
	metrics  *metrics
	queue    chan said
	waiting  waitingStates

	garbled, dropped, leftOut seldom
}

// said is one message of a state topic.
type said struct {
	node     reading.NodeID
	payload  []byte
	received time.Time
}

func newStates(reg *registry.Registry, hub *live.Hub, m *metrics, log *slog.Logger) *states {
	return &states{
		registry: reg, hub: hub, log: log, metrics: m,
		queue: make(chan said, stateQueue), waiting: newWaitingStates(),
		garbled: seldom{log: log}, dropped: seldom{log: log}, leftOut: seldom{log: log},
	}
}

// take queues one message of a state topic. It never blocks, and leaves decoding
// to another goroutine: it runs on thousands, whose stacks that would double.
func (s *states) take(topic string, payload []byte, received time.Time) {
	node, _, err := wire.ParseTopic(topic)
	if err != nil {
		return
	}
	select {
	case s.queue <- said{node, payload, received}:
	default:
		s.metrics.states.WithLabelValues("dropped").Inc()
		s.dropped.warn("node states dropped, this machine is slow: each node says its state again within a minute", 1, fmt.Errorf("state of %s: %d wait", node, stateQueue))
	}
}

// run understands and keeps states until ctx ends, and then what has been queued.
func (s *states) run(ctx context.Context) error {
	understood := make(chan struct{})
	go func() {
		defer close(understood)
		for {
			select {
			case m := <-s.queue:
				s.understand(m)
			case <-ctx.Done():
				for len(s.queue) > 0 {
					s.understand(<-s.queue)
				}
				return
			}
		}
	}()
	var kept time.Time
	for {
		select {
		case <-s.waiting.some:
			s.gather(ctx, kept)
			kept = time.Now()
			s.keep(context.WithoutCancel(ctx))
		case <-understood:
			// Not the run's context: what was heard is kept also while stopping.
			late, cancel := context.WithTimeout(context.WithoutCancel(ctx), stateTimeout)
			defer cancel()
			for s.waiting.len() > 0 && late.Err() == nil {
				s.keep(late)
			}
			return nil
		}
	}
}

// understand decodes a message and shows it.
func (s *states) understand(m said) {
	st, err := wire.ParseNodeState(m.payload)
	if err != nil {
		s.metrics.states.WithLabelValues("not_understood").Inc()
		s.garbled.warn("node states not understood: those nodes are shown as before", 1, fmt.Errorf("state of %s: %w", m.node, err))
		return
	}
	s.hub.State(m.node, &st, m.received)
	s.waiting.put(registry.StateReport{Node: m.node, State: &st, Received: m.received})
}

// gather waits until a batch is full, or stateGather has passed since the last one.
func (s *states) gather(ctx context.Context, last time.Time) {
	t := time.NewTimer(time.Until(last.Add(stateGather)))
	defer t.Stop()
	for s.waiting.len() < stateBatch {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			return
		case <-s.waiting.some:
		}
	}
}

// keep writes what waits, up to a batch.
func (s *states) keep(ctx context.Context) {
	batch := s.waiting.take(stateBatch)
	if len(batch) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, stateTimeout)
	defer cancel()
	err := s.registry.States(ctx, batch)
	switch {
	case errors.Is(err, registry.ErrInvalid), errors.Is(err, registry.ErrTooManyNodes):
		parts := parts(err)
		s.metrics.leftOut.WithLabelValues("states").Add(float64(len(parts)))
		s.metrics.states.WithLabelValues("kept").Add(float64(len(batch) - len(parts)))
		s.leftOut.warn("node states left out, the others were kept", len(parts), parts[0])
	case err != nil:
		s.metrics.states.WithLabelValues("failed").Add(float64(len(batch)))
		s.log.Error("node states were not kept: each node says its state again within a minute", "states", len(batch), "err", err)
	default:
		s.metrics.states.WithLabelValues("kept").Add(float64(len(batch)))
	}
}
