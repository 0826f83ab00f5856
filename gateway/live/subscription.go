package live

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// Batch is what changed since the batch before. It is shared by all subscribers:
// nobody may change it.
type Batch struct {
	// Readings are series' new latest ones: where a series changed more than
	// once, only the last.
	Readings []Reading
	// Nodes are those of which anything but readings changed.
	Nodes []reading.NodeID

	once sync.Once
	body []byte
}

// Encoded returns what encode makes of the batch. It is called once however many
// subscribers ask, so all must pass the same function. Nobody may change the
// bytes.
func (b *Batch) Encoded(encode func(*Batch) []byte) []byte {
	b.once.Do(func() { b.body = encode(b) })
	return b.body
}

// Subscription is one subscriber's queue of batches. Next is for one goroutine.
type Subscription struct {
	hub  *Hub
	wake chan struct{}

	mu    sync.Mutex
	queue []*Batch
	seed  bool // what was missed can only be had from the hub's latest
}

// Subscribe returns a subscription, whose first batch is nil.
func (h *Hub) Subscribe() *Subscription {
	s := &Subscription{hub: h, wake: make(chan struct{}, 1), seed: true}
	s.wake <- struct{}{}
	h.subMu.Lock()
	h.subs[s] = struct{}{}
	h.subMu.Unlock()
	return s
}

// Close ends the subscription.
func (s *Subscription) Close() {
	s.hub.subMu.Lock()
	delete(s.hub.subs, s)
	s.hub.subMu.Unlock()
}

// Next waits for a batch. A nil batch means that the subscriber must take
// everything from the hub anew: it has just come, or its queue overflowed and
// was thrown away. Batches after that repeat some of what it then finds, and
// leave out nothing. The error is that of ctx.
func (s *Subscription) Next(ctx context.Context) (*Batch, error) {
	for {
		if b, ok := s.pop(); ok {
			return b, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-s.wake:
		}
	}
}

func (s *Subscription) pop() (*Batch, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seed {
		s.seed = false
		return nil, true
	}
	if len(s.queue) == 0 {
		return nil, false
	}
	b := s.queue[0]
	s.queue = slices.Delete(s.queue, 0, 1)
	return b, true
}

// push queues b, or asks for a new seed when the queue is full. It never waits.
func (s *Subscription) push(b *Batch) {
	s.mu.Lock()
	switch {
	case s.seed: // it will find all of b in the hub
	case len(s.queue) >= s.hub.opt.Queue:
		s.queue, s.seed = nil, true
		s.hub.reseeds.Add(1)
	default:
		s.queue = append(s.queue, b)
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// tell gives subscribers what changed. Whoever comes meanwhile waits, and finds all
// of it in the hub.
func (h *Hub) tell(now time.Time) {
	h.subMu.Lock()
	defer h.subMu.Unlock()
	h.dirtyMu.Lock()
	dirty := h.dirty
	h.dirty = make([]*node, 0, len(dirty))
	h.dirtyMu.Unlock()
	if len(dirty) == 0 {
		return
	}
	b, heard := new(Batch), len(h.subs) > 0
	for _, n := range dirty {
		n.mu.Lock()
		n.listed = false
		if n.changed {
			n.changed, n.told = false, now
			b.Nodes = append(b.Nodes, n.is.ID)
		}
		if heard {
			b.Readings = slices.Grow(b.Readings, len(n.dirty))
			for _, s := range n.dirty {
				b.Readings = append(b.Readings, s.latest)
			}
		}
		for _, s := range n.dirty {
			s.dirty = false
		}
		n.dirty = n.dirty[:0]
		n.mu.Unlock()
	}
	slices.SortFunc(b.Nodes, func(a, c reading.NodeID) int { return strings.Compare(string(a), string(c)) })
	for s := range h.subs {
		s.push(b)
	}
}
