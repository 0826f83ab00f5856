package gateway

import (
	"sync"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

// waitingStates are the node states that wait for the registry: of each node the
// last, and with a Will the last before it, as a Will says nothing but that the
// node is gone. So there are never more than two for each node, however slow the
// disk is; and as many nodes as the broker has clients. It may be used
// concurrently.
type waitingStates struct {
	// some holds a token while there may be states.
	some chan struct{}

	mu    sync.Mutex
	nodes []reading.NodeID // in the order in which they first said something
	said  map[reading.NodeID][]registry.StateReport
}

func newWaitingStates() waitingStates {
	return waitingStates{some: make(chan struct{}, 1), said: map[reading.NodeID][]registry.StateReport{}}
}

// put adds a state in the place of those that it makes out of date.
func (w *waitingStates) put(s registry.StateReport) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := w.said[s.Node]
	if before == nil {
		w.nodes = append(w.nodes, s.Node)
	}
	if s.State.Online {
		before = nil
	} else if n := len(before); n > 0 && !before[n-1].State.Online {
		before = before[:n-1]
	}
	w.said[s.Node] = append(before, s)
	w.signal()
}

// take returns states of up to most nodes, those that have waited longest.
func (w *waitingStates) take(most int) []registry.StateReport {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := min(most, len(w.nodes))
	var all []registry.StateReport
	for _, node := range w.nodes[:n] {
		all = append(all, w.said[node]...)
		delete(w.said, node)
	}
	w.nodes = w.nodes[n:]
	if len(w.nodes) > 0 {
		w.signal()
	}
	return all
}

func (w *waitingStates) signal() {
	select {
	case w.some <- struct{}{}:
	default:
	}
}

// len is how many nodes wait.
func (w *waitingStates) len() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.nodes)
}
