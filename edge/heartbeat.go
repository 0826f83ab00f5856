package edge

import (
	"sync/atomic"
	"time"
)

const (
	// heartbeatInterval is how often each loop of the agent turns at least.
	heartbeatInterval = 5 * time.Second
	// standstill is after how long a loop that has not turned hangs. A slow card
	// may take many seconds for a write, a broker that reads no more some.
	standstill = 90 * time.Second
)

// heartbeat notes when a loop turned last. The zero value has not begun. It may
// be used concurrently.
type heartbeat struct{ at atomic.Pointer[time.Time] }

func (h *heartbeat) beat() {
	now := time.Now()
	h.at.Store(&now)
}

// end says that the loop has ended, which is no standstill.
func (h *heartbeat) end() { h.at.Store(nil) }

func (h *heartbeat) still() bool {
	at := h.at.Load()
	return at != nil && time.Since(*at) > standstill
}

// Alive reports whether the agent's loops turn, for a watchdog that would start
// the program again. Before and after Run it is true. It may be called from any
// goroutine.
func (a *Agent) Alive() bool { return !a.sender.turn.still() && !a.sealer.turn.still() }
