package broker

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/siaga-id/siaga/ingest/device"
	"github.com/siaga-id/siaga/internal/reading"
)

// Broker is an MQTT broker. Its methods are safe for concurrent use.
type Broker struct {
	opt    Options
	server *mqtt.Server
	hook   *hook

	mu       sync.RWMutex // guards what follows, and closing against a Publish under way
	listener *listener    // nil before Start
	secure   *listener    // nil where there is none
	closing  atomic.Bool
	// cuts counts the calls of cut: one that comes while a client is let in does
	// not find it yet.
	cuts     atomic.Uint64
	sessions sessions

	refusals          *refusals
	messages, wills   atomic.Uint64
	tooLarge, dropped atomic.Uint64
	hungUp            atomic.Uint64
}

// Stats is a snapshot of what a Broker has done since Start.
type Stats struct {
	// Clients are connected now, and Subscriptions held.
	Clients, Subscriptions int64
	// Messages were published by clients, Wills sent for them.
	Messages, Wills uint64
	// Refused are connections, topics and subscriptions that are not the client's,
	// TooLarge packets over the limit.
	Refused, TooLarge uint64
	// Dropped are messages that a subscriber missed because it reads slowly, or is
	// away and too much waits for it.
	Dropped uint64
	// HungUp are connections that were ended because a message of a device could
	// not be made durable.
	HungUp uint64
	// Inflight are messages of QoS 1 and 2 that are not confirmed yet, by
	// subscribers or to publishers; Sent were handed to subscribers.
	Inflight, Sent int64
	// BytesReceived and BytesSent count whole packets.
	BytesReceived, BytesSent int64
}

// New returns a broker that is not listening yet.
func New(opt Options) (*Broker, error) {
	b := &Broker{opt: opt.withDefaults(), refusals: newRefusals()}
	caps := mqtt.NewDefaultServerCapabilities()
	caps.MaximumClients = b.opt.MaxClients
	caps.MaximumPacketSize = b.opt.MaxPacketBytes
	caps.MaximumClientWritesPending = writesPending
	caps.MaximumInflight = inflight
	// What a client of version 5 may have unacknowledged, as the intake of devices
	// bounds it too.
	caps.ReceiveMaximum = device.MaxInflight
	caps.MaximumSessionExpiryInterval = sessionExpirySeconds
	// With a limit mochi deletes retained messages when they are that old, also
	// those that were meant to stay, such as a configuration.
	caps.MaximumMessageExpiryInterval = 0
	// The check of topics sees an alias as an empty topic.
	caps.TopicAliasMaximum = 0
	b.server = mqtt.New(&mqtt.Options{
		Capabilities:           caps,
		Logger:                 quieter(b.opt.Logger),
		SysTopicResendInterval: sysSeconds,
		InlineClient:           true,
	})
	lookSeldom(b.server)
	if b.opt.Secure != nil && b.opt.Gate == nil {
		return nil, errors.New("create broker: secure connections need a gate")
	}
	h := &hook{b: b, again: b.server.NewClient(nil, "inline", "siaga", true)}
	// Version 5 keeps a message's properties, and 3.1.1 has none.
	h.again.Properties.ProtocolVersion = 5
	if err := b.server.AddHook(h, nil); err != nil {
		return nil, fmt.Errorf("create broker: %w", err)
	}
	b.hook = h
	if b.opt.Metrics != nil {
		if err := b.opt.Metrics.Register(metrics{b}); err != nil {
			return nil, fmt.Errorf("create broker: register metrics: %w", err)
		}
	}
	return b, nil
}

// Start listens and serves until Close. Errors of listening are *ListenError
// and *NotLoopbackError. It is to be called once.
func (b *Broker) Start() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closing.Load() || b.listener != nil {
		return errors.New("start broker: it was started or closed before")
	}
	ln, err := listen(b.opt.Addr, b.opt.PlainBeyondLoopback, b.opt.Logger)
	if err != nil {
		return err
	}
	if err := b.server.AddListener(&source{id: "tcp", ln: ln, hook: b.hook}); err != nil {
		_ = ln.Close()
		return fmt.Errorf("start broker: %w", err)
	}
	if b.opt.Secure != nil {
		b.secure = newListener(b.opt.Secure, false, b.opt.Logger)
		if err := b.server.AddListener(&source{id: "secure", ln: b.secure, hook: b.hook}); err != nil {
			_ = ln.Close()
			return fmt.Errorf("start broker: %w", err)
		}
	}
	if err := b.server.Serve(); err != nil {
		_ = ln.Close()
		return fmt.Errorf("start broker: %w", err)
	}
	b.listener = ln
	return nil
}

