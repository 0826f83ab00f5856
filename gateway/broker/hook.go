package broker

import (
	"bytes"
	"errors"
	"slices"
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
	takeover takeover
	// again publishes what other clients have published, see pass.
	again *mqtt.Client
}

var _ mqtt.Hook = (*hook)(nil)

// ID names the hook in logs.
func (h *hook) ID() string { return "siaga" }

// Provides says which calls mochi should make.
func (h *hook) Provides(b byte) bool {
	return bytes.IndexByte([]byte{
		mqtt.OnConnectAuthenticate,
		mqtt.OnSessionEstablish,
		mqtt.OnSessionEstablished,
		mqtt.OnACLCheck,
		mqtt.OnSubscribe,
		mqtt.OnPacketSent,
		mqtt.OnPacketProcessed,
		mqtt.OnPublish,
		mqtt.OnRetainMessage,
		mqtt.OnQosPublish,
		mqtt.OnPublishDropped,
		mqtt.OnWill,
		mqtt.OnWillSent,
		mqtt.OnDisconnect,
		mqtt.OnClientExpired,
	}, b) >= 0
}

// OnConnectAuthenticate lets in whom the gate knows, and anybody on this machine
// where nothing is asked of him, but nobody whose Will he may not publish: mochi
// does not ask OnACLCheck about Wills.
func (h *hook) OnConnectAuthenticate(cl *mqtt.Client, pk packets.Packet) bool {
	c, ok := cl.Net.Conn.(*conn)
	if !ok {
		return false
	}
	c.l.heard(c)
	c.spoke = true
	c.cuts = h.b.cuts.Load()
	who, why, err := h.b.identify(c, cl.ID, string(pk.Connect.Username), string(pk.Connect.Password))
	if err != nil {
		h.refuse(cl, why, "", err)
		return false
	}
	if topic := pk.Connect.WillTopic; pk.Connect.WillFlag &&
		(!plausible(topic) || !mqtt.IsValidFilter(topic, true) || !h.b.mayPublish(who, topic)) {
		h.refuse(cl, badWill, topic, nil)
		return false
	}
	if who.kind == anAccount {
		// Each account has client ids of its own.
		cl.ID = accountIDs + who.name + ":" + cl.ID
		if !h.b.sessions.add(who.name, cl.ID, h.b.server.Clients) {
			h.refuse(cl, tooManySessions, "", nil)
			return false
		}
	}
	if !h.b.admit(cl.ID, who) {
		h.refuse(cl, badClientID, "", errClientID)
		return false
	}
	c.who.Store(who)
	return true
}

// OnSessionEstablished asks once more who a client is where somebody was cut since:
// only from now on does a cut find it.
func (h *hook) OnSessionEstablished(cl *mqtt.Client, pk packets.Packet) {
	c, ok := cl.Net.Conn.(*conn)
	if !ok || h.b.cuts.Load() == c.cuts {
		return
	}
	said := pk.Connect
	who, why, err := h.b.identify(c, said.ClientIdentifier, string(said.Username), string(said.Password))
	if err != nil {
		h.refuse(cl, why, "", err)
		_ = c.Close()
		h.b.empty(cl)
		return
	}
	c.who.Store(who) // its rights may be others
}

// admit makes room for who under the client id. What another party left there is
// not inherited: a node takes its own id from anybody, others take none.
func (b *Broker) admit(id string, who *party) bool {
	old, ok := b.server.Clients.Get(id)
	if !ok {
		return true
	}
	c, ok := old.Net.Conn.(*conn)
	if !ok {
		return false // the center's own
	}
	if who.same(c.who.Load()) {
		return true
	}
	if who.kind != aNode && !old.Closed() {
		return false
	}
	b.empty(old)
	return true
}

// empty ends a client's subscriptions and what is kept for it. mochi still finds
// it, so that its connection is ended as one that is taken over.
func (b *Broker) empty(cl *mqtt.Client) {
	b.server.UnsubscribeClient(cl)
	cl.ClearInflights()
}

// OnACLCheck lets clients publish and subscribe to what is theirs. mochi asks it
// too about each message on its way to a client.
func (h *hook) OnACLCheck(cl *mqtt.Client, topic string, write bool) bool {
	c, ok := cl.Net.Conn.(*conn)
	if !ok {
		return true // the center's own
	}
	if !write && !c.greeted.Load() {
		return false // meant for the session before, and it waits for its CONNACK
	}
	who := c.who.Load()
	switch {
	case who == nil || !plausible(topic):
		return false
	case write && h.b.mayPublish(who, topic), !write && h.b.maySubscribe(who, topic):
		return true
	case write:
		h.refuse(cl, badTopic, topic, nil)
	default:
		h.refuse(cl, badFilter, topic, nil)
	}
	return false
}

// OnSubscribe ends connections that ask for more subscriptions than anybody
// needs, and notes whether one of them has a wildcard.
func (h *hook) OnSubscribe(cl *mqtt.Client, pk packets.Packet) packets.Packet {
	if cl.State.Subscriptions.Len()+len(pk.Filters) > maxSubscriptions {
		h.refuse(cl, tooManySubscriptions, "", nil)
		_ = cl.Net.Conn.Close()
		pk.Filters = nil
	}
	if c, ok := cl.Net.Conn.(*conn); ok {
		c.wild = slices.ContainsFunc(pk.Filters, func(s packets.Subscription) bool { return strings.ContainsAny(s.Filter, "+#") })
	}
	return pk
}

// OnWill drops the Wills of connections that were replaced, and those of Close.
func (h *hook) OnWill(cl *mqtt.Client, will mqtt.Will) (mqtt.Will, error) {
	h.takeover.mu.RLock() // mochi passes it on next, and then calls OnWillSent
	c, ok := cl.Net.Conn.(*conn)
	if h.b.closing.Load() || (ok && c.replaced.Load()) {
		return mqtt.Will{TopicName: unsentWill}, nil
	}
	// The node that it speaks for may have been enrolled since it was accepted.
	if ok && !h.b.mayPublish(c.who.Load(), will.TopicName) {
		h.refuse(cl, badWill, will.TopicName, nil)
		return mqtt.Will{TopicName: unsentWill}, nil
	}
	will.Retain = h.keep(cl, will.TopicName, will.Payload, will.Retain)
	return will, nil
}

// OnWillSent hands on a Will. It does not pass OnPublish.
func (h *hook) OnWillSent(cl *mqtt.Client, pk packets.Packet) {
	h.takeover.mu.RUnlock()
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
		if h.b.refusals.mayLog.Allow() {
			h.b.opt.Logger.Warn("client sent a packet over the limit", "client", cl.ID, "limit", h.b.opt.MaxPacketBytes, "remote", cl.Net.Remote)
		} else {
			h.b.refusals.unlogged.Add(1)
		}
	}
}

// OnClientExpired ends the subscriptions of a session that has expired; mochi
// forgets the session but not them.
func (h *hook) OnClientExpired(cl *mqtt.Client) {
	cl.ClearInflights()
	h.b.server.UnsubscribeClient(cl)
}
