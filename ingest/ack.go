package ingest

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

// Bounds of one acknowledgement; what is more goes into the next.
const (
	maxAckRanges = 500
	maxRefusals  = 100
)

// acks collects acknowledgements, node by node. It is bounded by what the
// committer makes durable within an interval.
type acks struct {
	in   *Ingester
	bell chan struct{}

	mu   sync.Mutex
	wait map[reading.NodeID]*nodeAcks
}

// nodeAcks is what to tell one node.
type nodeAcks struct {
	packs   []packAck
	refused []wire.Refusal
}

type packAck struct {
	epoch string
	seq   uint64
	check uint32
}

func newAcks(in *Ingester) *acks {
	return &acks{in: in, bell: make(chan struct{}, 1), wait: make(map[reading.NodeID]*nodeAcks)}
}

// add notes a pack that is durable.
func (a *acks) add(v *verdict) {
	if v.node == "" {
		return // nobody to tell
	}
	a.mu.Lock()
	n := a.wait[v.node]
	if n == nil {
		n = &nodeAcks{}
		a.wait[v.node] = n
	}
	if v.refusal == nil {
		n.packs = append(n.packs, packAck{v.id.epoch, v.id.seq, v.check})
	} else {
		r := wire.Refusal{Epoch: v.id.epoch, Check: v.check, Length: v.length, Reason: v.refusal.Detail}
		if r.Epoch != "" {
			r.Seq = v.id.seq
		}
		n.refused = append(n.refused, r)
	}
	a.mu.Unlock()
	select {
	case a.bell <- struct{}{}:
	default: // it has been rung already
	}
}

// run sends what was collected every AckInterval, and what is left when ctx ends.
func (a *acks) run(ctx context.Context) {
	t := time.NewTimer(0)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			a.flush()
			return
		case <-a.bell:
		}
		t.Reset(a.in.conf.AckInterval)
		select {
		case <-ctx.Done():
		case <-t.C:
		}
		a.flush()
	}
}

func (a *acks) flush() {
	a.mu.Lock()
	wait := a.wait
	a.wait = make(map[reading.NodeID]*nodeAcks, len(wait))
	a.mu.Unlock()
	for node, n := range wait {
		ranges := mergeAcks(n.packs)
		for len(ranges) > 0 || len(n.refused) > 0 {
			ack := wire.Ack{
				Ingester:    a.in.conf.Name,
				TimeMS:      a.in.dep.Now().UnixMilli(),
				ClockSynced: a.in.dep.ClockSynced(),
			}
			ack.Ranges, ranges = cut(ranges, maxAckRanges)
			ack.Refused, n.refused = cut(n.refused, maxRefusals)
			a.send(node, ack)
		}
	}
}

func (a *acks) send(node reading.NodeID, ack wire.Ack) {
	result := "ok"
	if err := a.in.dep.Acker.Acknowledge(node, ack); err != nil {
		result = "failed"
		a.in.log.Debug("acknowledgement not sent; the node will ask again", "node", node, "err", err)
	}
	a.in.metrics.acks.WithLabelValues(result).Inc()
}

// mergeAcks joins packs with consecutive numbers. Packs with the same numbers
// but another check stay apart, so that each check stands for itself.
func mergeAcks(packs []packAck) []wire.AckRange {
	slices.SortFunc(packs, func(a, b packAck) int {
		return cmp.Or(cmp.Compare(a.epoch, b.epoch), cmp.Compare(a.seq, b.seq), cmp.Compare(a.check, b.check))
	})
	packs = slices.Compact(packs)
	twins := func(i, j int) bool {
		return i >= 0 && j < len(packs) && packs[i].epoch == packs[j].epoch && packs[i].seq == packs[j].seq
	}
	var ranges []wire.AckRange
	joinable := false // the pack before had its numbers to itself
	for i, p := range packs {
		alone := !twins(i-1, i) && !twins(i, i+1)
		if last := len(ranges) - 1; alone && joinable && ranges[last].Epoch == p.epoch && ranges[last].To+1 == p.seq {
			ranges[last].To = p.seq
			ranges[last].Check ^= p.check
		} else {
			ranges = append(ranges, wire.AckRange{Epoch: p.epoch, From: p.seq, To: p.seq, Check: p.check})
		}
		joinable = alone
	}
	return ranges
}

// cut takes at most n off the front of s.
func cut[T any](s []T, n int) (front, rest []T) {
	n = min(n, len(s))
	return s[:n], s[n:]
}
