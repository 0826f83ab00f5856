package gateway

import (
	"context"
	"time"

	"github.com/siaga-id/siaga/gateway/dispatch"
	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/wire"
)

// sendLimit bounds the wait for an external broker's confirmation.
const sendLimit = 10 * time.Second

// openDispatch makes ready for configurations and commands. It comes before the
// feed, which brings what nodes say of them.
func (c *Center) openDispatch(context.Context) error {
	c.dispatch = dispatch.New(dispatch.Options{
		Registry: c.registry, Logger: c.log,
		Publish: func(topic string, payload []byte, retain bool) error { return c.feed.send(topic, payload, retain) },
	})
	return nil
}

// toNodes are the subscriptions by which an external broker brings what nodes say of
// configurations and commands.
func toNodes() []mqtt.Subscription {
	return []mqtt.Subscription{{Filter: wire.Filter(wire.ConfigReported), QoS: 1}, {Filter: wire.Filter(wire.Reply), QoS: 1}}
}

func (o *ownBroker) send(topic string, payload []byte, retain bool) error {
	return o.broker.Publish(topic, payload, retain, 1)
}

func (e *external) send(topic string, payload []byte, retain bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), sendLimit)
	defer cancel()
	return e.watch.Publish(ctx, mqtt.Message{Topic: topic, Payload: payload, QoS: 1, Retain: retain})
}
