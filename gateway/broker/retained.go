package broker

import (
	"sync"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// retained keeps mochi from looking for retained messages, on a SUBSCRIBE with a
// wildcard, while it retains another: it reads without a lock what it then
// writes (TopicsIndex.scanMessages and RetainMessage). Each side holds it from
// the last call of mochi's before to the first after, between which nothing is
// sent: a client that does not read holds nobody up.
type retained struct {
	mu sync.RWMutex
}

// keep is for what OnPublish or OnWill returns: mochi retains it next, and then
// calls OnRetainMessage.
func (r *retained) keep(retain bool) {
	if retain {
		r.mu.Lock()
	}
}

// OnRetainMessage is called when a message has been retained.
func (h *hook) OnRetainMessage(*mqtt.Client, packets.Packet, int64) { h.retained.mu.Unlock() }

// OnPacketSent is called when a SUBACK is on its way, among others: mochi looks
// for retained messages next.
func (h *hook) OnPacketSent(cl *mqtt.Client, pk packets.Packet, _ []byte) {
	if pk.FixedHeader.Type != packets.Suback {
		return
	}
	if c, ok := cl.Net.Conn.(*conn); ok {
		c.looking = true
		h.retained.mu.RLock()
	}
}

// OnPacketProcessed is called when a SUBSCRIBE is done with, among others.
func (h *hook) OnPacketProcessed(cl *mqtt.Client, pk packets.Packet, _ error) {
	if pk.FixedHeader.Type != packets.Subscribe {
		return
	}
	if c, ok := cl.Net.Conn.(*conn); ok && c.looking {
		c.looking = false
		h.retained.mu.RUnlock()
	}
}
