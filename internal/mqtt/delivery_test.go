package mqtt

import (
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// TestDeliveryIsConfirmedByHand: what was not confirmed is the broker's to send
// again.
func TestDeliveryIsConfirmedByHand(t *testing.T) {
	b := newBroker(t)
	b.start()
	type delivery struct {
		m   Message
		ack func()
	}
	got := make(chan delivery, 10)
	c := open(t, b, func(o *Options) {
		o.Persistent = true
		o.Subscriptions = []Subscription{{"application/#", 1}}
		o.OnDelivery = func(m Message, ack func()) { got <- delivery{m, ack} }
	})
	until(t, "connected", connected(c))
	await[*packets.SubscribePacket](b)
	for i, payload := range []string{"first", "second"} {
		p := message("application/1", payload).(*packets.PublishPacket)
		p.Qos, p.MessageID = 1, uint16(i+1)
		b.mu.Lock()
		if err := p.Write(b.conns[0]); err != nil {
			t.Error(err)
		}
		b.mu.Unlock()
	}
	first, second := next(t, got), next(t, got)
	if first.m.Topic != "application/1" || string(second.m.Payload) != "second" {
		t.Errorf("got %+v and %+v", first.m, second.m)
	}
	second.ack()
	if p := await[*packets.PubackPacket](b); p.MessageID != 2 {
		t.Errorf("confirmed %d, want only the second", p.MessageID)
	}
	b.cut()
	await[*packets.ConnectPacket](b)
	until(t, "connected again", connected(c))
	first.ack() // for a connection that is gone
	second.ack()
}
