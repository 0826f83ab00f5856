//go:build linux

package main

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/siaga-id/siaga/firmware-sim/world"
	"github.com/siaga-id/siaga/internal/mqtt"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// way is how readings are sent.
type way struct {
	name    string
	samples int           // of each series in a pack
	step    time.Duration // between them
	aim     float64
	// messages are those of a pack's readings.
	messages func(p *wire.Pack) ([]mqtt.Message, error)
	// acknowledged is whether the center confirms a pack besides.
	acknowledged bool
}

var ways = []way{
	{"reference pack: 60 readings, each 2 s (CBOR)", 5, 2 * time.Second, 16, packed((*wire.Pack).AppendCBOR), true},
	{"packs of 60 readings (CBOR)", 5, interval, 0, packed((*wire.Pack).AppendCBOR), true},
	{"packs of 12 readings (CBOR)", 1, interval, 0, packed((*wire.Pack).AppendCBOR), true},
	{"packs of 60 as SenML JSON", 5, interval, 0, packed((*wire.Pack).AppendJSON), true},
	{"packs of 12 as SenML JSON", 1, interval, 0, packed((*wire.Pack).AppendJSON), true},
	{"plain JSON, a message for each reading", 1, interval, 0, apart, false},
}

// packed makes one message of all readings.
func packed(encode func(*wire.Pack, []byte) ([]byte, error)) func(*wire.Pack) ([]mqtt.Message, error) {
	return func(p *wire.Pack) ([]mqtt.Message, error) {
		b, err := encode(p, nil)
		return []mqtt.Message{{Topic: wire.Topic(p.Node, wire.Live), QoS: 1, Payload: b}}, err
	}
}

// apart makes a message of each reading, which says no more than value and time.
func apart(p *wire.Pack) (all []mqtt.Message, err error) {
	for _, r := range p.Readings {
		b := strconv.AppendFloat([]byte(`{"value":`), r.Value, 'f', -1, 64)
		b = fmt.Appendf(b, `,"time":%d}`, r.TimeMS)
		all = append(all, mqtt.Message{
			Topic: fmt.Sprintf("siaga/v1/%s/%s/%s", p.Node, r.Sensor, r.Quantity), QoS: 1, Payload: b,
		})
	}
	return all, nil
}

const (
	// pause lets delayed acknowledgements of TCP (Linux: at most 200 ms) go out, as
	// they do between packs that are seconds apart.
	pause = 300 * time.Millisecond
	// warm are packs that are not counted: a young connection acknowledges every
	// segment at once.
	warm = 10
	// patience bounds every wait.
	patience = 20 * time.Second
)

// measureWay sends packs of a whole day one after the other, each when the one before
// is confirmed.
func measureWay(ctx context.Context, c *center, w way, node reading.NodeID, rounds int) (result cost, err error) {
	count, err := newCounter(ctx, c.broker.Addr())
	if err != nil {
		return result, err
	}
	defer count.close()
	acked := make(chan struct{}, 1)
	conn, ready, err := connect(count.addr(), node, acked)
	if err != nil {
		return result, err
	}
	defer conn.Close()
	if err := await(ctx, ready); err != nil {
		return result, fmt.Errorf("%s: connect: %w", w.name, err)
	}
	source := world.New(seed, village)
	result = cost{Way: w.name, Step: w.step, Aim: w.aim}
	var before traffic
	for i := range warm + rounds {
		if i == warm {
			if before, err = count.look(); err != nil {
				return result, err
			}
		}
		p := pack(source, node, uint64(i), begin.Add(time.Duration(i)*24*time.Hour/time.Duration(rounds)), w.samples, w.step)
		messages, err := w.messages(p)
		if err != nil {
			return result, err
		}
		if err := publish(ctx, conn, messages); err != nil {
			return result, fmt.Errorf("%s: %w", w.name, err)
		}
		if w.acknowledged {
			if err := await(ctx, acked); err != nil {
				return result, fmt.Errorf("%s: acknowledgement: %w", w.name, err)
			}
		}
		if i >= warm {
			result.Readings += len(p.Readings)
			for _, m := range messages {
				result.Payload += int64(len(m.Payload))
			}
		}
		time.Sleep(pause)
	}
	after, err := count.look()
	result.traffic = after.since(before)
	return result, err
}

// connect opens a node's connection, as a node does.
func connect(addr string, node reading.NodeID, acked chan<- struct{}) (conn *mqtt.Conn, ready chan struct{}, err error) {
	ready = make(chan struct{}, 1)
	conn, err = mqtt.Open(mqtt.Options{
		URL: "tcp://" + addr, ClientID: string(node), KeepAlive: time.Hour,
		Subscriptions: []mqtt.Subscription{{Filter: wire.Topic(node, wire.AckChannel)}},
		OnMessage:     func(mqtt.Message) { ring(acked) },
		OnConnect:     func() { ring(ready) },
		Logger:        slog.New(slog.DiscardHandler),
	})
	return conn, ready, err
}

func ring(bell chan<- struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}

func await(ctx context.Context, bell <-chan struct{}) error {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	select {
	case <-bell:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// publish sends messages without waiting between them, and returns when the broker
// has confirmed all.
func publish(ctx context.Context, conn *mqtt.Conn, messages []mqtt.Message) error {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	var confirmed []func(context.Context) error
	for _, m := range messages {
		confirmed = append(confirmed, conn.PublishAsync(m))
	}
	for _, wait := range confirmed {
		if err := wait(ctx); err != nil {
			return err
		}
	}
	return nil
}
