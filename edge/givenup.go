package edge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/siaga-id/siaga/internal/spool"
	"github.com/siaga-id/siaga/internal/wire"
)

// queueFull is why packs are given up on a full disk.
const queueFull = "queue full"

// adoptPause is the least time between two tries to keep losses on a disk that
// does not take them.
const adoptPause = time.Minute

// giveUp takes a pack that can never be sent out of the queue and reports it.
func (s *sender) giveUp(seq uint64, cause error) error {
	err := s.losses.add(wire.GivenUp{From: seq, To: seq, Reason: clipReason(cause)})
	if err == nil {
		err = s.queue.Ack(spool.Range{From: seq, To: seq})
	}
	if err != nil {
		return fmt.Errorf("give up pack %d: %w", seq, err)
	}
	s.unsaid()
	return fmt.Errorf("pack %d: %w: %w", seq, errUnreadable, cause)
}

// adoptLosses takes over what the queue has lost: from then on the losses keep
// it, and the queue need not.
func (s *sender) adoptLosses(now time.Time) {
	var lost []wire.GivenUp
	var ranges []spool.Range
	for _, d := range s.queue.Lost() {
		if d.Range != (spool.Range{}) {
			lost = append(lost, wire.GivenUp{From: d.Range.From, To: d.Range.To, Reason: reasonOf(d)})
			ranges = append(ranges, d.Range)
		}
	}
	fresh := s.losses.fresh(lost)
	if len(fresh) > 0 {
		s.unsaid()
	} else if len(ranges) == 0 || now.Sub(s.adoptedAt) < adoptPause {
		return
	}
	s.adoptedAt = now
	err := s.losses.add(fresh...)
	if err == nil {
		err = s.queue.Ack(ranges...)
	}
	if err != nil {
		s.log.Error("losses are reported, but a restart may report them again", "err", err)
	}
}

// reasonOf says for the node state how packs were lost.
func reasonOf(lost *spool.DamageError) string {
	if errors.Is(lost, spool.ErrDropped) {
		return queueFull
	}
	return clipReason(lost)
}

// clipReason is err's words, of which a node state has room for so many.
func clipReason(err error) string {
	s := err.Error()
	return s[:min(len(s), wire.MaxReason)]
}

// saidState is a node state that the broker has not confirmed yet.
type saidState struct {
	confirmed func(context.Context) error
	epoch     string
	next      uint64
}

// heardState notes what the center has been told: the broker has confirmed the
// state, and an ingester was there to hear it.
func (s *sender) heardState() {
	said := s.said
	if said == nil {
		return
	}
	over, cancel := context.WithCancel(context.Background())
	cancel() // so that it answers and does not wait
	err := said.confirmed(over)
	if errors.Is(err, context.Canceled) {
		return
	}
	s.said = nil
	if now := time.Now(); err == nil && said.epoch == s.id.Epoch && s.centers.present(now) {
		if err := s.losses.told(said.epoch, said.next, now); err != nil {
			s.log.Error("what was reported may be reported again", "err", err)
		}
		s.carriedTold(now)
	}
}

// joinGivenUp sorts ranges, none of which overlap, and joins neighbours that
// were lost for the same reason; past the bound of a node state it joins the
// oldest over what lies between them. It works in place.
func joinGivenUp(ranges []wire.GivenUp) []wire.GivenUp {
	slices.SortFunc(ranges, func(a, b wire.GivenUp) int { return cmp.Compare(a.From, b.From) })
	joined := ranges[:0]
	for _, r := range ranges {
		if n := len(joined); n > 0 && joined[n-1].To+1 == r.From && joined[n-1].Reason == r.Reason {
			joined[n-1].To = r.To
			continue
		}
		joined = append(joined, r)
	}
	if excess := len(joined) - wire.MaxRanges; excess > 0 {
		joined[excess].From = joined[0].From
		joined = joined[excess:]
	}
	return joined
}
