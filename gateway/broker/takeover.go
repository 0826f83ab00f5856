package broker

import (
	"sync"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// takeover lets connections take sessions over one after the other.
//
// It keeps messages out of a session that is kept while another connection takes it
// over: mochi copies what waits in it and only then finds the new connection instead
// of the old one, and what came between would be in neither. mu is held for reading
// while a message is passed on, and for writing from OnSessionEstablish, which mochi
// calls before it copies, until the CONNACK has been sent, which must come before any
// message. Where nothing is kept, as of every node, nothing is copied and nobody held
// up: when thousands come at once each would wait for all that others publish.
type takeover struct {
	mu sync.RWMutex

	one sync.Mutex
	// coming are closed when the connection that comes under that client id has its
	// CONNACK, or has ended.
	coming map[string]chan struct{}
}

// enter waits until no other connection comes under the client id.
func (t *takeover) enter(id string) {
	for {
		t.one.Lock()
		other, there := t.coming[id]
		if !there {
			if t.coming == nil {
				t.coming = make(map[string]chan struct{})
			}
			t.coming[id] = make(chan struct{})
			t.one.Unlock()
			return
		}
		t.one.Unlock()
		<-other
	}
}

// leave lets the next one under the client id come.
func (t *takeover) leave(id string) {
	t.one.Lock()
	defer t.one.Unlock()
	close(t.coming[id])
	delete(t.coming, id)
}

// takeoverTimeout is how long a connection waits for the end of the one that it
// replaces, and that one for its last write.
const takeoverTimeout = 10 * time.Second

// OnSessionEstablish begins a takeover, after the connection that had the client id
// has ended with all that it does: mochi would forget the new connection where the
// old one ends in the same moment, and would send its Will after the new
// connection's first state, so that a node that has only come back were shown as
// offline until its next one. No Will waits either, as mochi calls nobody before
// it retains one that did.
func (h *hook) OnSessionEstablish(cl *mqtt.Client, pk packets.Packet) {
	cl.Properties.Will.WillDelayInterval = 0
	c, ok := cl.Net.Conn.(*conn)
	if !ok {
		return
	}
	h.takeover.enter(cl.ID)
	c.coming = cl.ID
	var ended *mqtt.Client
	for {
		old, _ := h.b.server.Clients.Get(cl.ID)
		if old == ended {
			if old != nil && kept(old, pk) {
				h.takeover.mu.Lock()
				c.taking = true
			}
			return
		}
		if ended = old; old != nil {
			h.end(old)
		}
	}
}

// kept reports whether mochi gives the session of old to the connection that said
// pk: one of the two has asked for it to be clean otherwise (MQTT 3.1.1 §3.1.2.4).
func kept(old *mqtt.Client, pk packets.Packet) bool {
	return !pk.Connect.Clean && (!old.Properties.Clean || old.Properties.ProtocolVersion >= 5)
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

// taken ends c's coming, and its takeover, if it is in one.
func (h *hook) taken(c *conn) {
	if c.taking {
		c.taking = false
		h.takeover.mu.Unlock()
	}
	if c.coming != "" {
		h.takeover.leave(c.coming)
		c.coming = ""
	}
}
