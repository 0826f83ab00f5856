package broker

import (
	"strings"
	"sync"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// retained keeps mochi from looking for retained messages, on a SUBSCRIBE with a
// wildcard, while it retains another: it reads without a lock what it then
// writes (TopicsIndex.scanMessages and RetainMessage). Each side holds it from
// the last call of mochi's before to the first after, between which nothing is
// sent: a client that does not read holds nobody up. Both take microseconds, and take
// turns: with a lock that lets all who look go first, thousands of nodes that come
// at once hold up each other's states for seconds.
//
// It also bounds what is retained for devices: anybody who may publish to tambak/#
// could otherwise fill the memory with one message after another.
type retained struct {
	mu sync.Mutex
	// sizes are the payloads that are kept by topics of devices, and bytes their sum
	// with those topics.
	sizes map[string]int
	bytes int
}

// What is retained at the most by topics that are not under siaga/.
const (
	maxRetained      = 20_000
	maxRetainedBytes = 64 << 20
)

// keep is for what OnPublish or OnWill returns: whether mochi is to retain it,
// which it does next, and then calls OnRetainMessage. A message for which there is
// no room is passed on and not retained.
func (h *hook) keep(cl *mqtt.Client, topic string, payload []byte, retain bool) bool {
	if !retain {
		return false
	}
	r := &h.retained
	r.mu.Lock()
	if strings.HasPrefix(topic, "siaga/") || len(payload) == 0 {
		return true
	}
	old, known := r.sizes[topic]
	grows := len(payload) - old
	if !known {
		grows += len(topic)
	}
	if known && grows <= 0 || (known || len(r.sizes) < maxRetained) && r.bytes+grows <= maxRetainedBytes {
		return true
	}
	r.mu.Unlock()
	h.refuse(cl, tooMuchRetained, topic, nil)
	return false
}

// OnRetainMessage is called when a message has been retained.
func (h *hook) OnRetainMessage(_ *mqtt.Client, pk packets.Packet, _ int64) {
	r := &h.retained
	defer r.mu.Unlock()
	if strings.HasPrefix(pk.TopicName, "siaga/") {
		return
	}
	if old, known := r.sizes[pk.TopicName]; known {
		r.bytes -= old + len(pk.TopicName)
		delete(r.sizes, pk.TopicName)
	}
	if len(pk.Payload) > 0 {
		if r.sizes == nil {
			r.sizes = make(map[string]int)
		}
		r.sizes[pk.TopicName] = len(pk.Payload)
		r.bytes += len(pk.Payload) + len(pk.TopicName)
	}
}

// OnPacketSent is called when a CONNACK is on its way, which ends a takeover, and
// a SUBACK, after which mochi looks for retained messages.
func (h *hook) OnPacketSent(cl *mqtt.Client, pk packets.Packet, _ []byte) {
	c, ok := cl.Net.Conn.(*conn)
	if !ok {
		return
	}
	switch pk.FixedHeader.Type {
	case packets.Connack:
		c.greeted.Store(true)
		h.taken(c)
	case packets.Suback:
		if c.looking = c.wild; c.looking {
			h.retained.mu.Lock()
		}
	}
}

// OnPacketProcessed is called when a SUBSCRIBE is done with, among others.
func (h *hook) OnPacketProcessed(cl *mqtt.Client, pk packets.Packet, _ error) {
	if pk.FixedHeader.Type != packets.Subscribe {
		return
	}
	if c, ok := cl.Net.Conn.(*conn); ok && c.looking {
		c.looking = false
		h.retained.mu.Unlock()
	}
}
