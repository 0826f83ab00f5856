package broker

import (
	"bytes"
	"errors"
	"strings"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// unsentWill is where a Will goes that must not be sent: mochi has no way to
// stop one. A topic that begins with "$" matches no wildcard, and clients cannot
// ask for this one.
const unsentWill = "$siaga/unsent"

// hook is what mochi calls: it decides who may publish what, and hands
// messages on.
type hook struct {
	mqtt.HookBase
	b        *Broker
	retained retained
}

var _ mqtt.Hook = (*hook)(nil)

// ID names the hook in logs.
func (h *hook) ID() string { return "siaga" }

// Provides says which calls mochi should make.
func (h *hook) Provides(b byte) bool {
	return bytes.IndexByte([]byte{
		mqtt.OnConnectAuthenticate,
		mqtt.OnSessionEstablish,
		mqtt.OnACLCheck,
		mqtt.OnPacketSent,
		mqtt.OnPacketProcessed,
		mqtt.OnPublish,
		mqtt.OnRetainMessage,
		mqtt.OnPublishDropped,
		mqtt.OnWill,
		mqtt.OnWillSent,
		mqtt.OnDisconnect,
		mqtt.OnClientExpired,
	}, b) >= 0
}

// OnConnectAuthenticate lets every client in, but for one whose Will it may not
// publish: mochi does not ask OnACLCheck about Wills.
func (h *hook) OnConnectAuthenticate(cl *mqtt.Client, pk packets.Packet) bool {
	if !pk.Connect.WillFlag {
		return true
	}
	topic := pk.Connect.WillTopic
	if topic != "" && mqtt.IsValidFilter(topic, true) && forClients(topic) {
		return true
	}
	h.refuse(cl, topic)
	return false
}

// OnACLCheck lets clients subscribe to all that does not begin with "$", and
// publish what is theirs: unsentWill is nobody's, and of itself the broker speaks
// in Stats and in its metrics.
func (h *hook) OnACLCheck(cl *mqtt.Client, topic string, write bool) bool {
	if !write {
		return !strings.HasPrefix(topic, "$") || mqtt.IsSharedFilter(topic)
	}
	if forClients(topic) {
		return true
	}
	h.refuse(cl, topic)
	return false
}

func (h *hook) refuse(cl *mqtt.Client, topic string) {
	h.b.refused.Add(1)
	h.b.opt.Logger.Warn("client may not publish to this topic", "client", cl.ID, "topic", topic, "remote", cl.Net.Remote)
}

// OnPublish hands on what a client has published.
func (h *hook) OnPublish(cl *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	if !cl.Net.Inline {
		h.b.messages.Add(1)
		if h.b.forDevices(pk.TopicName) {
			return pk, h.device(cl, pk)
		}
		h.b.deliver(cl.ID, pk)
	}
	h.retained.keep(pk.FixedHeader.Retain)
	return pk, nil
}

// OnSessionEstablish lets no Will wait, as mochi calls nobody before it retains
// one that did, and marks the connection whose place this client takes. mochi
// sends the old connection's Will from its own goroutine, at times after the new
// connection's first state: the node, which has only come back before its old
// connection was found dead, would be shown as offline until its next one.
func (h *hook) OnSessionEstablish(cl *mqtt.Client, _ packets.Packet) {
	cl.Properties.Will.WillDelayInterval = 0
	if old, ok := h.b.server.Clients.Get(cl.ID); ok {
		if c, ok := old.Net.Conn.(*conn); ok {
			c.replaced.Store(true)
		}
	}
}

// OnWill drops the Wills of connections that were replaced, and those of Close.
func (h *hook) OnWill(cl *mqtt.Client, will mqtt.Will) (mqtt.Will, error) {
	c, ok := cl.Net.Conn.(*conn)
	if h.b.closing.Load() || (ok && c.replaced.Load()) {
		return mqtt.Will{TopicName: unsentWill}, nil
	}
	h.retained.keep(will.Retain)
	return will, nil
}

// OnWillSent hands on a Will. It does not pass OnPublish.
func (h *hook) OnWillSent(cl *mqtt.Client, pk packets.Packet) {
	if pk.TopicName == unsentWill {
		return
	}
	h.b.wills.Add(1)
	if h.b.forDevices(pk.TopicName) {
		h.deviceWill(cl, pk)
		return
	}
	h.b.deliver(cl.ID, pk)
}

// OnPublishDropped counts what a slow client has missed.
func (h *hook) OnPublishDropped(*mqtt.Client, packets.Packet) { h.b.dropped.Add(1) }

// OnDisconnect closes the connection's way to the intake, and counts clients that
// were sent away for a packet too large.
func (h *hook) OnDisconnect(cl *mqtt.Client, err error, _ bool) {
	if c, ok := cl.Net.Conn.(*conn); ok && c.device != nil {
		c.device.link.Close()
	}
	if errors.Is(err, packets.ErrPacketTooLarge) {
		h.b.tooLarge.Add(1)
		h.b.opt.Logger.Warn("client sent a packet over the limit", "client", cl.ID, "limit", h.b.opt.MaxPacketBytes, "remote", cl.Net.Remote)
	}
}

// OnClientExpired ends the subscriptions of a session that has expired; mochi
// forgets the session but not them.
func (h *hook) OnClientExpired(cl *mqtt.Client) {
	cl.ClearInflights()
	h.b.server.UnsubscribeClient(cl)
}
