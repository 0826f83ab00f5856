package broker

import (
	"math"
	"sync"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// order numbers what a client has not acknowledged. mochi sends it again by the
// lowest 16 bits of its time in whole seconds (Inflight.GetAll), which mixes up
// what came within one; so each message gets a number for its time. Nothing else
// asks for that, as messages have no age at which they expire.
type order struct {
	mu   sync.Mutex
	last int64
}

// OnQosPublish numbers a message that waits for a client's acknowledgement. What a
// client of version 5 gets beyond its Receive Maximum keeps its time.
func (h *hook) OnQosPublish(cl *mqtt.Client, pk packets.Packet, _ int64, _ int) {
	c, ok := cl.Net.Conn.(*conn)
	if !ok || pk.FixedHeader.Type != packets.Publish || pk.FixedHeader.Dup {
		return
	}
	c.order.mu.Lock()
	defer c.order.mu.Unlock()
	waiting := cl.State.Inflight
	if c.order.last == 0 || c.order.last == math.MaxUint16 {
		// A session that was taken over brings others, which come before.
		c.order.last = 0
		for _, other := range waiting.GetAll(false) {
			if other.PacketID != pk.PacketID {
				c.order.last++
				other.Created = c.order.last
				waiting.Set(other)
			}
		}
	}
	c.order.last++
	pk.Created = c.order.last
	waiting.Set(pk)
}
