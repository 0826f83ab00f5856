package device

import (
	"context"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/internal/mqtt"
)

// comeBack is how long Follow stays away from the broker after a message could
// not be taken.
const comeBack = 5 * time.Second

// Follow takes messages from an external broker until ctx ends. The broker keeps
// the session, under the client id made from name, which must stay the same over
// restarts: it holds what comes while this program is away, for as long and as
// much as its own settings allow. Each message of QoS 1 is confirmed to it when
// it is on disk. When one could not be taken Follow leaves, so that the broker
// keeps the rest and sends it again, and comes back.
//
// Several programs that follow one broker under different names each get every
// message. It returns an error only for settings that cannot work.
func (in *Intake) Follow(ctx context.Context, conf mqtt.Config, name string) error {
	if len(in.conf.Topics) == 0 {
		<-ctx.Done()
		return nil
	}
	opt, err := conf.Options()
	if err != nil {
		return err
	}
	opt.ClientID = "siaga-devices-" + name
	opt.Persistent = true
	opt.Logger = in.log
	for _, filter := range in.Filters() {
		opt.Subscriptions = append(opt.Subscriptions, mqtt.Subscription{Filter: filter, QoS: 1})
	}
	for ctx.Err() == nil {
		why, err := in.visit(ctx, opt)
		if err != nil {
			return fmt.Errorf("follow devices: %w", err)
		}
		if why == nil || ctx.Err() != nil {
			return nil
		}
		in.log.Warn("messages of devices stay at the broker, which sends them again", "broker", opt.URL, "client", opt.ClientID, "reason", why, "retry_in", comeBack)
		select {
		case <-ctx.Done():
		case <-time.After(comeBack):
		}
	}
	return nil
}

// visit stays connected until ctx ends or a message could not be taken, which is
// why.
func (in *Intake) visit(ctx context.Context, opt mqtt.Options) (why, err error) {
	left := make(chan error, 2) // one from Take, one from the link
	leave := func(why error) {
		select {
		case left <- why:
		default:
		}
	}
	link := in.Link(leave)
	defer link.Close()
	opt.OnDelivery = func(m mqtt.Message, ack func()) {
		filter := in.filter(m.Topic)
		switch {
		case filter == "":
			ack() // a subscription of an earlier configuration, which the session still has
		case m.Retain:
			// The broker's copy of the latest, told again at every subscription: it came
			// as news before, or before there was anybody to take it.
			in.metrics.messages.WithLabelValues(filter, resultRetained).Inc()
			ack()
		default:
			if err := link.Take(Message{Topic: m.Topic, Payload: m.Payload, Received: time.Now()}, ack); err != nil {
				leave(err)
			}
		}
	}
	conn, err := mqtt.Open(opt)
	if err != nil {
		return nil, err
	}
	select {
	case <-ctx.Done():
	case why = <-left:
	}
	return why, conn.Close()
}
