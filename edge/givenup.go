package edge

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/siaga-id/siaga/internal/spool"
	"github.com/siaga-id/siaga/internal/wire"
)

// queueFull is why packs are given up on a full disk.
const queueFull = "queue full"

// giveUp takes a pack that can never be sent out of the queue and reports it.
func (s *sender) giveUp(seq uint64, cause error) error {
	if err := s.queue.Ack(spool.Range{From: seq, To: seq}); err != nil {
		return fmt.Errorf("give up pack %d: %w", seq, err)
	}
	s.unsendable = joinGivenUp(append(s.unsendable, wire.GivenUp{From: seq, To: seq, Reason: cause.Error()}))
	s.unsaid()
	return fmt.Errorf("pack %d: %w: %w", seq, errUnreadable, cause)
}

// givenUp lists the packs below next that will never be sent: what the queue
// has lost, which it remembers over restarts, so that no crash before a report
// hides it, and what this process could make no pack of.
func (s *sender) givenUp(next uint64) []wire.GivenUp {
	all := slices.Clone(s.unsendable)
	for _, lost := range s.queue.Lost() {
		if r := lost.Range; r != (spool.Range{}) && r.From < next {
			all = append(all, wire.GivenUp{From: r.From, To: min(r.To, next-1), Reason: reasonOf(lost)})
		}
	}
	return joinGivenUp(all)
}

// reasonOf says for the node state how packs were lost.
func reasonOf(lost *spool.DamageError) string {
	if errors.Is(lost, spool.ErrDropped) {
		return queueFull
	}
	return lost.Error()
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
