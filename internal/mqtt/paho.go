package mqtt

import (
	paho "github.com/eclipse/paho.mqtt.golang"
)

// pahoOptions are those of the next connection. An error says that the password in
// them may be an old one.
func (c *Conn) pahoOptions(address string) (*paho.ClientOptions, error) {
	password, outdated := c.opt.Password, error(nil)
	if c.opt.Secret != nil {
		password, outdated = c.opt.Secret()
	}
	po := paho.NewClientOptions().
		AddBroker(address).
		SetClientID(c.opt.ClientID).
		SetCleanSession(!c.opt.Persistent).
		SetKeepAlive(c.opt.KeepAlive).
		SetPingTimeout(c.opt.KeepAlive / 2).
		SetConnectTimeout(c.opt.handshake).
		SetWriteTimeout(min(c.opt.handshake, stallTimeout)).
		SetAutoReconnect(false).
		SetConnectRetry(false).
		SetOrderMatters(true).
		// Without this paho answers every refusal with a second try in MQTT 3.1.
		SetProtocolVersion(4)
	if c.opt.Username != "" {
		po.SetUsername(c.opt.Username).SetPassword(password)
	}
	if w := c.opt.Will; w != nil {
		po.SetBinaryWill(w.Topic, w.Payload, w.QoS, w.Retain)
	}
	// All messages go through the default handler, so that what a kept session
	// delivers before the subscriptions are renewed is not lost.
	po.SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) {
		got := Message{Topic: m.Topic(), Payload: m.Payload(), QoS: m.Qos(), Retain: m.Retained()}
		switch {
		case c.opt.OnDelivery != nil:
			c.opt.OnDelivery(got, m.Ack)
		case c.opt.OnMessage != nil:
			c.opt.OnMessage(got)
		}
	})
	po.SetAutoAckDisabled(c.opt.OnDelivery != nil)
	return po, outdated
}
