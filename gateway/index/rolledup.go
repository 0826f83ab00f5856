package index

import (
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// RolledUp returns until when, beginning with from, the hourly roll-ups of nodes have
// all their readings that the ledger knows of: the beginning of the first hour that
// waits to be rolled up, or to be rolled up again for late readings. Without nodes it
// is that of all. It may be called at any time.
func (x *Index) RolledUp(nodes []reading.NodeID, from time.Time) time.Time {
	return time.Unix(x.hours.rolledUp(nodes, hourOf(from))*3600, 0)
}

func (h *hours) rolledUp(nodes []reading.NodeID, from int64) int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	until := h.from
	look := func(spans ...span) {
		for _, s := range spans {
			if s[1] > from {
				until = min(until, max(s[0], from))
			}
		}
	}
	if len(nodes) == 0 {
		for _, spans := range h.nodes {
			look(spans...)
		}
		look(h.busy.hours)
	}
	for _, node := range nodes {
		look(h.nodes[node]...)
		if h.busy.node == node {
			look(h.busy.hours)
		}
	}
	return until
}
