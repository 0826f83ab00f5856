package broker

import (
	"errors"
	"sync/atomic"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/siaga-id/siaga/ingest/device"
)

// devicePath is the way of one connection's messages on topics of devices: mochi
// is told to forget them, so that it acknowledges nothing, and they are
// acknowledged when the intake has them on disk.
type devicePath struct {
	link *device.Link
	// ended is set when a message was not taken: what the connection had sent
	// after it must not pass it.
	ended bool
}

// device takes a message on a topic of devices. Its error makes mochi leave the
// message alone.
func (h *hook) device(cl *mqtt.Client, pk packets.Packet) error {
	c, ok := cl.Net.Conn.(*conn)
	if !ok {
		return packets.ErrRejectPacket
	}
	if c.device == nil {
		c.device = &devicePath{link: h.b.opt.Devices.Link(func(why error) { h.hangUp(cl, why) })}
	}
	d := c.device
	if d.ended {
		return packets.ErrRejectPacket
	}
	m := device.Message{Topic: pk.TopicName, Payload: pk.Payload, Received: time.Now(), Retain: pk.FixedHeader.Retain}
	if err := d.link.Take(m, h.acknowledge(cl, pk)); err != nil {
		d.ended = true
		h.hangUp(cl, err)
		return packets.ErrRejectPacket
	}
	h.pass(cl, pk)
	return packets.ErrRejectPacket
}

// acknowledge returns what tells the client that its message was taken: nil at
// QoS 0, a PUBACK at QoS 1, a PUBREC at QoS 2, of which mochi does the rest.
func (h *hook) acknowledge(cl *mqtt.Client, pk packets.Packet) func() {
	var kind byte
	switch pk.FixedHeader.Qos {
	case 1:
		kind = packets.Puback
	case 2:
		kind = packets.Pubrec
	default:
		return nil
	}
	id, created := pk.PacketID, time.Now().Unix() // a whole packet is large to keep
	return func() {
		ack := packets.Packet{PacketID: id, Created: created, FixedHeader: packets.FixedHeader{Type: kind}}
		if ack.FixedHeader.Type == packets.Pubrec && !cl.Closed() {
			cl.State.Inflight.DecreaseReceiveQuota()
			if cl.State.Inflight.Set(ack) {
				atomic.AddInt64(&h.b.server.Info.Inflight, 1)
			}
		}
		// A client that is gone sends the message again.
		if err := cl.WritePacket(ack); err != nil && !errors.Is(err, mqtt.ErrConnectionClosed) {
			h.b.opt.Logger.Debug("acknowledgement not sent", "client", cl.ID, "err", err)
			_ = cl.Net.Conn.Close()
		}
	}
}

// hangUp ends a connection whose message was not taken. Version 5 is told why.
// The socket is closed below mochi, which then sends the Will, as it must.
func (h *hook) hangUp(cl *mqtt.Client, why error) {
	h.b.hungUp.Add(1)
	h.b.opt.Logger.Warn("message of a device not taken: connection ended without acknowledging it, the device will send it again",
		"client", cl.ID, "reason", why, "remote", cl.Net.Remote)
	if cl.Properties.ProtocolVersion == 5 {
		code := packets.ErrServerBusy
		if errors.Is(why, device.ErrFull) {
			code = packets.ErrQuotaExceeded
		}
		_ = cl.WritePacket(packets.Packet{
			FixedHeader: packets.FixedHeader{Type: packets.Disconnect},
			ReasonCode:  code.Code,
			Properties:  packets.Properties{ReasonString: code.Reason},
		}) // it may be gone already
	}
	_ = cl.Net.Conn.Close()
}

// deviceWill takes a Will on a topic of devices. Nobody sends it again.
func (h *hook) deviceWill(cl *mqtt.Client, pk packets.Packet) {
	link := h.b.opt.Devices.Link(func(why error) {
		h.b.opt.Logger.Warn("Will of a device is lost", "client", cl.ID, "topic", pk.TopicName, "reason", why)
	})
	defer link.Close()
	m := device.Message{Topic: pk.TopicName, Payload: pk.Payload, Received: time.Now(), Retain: pk.FixedHeader.Retain}
	if err := link.Take(m, nil); err != nil {
		h.b.opt.Logger.Warn("Will of a device is lost", "client", cl.ID, "topic", pk.TopicName, "reason", err)
	}
}

// forDevices says whether the configuration names the topic as one of devices.
func (b *Broker) forDevices(topic string) bool {
	return b.opt.Devices != nil && b.opt.Devices.Takes(topic)
}
