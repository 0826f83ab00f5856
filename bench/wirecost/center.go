//go:build linux

package main

import (
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/siaga-id/siaga/gateway/broker"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// center acknowledges packs after as long as an ingester collects acknowledgements,
// in the same bytes, and knows the time whatever this machine's clock says of
// itself.
type center struct {
	broker *broker.Broker
	stop   chan struct{}
	told   sync.WaitGroup

	mu    sync.Mutex
	dec   wire.Decoder
	wait  map[reading.NodeID][]wire.AckRange
	nodes map[reading.NodeID]arrived
	bad   error // the first thing that went wrong
}

// arrived is what came of a node, once each pack.
type arrived struct {
	last     uint64 // pack
	readings int
	payload  int64
}

const (
	ingester   = "center"
	ackAfter   = 50 * time.Millisecond
	stateEvery = 10 * time.Second
)

func startCenter() (*center, error) {
	c := &center{stop: make(chan struct{}), wait: map[reading.NodeID][]wire.AckRange{}, nodes: map[reading.NodeID]arrived{}}
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

// tell acknowledges, and says every 10 s that it takes packs.
func (c *center) tell() {
	tick := time.NewTicker(ackAfter)
	defer tick.Stop()
	for n := 0; ; n++ {
		if n%int(stateEvery/ackAfter) == 0 {
			state := wire.CenterState{Ingester: ingester, Online: true, Accepting: true, TimeMS: time.Now().UnixMilli(), ClockSynced: true}
			b, err := state.Encode()
			if err == nil {
				err = c.broker.Publish(wire.CenterTopic(ingester), b, true, 1)
			}
			c.note("tell the center's state", err)
		}
		select {
		case <-c.stop:
			return
		case <-tick.C:
		}
		c.acknowledge()
	}
}

func (c *center) acknowledge() {
	c.mu.Lock()
	wait := c.wait
	c.wait = map[reading.NodeID][]wire.AckRange{}
	c.mu.Unlock()
	for node, ranges := range wait {
		b, err := wire.Ack{Ingester: ingester, TimeMS: time.Now().UnixMilli(), ClockSynced: true, Ranges: ranges}.Encode()
		if err == nil {
			err = c.broker.Publish(wire.Topic(node, wire.AckChannel), b, false, 0)
		}
		c.note("acknowledge", err)
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
	if err := c.dec.Decode(payload, &p); err != nil {
		c.noteLocked("take a pack", err)
		return
	}
	if p.Clock == wire.Unknown {
		return // a preview
	}
	r := wire.AckRange{Epoch: p.Epoch, From: p.Seq, To: p.Seq, Check: wire.Check(payload)}
	if !slices.Contains(c.wait[node], r) {
		c.wait[node] = append(c.wait[node], r)
	}
	if n := c.nodes[node]; p.Seq > n.last {
		c.nodes[node] = arrived{p.Seq, n.readings + len(p.Readings), n.payload + int64(len(payload))}
	}
}

// arrived is what came of a node so far.
func (c *center) arrived(node reading.NodeID) arrived {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nodes[node]
}

func (c *center) note(what string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.noteLocked(what, err)
}

func (c *center) noteLocked(what string, err error) {
	if err != nil && c.bad == nil {
		c.bad = fmt.Errorf("%s: %w", what, err)
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
	return c.bad
}
