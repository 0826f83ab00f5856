package gateway

import (
	"slices"
	"sync"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// waitingStates are the node states that wait for the registry: of each boot of a
// node the last, and with a Will, or a leave, the last before it: a Will says nothing but
// that the node is gone. A state of another boot does not make one out of date: it may be
// another board's, with a copy of the card, and say nothing of the same packs. There
// are never more than maxOfNode for each node, however slow the disk is; and as many
// nodes as the broker has clients. It may be used concurrently.
type waitingStates struct {
	// some holds a token while there may be states.
	some chan struct{}

	mu    sync.Mutex
	nodes []reading.NodeID // in the order in which they first said something
	said  map[reading.NodeID][]registry.StateReport
}

// maxOfNode bounds the states of one node. Past it those that have waited longest go:
// a board that lives says its state again.
const maxOfNode = 8

func newWaitingStates() waitingStates {
	return waitingStates{some: make(chan struct{}, 1), said: map[reading.NodeID][]registry.StateReport{}}
}

// put adds a state in the place of those that it makes out of date.
func (w *waitingStates) put(s registry.StateReport) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before, known := w.said[s.Node]
	if !known {
		w.nodes = append(w.nodes, s.Node)
	}
	before = slices.DeleteFunc(before, func(o registry.StateReport) bool {
		return sameRun(o.State, s.State) && (s.State.Online || !o.State.Online && (isWill(o.State) || !isWill(s.State)))
	})
	before = append(before, s)
	w.said[s.Node] = before[max(0, len(before)-maxOfNode):]
	w.signal()
}

// sameRun says whether two states of a node are of one boot and epoch.
func sameRun(a, b *wire.NodeState) bool { return a.Boot == b.Boot && a.Epoch == b.Epoch }

// isWill says whether a state says nothing but that the node is gone.
func isWill(s *wire.NodeState) bool { return !s.Online && s.NextSeq == 0 }

// take returns up to most states, or else those of one node: all that those nodes said
// that have waited longest.
func (w *waitingStates) take(most int) []registry.StateReport {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []registry.StateReport
	for len(w.nodes) > 0 {
		node := w.nodes[0]
		if len(all) > 0 && len(all)+len(w.said[node]) > most {
			break
		}
		all = append(all, w.said[node]...)
		delete(w.said, node)
		w.nodes = w.nodes[1:]
	}
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
