package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/siaga-id/siaga/gateway/live"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/wire"
)

const (
	// stateQueue bounds the node states that wait for the registry. When it is
	// full the newest is dropped and counted: a node repeats its state.
	stateQueue = 4096
	// stateBatch is how many are kept in one transaction: a slow disk must be
	// done with it well within stateTimeout.
	stateBatch   = 32
	stateTimeout = 3 * time.Second
)

// states takes what nodes say of themselves to the hub at once and to the
// registry in batches.
type states struct {
	registry *registry.Registry
	hub      *live.Hub
	log      *slog.Logger
	metrics  *metrics
	queue    chan registry.StateReport

	garbled, dropped, leftOut seldom
}

func newStates(reg *registry.Registry, hub *live.Hub, m *metrics, log *slog.Logger) *states {
	return &states{
		registry: reg, hub: hub, log: log, metrics: m, queue: make(chan registry.StateReport, stateQueue),
		garbled: seldom{log: log}, dropped: seldom{log: log}, leftOut: seldom{log: log},
	}
}

// take decodes one message of a state topic. It never blocks.
func (s *states) take(topic string, payload []byte, received time.Time) {
	node, _, err := wire.ParseTopic(topic)
	if err != nil {
		return
	}
	st, err := wire.ParseNodeState(payload)
	if err != nil {
		s.metrics.states.WithLabelValues("not_understood").Inc()
		s.garbled.warn("node states not understood: those nodes are shown as before", 1, fmt.Errorf("state of %s: %w", node, err))
		return
	}
	s.hub.State(node, &st, received)
	select {
	case s.queue <- registry.StateReport{Node: node, State: &st, Received: received}:
	default:
		s.metrics.states.WithLabelValues("dropped").Inc()
		s.dropped.warn("node states dropped, the registry is slow: each node says its state again within a minute", 1, fmt.Errorf("state of %s: %d wait", node, stateQueue))
	}
}

// run keeps states until ctx ends, and then what has been queued.
func (s *states) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			// Not the run's context: what was heard is kept also while stopping.
			late, cancel := context.WithTimeout(context.WithoutCancel(ctx), stateTimeout)
			defer cancel()
			for len(s.queue) > 0 {
				s.keep(late, <-s.queue)
			}
			return nil
		case first := <-s.queue:
			s.keep(context.WithoutCancel(ctx), first)
		}
	}
}

// keep writes first and what else is queued, up to a batch.
func (s *states) keep(ctx context.Context, first registry.StateReport) {
	batch := []registry.StateReport{first}
	for len(batch) < stateBatch && len(s.queue) > 0 {
		batch = append(batch, <-s.queue)
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
