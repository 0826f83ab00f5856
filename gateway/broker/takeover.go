package broker

import (
	"sync"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// takeover keeps messages out of a session while another connection takes it over:
// mochi copies what waits in it and only then finds the new connection instead of
// the old one, and what came between would be in neither. It is held for reading
// while a message is passed on, and for writing from OnSessionEstablish, which
// mochi calls before it copies, until the CONNACK has been sent, which must come
// before any message.
type takeover struct{ mu sync.RWMutex }

// takeoverTimeout is how long a connection waits for the end of the one that it
// replaces, and that one for its last write.
const takeoverTimeout = 10 * time.Second

// OnSessionEstablish begins a takeover, after the connection that had the client id
// has ended with all that it does: mochi would forget the new connection where the
// old one ends in the same moment, and would send its Will after the new
// connection's first state, so that a node that has only come back were shown as
// offline until its next one. No Will waits either, as mochi calls nobody before
// it retains one that did.
func (h *hook) OnSessionEstablish(cl *mqtt.Client, _ packets.Packet) {
	cl.Properties.Will.WillDelayInterval = 0
	c, ok := cl.Net.Conn.(*conn)
	if !ok {
		return
	}
	var ended *mqtt.Client
	for {
		old, _ := h.b.server.Clients.Get(cl.ID)
		if old == ended {
			h.takeover.mu.Lock()
			if now, _ := h.b.server.Clients.Get(cl.ID); now == old {
				c.taking = true
				return
			}
			h.takeover.mu.Unlock()
			continue
		}
		if ended = old; old != nil {
			h.end(old)
		}
	}
}

// end ends a connection whose client id another one has, and waits for it.
func (h *hook) end(old *mqtt.Client) {
	c, ok := old.Net.Conn.(*conn)
	if !ok {
		return
	}
	c.replaced.Store(true)
	// A write that is stuck would hold up the goodbye.
	_ = c.Conn.SetWriteDeadline(time.Now().Add(takeoverTimeout / 2))
	_ = h.b.server.DisconnectClient(old, packets.ErrSessionTakenOver) // it may be gone
	limit := time.NewTimer(takeoverTimeout)
	defer limit.Stop()
	select {
	case <-c.ended:
	case <-limit.C:
		h.b.opt.Logger.Warn("connection not ended in time, its client id is given to another all the same", "client", old.ID, "remote", old.Net.Remote)
	}
}

// taken ends c's takeover, if it is in one.
func (h *hook) taken(c *conn) {
	if c.taking {
		c.taking = false
		h.takeover.mu.Unlock()
	}
}
