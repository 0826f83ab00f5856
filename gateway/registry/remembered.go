package registry

import (
	"sync"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// remembered are nodes' last states as they were decoded: those of all nodes are read
// every minute, and to decode them costs more than to read them. There is one for
// each node in the table. It may be used concurrently.
type remembered struct {
	staged []stagedState // guarded by Registry.mu

	mu     sync.Mutex
	states map[reading.NodeID]rememberedState
}

type rememberedState struct {
	seen  int64 // nodes.last_seen of its row, Unix ms
	state *wire.NodeState
}

type stagedState struct {
	node reading.NodeID
	rememberedState
}

// stage is given what a transaction writes, in its order; its slices are not changed
// any more. The caller holds Registry.mu, as for apply and drop.
func (m *remembered) stage(s StateReport) {
	state := *s.State
	m.staged = append(m.staged, stagedState{s.Node, rememberedState{ms(s.Received), &state}})
}

// apply takes over what was staged, once it is durable.
func (m *remembered) apply() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.staged {
		m.set(s.node, s.rememberedState)
	}
	m.drop()
}

// drop forgets what was staged.
func (m *remembered) drop() { m.staged = nil }

// learn takes over what was read, unless as new a state was written since: those of
// one millisecond cannot be told apart by their row.
func (m *remembered) learn(node reading.NodeID, seen int64, state *wire.NodeState) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.states[node].seen < seen {
		m.set(node, rememberedState{seen, state})
	}
}

// of returns the state of a node whose row has that last_seen, nil where it is to be
// read. Nobody may change it.
func (m *remembered) of(node reading.NodeID, seen int64) *wire.NodeState {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.states[node]; s.seen == seen {
		return s.state
	}
	return nil
}

// set remembers one. The caller holds mu.
func (m *remembered) set(node reading.NodeID, s rememberedState) {
	if m.states == nil {
		m.states = make(map[reading.NodeID]rememberedState)
	}
	m.states[node] = s
}
