//go:build unix

package generator

import (
	"fmt"
	"time"

	"github.com/siaga-id/siaga/internal/wire"
)

// listen takes acknowledgements until the connection ends.
func (n *node) listen() {
	var buffer []byte
	for {
		kind, body, err := readPacket(n.in, &buffer)
		if err == nil && kind == publish {
			err = n.hear(body)
		}
		if err != nil {
			n.mu.Lock()
			n.gone = err
			n.mu.Unlock()
		}
		if err != nil || kind == publish {
			select {
			case n.heard <- struct{}{}:
			default:
			}
		}
		if err != nil {
			return
		}
	}
}

// hear takes a message of the center.
func (n *node) hear(body []byte) error {
	topic, payload, err := parseMessage(body)
	if err != nil || string(topic) != wire.Topic(NodeID(n.n), wire.AckChannel) {
		return err // the rest is the center's state
	}
	ack, err := wire.ParseAck(payload)
	if err != nil {
		return err
	}
	now := time.Now()
	for _, r := range ack.Refused {
		n.pace.note(func(rep *Report) {
			rep.Refused++
			rep.Error = r.Reason
		})
	}
	for _, r := range ack.Ranges {
		done, err := n.done(r)
		if err != nil {
			return err
		}
		n.pace.note(func(rep *Report) {
			rep.Acked += len(done)
			for _, u := range done {
				rep.AckDelays.add(now.Sub(u.due))
			}
		})
	}
	return nil
}

// done removes what a range acknowledges. Like a real node it believes a range
// only by its check, where it knows all of its packs.
func (n *node) done(r wire.AckRange) (packs []*underway, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var check uint32
	for seq := r.From; seq <= r.To; seq++ {
		if u := n.pending[seq]; u != nil {
			packs = append(packs, u)
			check ^= u.check
		}
	}
	if whole := uint64(len(packs)) == r.To-r.From+1; whole && check != r.Check {
		return nil, fmt.Errorf("%s: packs %d to %d are acknowledged with another check", NodeID(n.n), r.From, r.To)
	}
	for seq := r.From; seq <= r.To; seq++ {
		delete(n.pending, seq)
	}
	return packs, nil
}
