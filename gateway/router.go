package gateway

import (
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/siaga-id/siaga/gateway/live"
	"github.com/siaga-id/siaga/ingest"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// router gives each message of a node to whom it concerns. It never blocks, as
// it runs on the nodes' own connections.
type router struct {
	offer  func(ingest.Packet) bool
	states *states
	// said gets what nodes say of configurations and commands.
	said func(node reading.NodeID, c wire.Channel, payload []byte, received time.Time)
}

func (r *router) take(topic string, payload []byte) {
	node, channel, err := wire.ParseTopic(topic)
	if err != nil {
		return // not ours: a broker may carry other things too
	}
	now := time.Now()
	switch channel {
	case wire.Live, wire.Fill:
		r.offer(ingest.Packet{Topic: topic, Payload: payload, Received: now})
	case wire.State:
		r.states.take(topic, payload, now)
	case wire.ConfigReported, wire.Reply:
		r.said(node, channel, payload, now)
	}
}

// onlooker shows live packs to the hub where ingesters in other processes take
// them in. Its decoder serves one connection, so calls come one at a time.
type onlooker struct {
	hub *live.Hub
	log *slog.Logger

	mu      sync.Mutex
	decoder wire.Decoder
	pack    wire.Pack
	demo    bool
}

// look decodes a pack for the hub alone. What it cannot read is the ingesters'
// to report.
func (o *onlooker) look(p ingest.Packet) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	node, _, err := wire.ParseTopic(p.Topic)
	if err != nil {
		return true
	}
	var bad *wire.DecodeError
	if err := o.decoder.Decode(p.Payload, &o.pack); errors.As(err, &bad) {
		o.log.Debug("pack not shown", "node", node, "err", err)
		return true
	}
	if o.pack.Node == node && o.pack.Sim == o.demo {
		o.hub.Observe(&o.pack, p.Received)
	}
	return true
}
