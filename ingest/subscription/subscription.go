// Package subscription feeds an ingester from an MQTT broker: it subscribes to
// the nodes' packs in a share group, and carries acknowledgements and the
// ingester's state back.
//
// Several ingesters of one group divide the packs among themselves; the broker
// does the dividing. The session ends with the connection: for one that the
// broker keeps, Mosquitto goes on collecting a dead ingester's share, which the
// others then do not get. What is not delivered meanwhile the nodes send again.
// It must not decode packs, and it confirms a message to the
// broker before the pack is durable: what a node may forget is said by the
// acknowledgement alone.
package subscription

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/siaga-id/siaga/ingest"
	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// Options say how one ingester listens.
type Options struct {
	MQTT mqtt.Config
	// Group is the share group; all ingesters of a district are in one.
	Group string
	// Name is the ingester's; it makes the client id, of which there may be one.
	Name string
	Demo bool
	// Offer takes a packet and never blocks.
	Offer func(ingest.Packet) bool
	// OnConnect is called after each connect: the ingester's state should be
	// published again then, since the broker has told its Will meanwhile. It must
	// not block.
	OnConnect func()
	Logger    *slog.Logger
}

// Subscription is a running subscription. It may be used concurrently.
type Subscription struct {
	conn *mqtt.Conn
}

var _ ingest.Acker = (*Subscription)(nil)

// Open connects in the background. The caller must Close it.
func Open(opt Options) (*Subscription, error) {
	o, err := opt.MQTT.Options()
	if err != nil {
		return nil, err
	}
	topic, payload, err := ingest.Will(opt.Name, opt.Demo, time.Now())
	if err != nil {
		return nil, fmt.Errorf("make will: %w", err)
	}
	o.ClientID = "siaga-ingest-" + opt.Name
	o.Will = &mqtt.Message{Topic: topic, Payload: payload, QoS: 1, Retain: true}
	o.Logger, o.OnConnect = opt.Logger, opt.OnConnect
	share := "$share/" + opt.Group + "/"
	o.Subscriptions = []mqtt.Subscription{
		{Filter: share + wire.Filter(wire.Live), QoS: 1},
		{Filter: share + wire.Filter(wire.Fill), QoS: 1},
	}
	o.OnMessage = func(m mqtt.Message) {
		opt.Offer(ingest.Packet{Topic: m.Topic, Payload: m.Payload, Received: time.Now()})
	}
	conn, err := mqtt.Open(o)
	if err != nil {
		return nil, fmt.Errorf("mqtt: %w", err)
	}
	return &Subscription{conn: conn}, nil
}

// Acknowledge sends without waiting; a lost acknowledgement costs a resend.
func (s *Subscription) Acknowledge(node reading.NodeID, ack wire.Ack) error {
	b, err := ack.Encode()
	if err != nil {
		return fmt.Errorf("encode acknowledgement: %w", err)
	}
	s.conn.PublishAsync(mqtt.Message{Topic: wire.Topic(node, wire.AckChannel), Payload: b})
	return nil
}

// PublishState publishes the ingester's retained state without waiting.
func (s *Subscription) PublishState(topic string, payload []byte) error {
	if ok, err := s.conn.Connected(); !ok {
		return fmt.Errorf("publish state: %w", err)
	}
	s.conn.PublishAsync(mqtt.Message{Topic: topic, Payload: payload, QoS: 1, Retain: true})
	return nil
}

// Connected reports whether the broker is there, and if not, why.
func (s *Subscription) Connected() (bool, error) { return s.conn.Connected() }

// Close disconnects and waits.
func (s *Subscription) Close() error { return s.conn.Close() }
