package broker

import (
	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// OnPublish hands on what a client has published, and what pass publishes.
func (h *hook) OnPublish(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	if cl != h.again && !cl.Net.Inline {
		h.b.messages.Add(1)
		if c, ok := cl.Net.Conn.(*conn); ok && c.paced != nil && c.pace.wait(c.paced, len(pk.Payload)) {
			h.b.refusals.counts[tooFast].Add(1)
		}
		if h.b.forDevices(pk.TopicName) {
			return pk, h.device(cl, pk)
		}
		h.b.deliver(cl.ID, pk)
		if pk.FixedHeader.Qos > 0 {
			h.pass(cl, pk)
			h.acknowledge(cl, pk)()
			return pk, packets.ErrRejectPacket
		}
	}
	if publisher := pk.Connect.ClientIdentifier; cl == h.again && publisher != "" {
		pk.Origin, pk.Connect.ClientIdentifier = publisher, ""
		if there, ok := h.b.server.Clients.Get(publisher); ok {
			cl = there
		}
	}
	pk.FixedHeader.Retain = h.keep(cl, pk.TopicName, pk.Payload, pk.FixedHeader.Retain)
	return pk, nil
}

// pass gives a message to its subscribers before its publisher has its
// acknowledgement; mochi does it the other way round, and what he publishes next
// over another connection could come before it. The message names its publisher,
// so that nobody hears himself who asked not to.
func (h *hook) pass(publisher *mqtt.Client, pk packets.Packet) {
	pk.FixedHeader.Dup = false
	pk.Connect.ClientIdentifier = publisher.ID
	h.takeover.mu.RLock()
	defer h.takeover.mu.RUnlock()
	if !pk.FixedHeader.Retain && h.b.unheard(pk.TopicName) {
		return
	}
	if err := h.b.server.InjectPacket(h.again, pk); err != nil {
		h.b.opt.Logger.Debug("message not passed on to subscribers", "client", publisher.ID, "topic", pk.TopicName, "err", err)
	}
}

// unheard says that nobody subscribes to a topic.
func (b *Broker) unheard(topic string) bool {
	to := b.server.Topics.Subscribers(topic)
	return len(to.Subscriptions)+len(to.Shared)+len(to.InlineSubscriptions) == 0
}
