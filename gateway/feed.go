package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/siaga-id/siaga/gateway/broker"
	"github.com/siaga-id/siaga/ingest"
	"github.com/siaga-id/siaga/ingest/subscription"
	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// ownBroker is the embedded broker as a feed.
type ownBroker struct {
	broker *broker.Broker
}

var _ feed = (*ownBroker)(nil)

func (c *Center) openBroker(r *router) (*ownBroker, error) {
	var door net.Listener
	if c.door != nil {
		door = c.door.MQTT()
	}
	b, err := broker.New(broker.Options{
		Addr:                c.cfg.MQTT.Addr,
		PlainBeyondLoopback: c.cfg.MQTT.PlainBeyondLoopback,
		Secure:              door,
		Gate:                gate{c.authority, c.registry},
		OnPublish:           func(_, topic string, payload []byte, _ bool) { r.take(topic, payload) },
		Devices:             c.devices,
		Metrics:             c.metrics,
		Logger:              c.log,
	})
	if err != nil {
		return nil, fmt.Errorf("mqtt: %w", err)
	}
	if err := b.Start(); err != nil {
		return nil, err
	}
	return &ownBroker{b}, nil
}

func (o *ownBroker) Acknowledge(node reading.NodeID, ack wire.Ack) error {
	b, err := ack.Encode()
	if err != nil {
		return fmt.Errorf("encode acknowledgement: %w", err)
	}
	return o.broker.Publish(wire.Topic(node, wire.AckChannel), b, false, 0)
}

func (o *ownBroker) publishState(topic string, payload []byte) error {
	return o.broker.Publish(topic, payload, true, 1)
}

func (o *ownBroker) ready(context.Context) error { return nil }

func (o *ownBroker) Close() error { return o.broker.Close() }

// external follows an external broker: node states and, where ingesters in
// other processes take the packs in, the live packs to show.
type external struct {
	watch *mqtt.Conn
	// packs is this process's place in the share group, nil where it has none.
	packs *subscription.Subscription
}

func (c *Center) openExternal() (feed, error) {
	if c.door != nil {
		// Nobody here would take what nodes say at the secure addresses.
		_ = c.door.MQTT().Close()
	}
	o, err := c.cfg.MQTT.Options()
	if err != nil {
		return nil, err
	}
	r := &router{offer: func(ingest.Packet) bool { return true }, states: c.states, said: c.dispatch.Take}
	o.ClientID = "siaga-center-" + c.cfg.Ingest.Name
	o.Logger = c.log
	o.Subscriptions = append(toNodes(), mqtt.Subscription{Filter: wire.Filter(wire.State), QoS: 1})
	o.OnConnect = c.dispatch.Announce
	if !c.cfg.ingests() {
		look := &onlooker{hub: c.hub, log: c.log, demo: c.cfg.Ingest.Demo}
		r.offer = look.look
		o.Subscriptions = append(o.Subscriptions, mqtt.Subscription{Filter: wire.Filter(wire.Live)})
	}
	o.OnMessage = func(m mqtt.Message) { r.take(m.Topic, m.Payload) }
	e := &external{}
	if e.watch, err = mqtt.Open(o); err != nil {
		return nil, fmt.Errorf("mqtt.url: %w", err)
	}
	if !c.cfg.ingests() {
		return e, nil
	}
	e.packs, err = subscription.Open(subscription.Options{
		MQTT: c.cfg.MQTT.Config, Group: c.cfg.MQTT.Group, Name: c.cfg.Ingest.Name, Demo: c.cfg.Ingest.Demo,
		Offer: c.ingester.Offer, OnConnect: c.ingester.Announce, Logger: c.log,
	})
	if err != nil {
		return nil, errors.Join(err, e.watch.Close())
	}
	return e, nil
}

func (e *external) Acknowledge(node reading.NodeID, ack wire.Ack) error {
	if e.packs == nil {
		return errors.New("acknowledge: this process takes no packs in")
	}
	return e.packs.Acknowledge(node, ack)
}

func (e *external) publishState(topic string, payload []byte) error {
	return e.packs.PublishState(topic, payload)
}

func (e *external) ready(context.Context) error {
	_, err := e.watch.Connected()
	return err
}

func (e *external) Close() error {
	err := e.watch.Close()
	if e.packs != nil {
		err = errors.Join(err, e.packs.Close())
	}
	return err
}

// standing tells the API how taking in goes.
type standing struct{ c *Center }

// Accepting implements api.Ingest. Where other processes take packs in, the
// nodes' queues show what is wrong.
func (s standing) Accepting() (ok bool, reason string) {
	if !s.c.cfg.ingests() {
		return true, ""
	}
	return s.c.ingester.Accepting()
}

// Delay implements api.Ingest.
func (s standing) Delay() (p50, p99 time.Duration) { return s.c.ingester.Delay() }
