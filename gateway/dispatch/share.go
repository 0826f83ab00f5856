package dispatch

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/siaga-id/siaga/internal/reading"
)

const (
	// nodeRate and nodeBurst bound what one node says of its configuration and in
	// answer to commands: it has a word or two to say a minute, and after an outage
	// some more.
	nodeRate  = 1
	nodeBurst = 64
	// maxShares bounds the nodes that are remembered. With more of them than any
	// center has, all begin anew.
	maxShares = 20_000
)

// share keeps one node from taking everybody's place in the queue. It may be used
// concurrently.
type share struct {
	mu    sync.Mutex
	nodes map[reading.NodeID]*rate.Limiter
}

func (s *share) allows(node reading.NodeID, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.nodes[node]
	if l == nil {
		if s.nodes == nil || len(s.nodes) >= maxShares {
			s.nodes = make(map[reading.NodeID]*rate.Limiter)
		}
		l = rate.NewLimiter(nodeRate, nodeBurst)
		s.nodes[node] = l
	}
	return l.AllowN(now, 1)
}
