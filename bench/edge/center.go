//go:build linux

package main

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/siaga-id/siaga/gateway/broker"
	"github.com/siaga-id/siaga/internal/wire"
)

// center acknowledges every pack at once, and knows the time whatever this
// machine's clock says of itself.
type center struct {
	broker *broker.Broker
	stop   chan struct{}
	told   sync.WaitGroup
	// states is why a state was not sent; what it holds is read after told.
	states error

	mu  sync.Mutex
	dec wire.Decoder
	bad error // the first pack that could not be acknowledged
}

const ingester = "bench"

func startCenter() (*center, error) {
	c := &center{stop: make(chan struct{})}
	b, err := broker.New(broker.Options{Addr: "127.0.0.1:0", OnPublish: c.take, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	c.broker = b
	if err := b.Start(); err != nil {
		return nil, err
	}
	c.told.Go(c.tell)
	return c, nil
}

// tell says every 10 s, as an ingester does, that it takes packs.
func (c *center) tell() {
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		state := wire.CenterState{Ingester: ingester, Online: true, Accepting: true, TimeMS: time.Now().UnixMilli(), ClockSynced: true}
		b, err := state.Encode()
		if err == nil {
			err = c.broker.Publish(wire.CenterTopic(ingester), b, true, 1)
		}
		if err != nil {
			c.states = fmt.Errorf("tell the center's state: %w", err)
			return
		}
		select {
		case <-c.stop:
			return
		case <-tick.C:
		}
	}
}

// take implements broker.Options.OnPublish.
func (c *center) take(_, topic string, payload []byte, _ bool) {
	node, channel, err := wire.ParseTopic(topic)
	if err != nil || channel != wire.Live && channel != wire.Fill {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var p wire.Pack
	err = c.dec.Decode(payload, &p)
	if err == nil && p.Clock == wire.Unknown {
		return // a preview
	}
	var b []byte
	if err == nil {
		b, err = wire.Ack{
			Ingester: ingester, TimeMS: time.Now().UnixMilli(), ClockSynced: true,
			Ranges: []wire.AckRange{{Epoch: p.Epoch, From: p.Seq, To: p.Seq, Check: wire.Check(payload)}},
		}.Encode()
	}
	if err == nil {
		err = c.broker.Publish(wire.Topic(node, wire.AckChannel), b, false, 0)
	}
	if err != nil && c.bad == nil {
		c.bad = fmt.Errorf("acknowledge a pack of %s: %w", node, err)
	}
}

// close returns what went wrong meanwhile.
func (c *center) close() error {
	close(c.stop)
	c.told.Wait()
	if err := c.broker.Close(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bad != nil {
		return c.bad
	}
	return c.states
}
