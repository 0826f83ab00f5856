package ingest

import (
	"context"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/internal/wire"
)

// presenceEvery is how often nodes and other ingesters hear of this one, and of
// the center's time.
const presenceEvery = 10 * time.Second

// Presence publishes an ingester's state: at once, whenever it begins or ceases
// to accept, on Announce, and every 10 s. One ingester has at most one.
type Presence struct {
	in      *Ingester
	publish func(topic string, payload []byte) error
}

// NewPresence returns one that publishes by publish, which must retain the
// message and must not block for long. What it cannot send is sent again 10 s
// later.
func NewPresence(in *Ingester, publish func(topic string, payload []byte) error) *Presence {
	return &Presence{in: in, publish: publish}
}

// Run publishes until ctx ends, and then that the ingester is gone.
func (p *Presence) Run(ctx context.Context) {
	t := time.NewTicker(presenceEvery)
	defer t.Stop()
	for {
		p.send(p.in.centerState())
		select {
		case <-ctx.Done():
			p.send(gone(p.in.conf.Name, p.in.conf.Demo, p.in.dep.Now()))
			return
		case <-p.in.changes:
		case <-t.C:
			p.in.lookForRoom() // who filled the disk does not tell when he has left it
		}
	}
}

func (p *Presence) send(s wire.CenterState) {
	payload, err := s.Encode()
	if err == nil {
		err = p.publish(wire.CenterTopic(s.Ingester), payload)
	}
	if err != nil {
		p.in.log.Warn("center state not published", "err", err)
	}
}

// Announce makes the Presence publish at once, as it should after a reconnect:
// the broker may have told the Will, or forgotten what it retained.
func (in *Ingester) Announce() { in.accepts() }

// centerState is what there is to say now.
func (in *Ingester) centerState() wire.CenterState {
	s := wire.CenterState{
		Ingester:    in.conf.Name,
		Online:      true,
		TimeMS:      in.dep.Now().UnixMilli(),
		ClockSynced: in.dep.ClockSynced(),
		Demo:        in.conf.Demo,
	}
	s.Accepting, s.Reason = in.Accepting()
	return s
}

// gone is the state of an ingester that is not there. Its time is not to be
// believed: a Will is sent long after it was written.
func gone(name string, demo bool, now time.Time) wire.CenterState {
	return wire.CenterState{Ingester: name, TimeMS: now.UnixMilli(), Demo: demo, Reason: notRunning}
}

// Will returns topic and payload of the retained Will with which the connection
// of the ingester of that name should be opened.
func Will(name string, demo bool, now time.Time) (topic string, payload []byte, err error) {
	payload, err = gone(name, demo, now).Encode()
	if err != nil {
		return "", nil, fmt.Errorf("make will: %w", err)
	}
	return wire.CenterTopic(name), payload, nil
}