// Addr is the address it listens on, with the port that was really taken; ""
// before Start.
func (b *Broker) Addr() string {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.listener == nil {
		return ""
	}
	return b.listener.Addr().String()
}

// Publish publishes as the center, to any topic. A retained message stays until
// another or, with an empty payload, none takes its place. qos is the most that
// subscribers get. It does not wait for them. payload is not to be changed
// afterwards.
func (b *Broker) Publish(topic string, payload []byte, retain bool, qos byte) error {
	if topic == "" || !mqtt.IsValidFilter(topic, true) {
		return fmt.Errorf("publish to %q: %w", topic, ErrTopic)
	}
	if qos > 2 {
		return fmt.Errorf("publish to %q: %w", topic, ErrQoS)
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.listener == nil || b.closing.Load() {
		return fmt.Errorf("publish to %q: %w", topic, ErrNotRunning)
	}
	b.hook.takeover.mu.RLock()
	defer b.hook.takeover.mu.RUnlock()
	if err := b.server.Publish(topic, payload, retain, qos); err != nil {
		return fmt.Errorf("publish to %q: %w", topic, err)
	}
	return nil
}

// CutNode ends the connection and the session of a node that shows a certificate;
// false where it has none. Its Will is sent.
func (b *Broker) CutNode(id reading.NodeID) bool {
	return b.cut((&party{kind: aNode, name: string(id)}).same)
}

// CutNodes does so for all that show one, whatever their names.
func (b *Broker) CutNodes() {
	b.cut(func(who *party) bool { return who != nil && who.kind == aNode })
}

// CutAccount does so for every connection of an account.
func (b *Broker) CutAccount(name string) bool {
	return b.cut((&party{kind: anAccount, name: name}).same)
}

func (b *Broker) cut(whom func(*party) bool) (any bool) {
	b.cuts.Add(1)
	for _, cl := range b.server.Clients.GetAll() {
		if c, ok := cl.Net.Conn.(*conn); ok && whom(c.who.Load()) {
			_ = c.Close() // mochi sends the Will
			b.empty(cl)
			any = true
		}
	}
	return any
}

// deliver hands a copy of a message on: mochi shares the payload with retained
// messages and subscribers.
func (b *Broker) deliver(clientID string, pk packets.Packet) {
	b.opt.OnPublish(clientID, pk.TopicName, bytes.Clone(pk.Payload), pk.FixedHeader.Retain)
}

// Stats returns what the broker has done and holds.
func (b *Broker) Stats() Stats {
	info := b.server.Info.Clone()
	return Stats{
		Clients:       info.ClientsConnected,
		Subscriptions: info.Subscriptions,
		Messages:      b.messages.Load(),
		Wills:         b.wills.Load(),
		Refused:       b.refusals.sum(),
		TooLarge:      b.tooLarge.Load(),
		Dropped:       b.dropped.Load() + uint64(info.InflightDropped),
		HungUp:        b.hungUp.Load(),
		Inflight:      info.Inflight,
		Sent:          info.MessagesSent,
		BytesReceived: info.BytesReceived,
		BytesSent:     info.BytesSent,
	}
}

// Close disconnects all clients, in 2 s at the most, and waits for their
// goroutines: after it OnPublish is not called any more. Their Wills are not
// sent: it is the center that goes, and they would say of every node that it is
// offline. Further calls do nothing.
func (b *Broker) Close() error {
	b.mu.Lock()
	ln, secure, again := b.listener, b.secure, b.closing.Swap(true)
	b.mu.Unlock()
	if !again && b.opt.Metrics != nil {
		b.opt.Metrics.Unregister(metrics{b})
	}
	if again || ln == nil {
		return nil
	}
	for _, l := range []*listener{ln, secure} {
		if l != nil {
			l.hurry(time.Now().Add(closeTimeout))
		}
	}
	if err := b.server.Close(); err != nil {
		return fmt.Errorf("close broker: %w", err)
	}
	return nil
}
