package registry

import (
	"cmp"
	"slices"
	"sort"
)

// GapState is what is known of packs that are not stored.
type GapState string

// The states of packs that are not stored.
const (
	// Missing packs have existed, and nobody has said where they are.
	Missing GapState = "missing"
	// Waiting packs are at the node.
	Waiting GapState = "waiting"
	// Lost packs will not come, by the word of the node or of a technician.
	// Packs that come all the same are stored like any other.
	Lost GapState = "lost"
	// acknowledged packs are no longer at the node, so an ingester has them
	// safe; their being stored has not been reported. That is no gap.
	acknowledged GapState = "acknowledged"
	// moved packs were taken along by their node into its next epoch, whose
	// ledger has them. That is no gap.
	moved GapState = "moved"
)

// The node itself, as the one who said that packs are lost.
const saidNode = "node"

// span is a run of packs of one epoch that are not stored, both ends included.
type span struct {
	lo, hi uint64
	state  GapState
	reason string
	// said is who said that lost packs are lost. Of waiting packs, and of missing
	// ones that waited, it is the boots in which they were said to wait, by one
	// board or by several.
	said   string
	since  int64
	merged bool
	// from and to are the reading times (Unix ms) of the stored packs lo-1 and
	// hi+1, as they were told; 0 where not known.
	from, to int64
	// named is set while a node's state is taken over, where it named the packs.
	named bool
}

// ledger is what is known of one epoch: packs 1 to next-1 are stored, except
// the open ones, which are sorted and apart.
type ledger struct {
	next uint64
	open []span
	// edge is the reading time of pack next-1 where that is stored, 0 where not
	// known.
	edge int64
}

// extend takes note that packs up to next-1 have existed.
func (l *ledger) extend(next uint64, now int64) {
	if next > l.next {
		l.add(span{lo: l.next, hi: next - 1, state: Missing, since: now, from: l.edge})
		l.next, l.edge = next, 0
	}
}

// stored takes note that lo to hi are stored, with readings from oldest to newest
// (Unix ms; 0 where not known), and returns how many of them were not known to be.
func (l *ledger) stored(lo, hi uint64, oldest, newest, now int64) (fresh uint64) {
	if hi >= l.next {
		l.extend(lo, now)
		fresh = hi - l.next + 1
		l.next, l.edge = hi+1, 0
	}
	l.repaint([]span{{lo: lo, hi: hi}}, func(s *span, _ span) bool {
		fresh += s.hi - s.lo + 1
		return false
	})
	// Times of packs within the range are not told, so only its ends bound gaps.
	if i := l.find(lo - 1); i >= 0 && oldest != 0 {
		l.open[i].to = oldest
	}
	if i := l.find(hi + 1); i >= 0 && newest != 0 {
		l.open[i].from = newest
	}
	if hi+1 == l.next && newest != 0 {
		l.edge = newest
	}
	return fresh
}

// find returns the place of the span that holds a pack, or -1.
func (l *ledger) find(seq uint64) int {
	i := sort.Search(len(l.open), func(i int) bool { return l.open[i].hi >= seq })
	if i == len(l.open) || l.open[i].lo > seq {
		return -1
	}
	return i
}

// told takes over what a node says of its packs in a boot: those it still has, and
// those it gave up, both sorted and apart. What it has no more and did not give
// up, it had acknowledged or took along.
func (l *ledger) told(next uint64, waiting, lost []span, boot string, now int64) {
	l.extend(next, now)
	l.repaint(below(next, waiting), func(s *span, _ span) bool {
		s.named = true
		if s.state == Lost && s.said == saidNode {
			return true
		}
		if s.state != Missing && s.state != Waiting {
			s.since, s.said = now, ""
		}
		s.state, s.reason, s.said = Waiting, "", alsoSaid(s.said, boot)
		return true
	})
	l.repaint(below(next, lost), func(s *span, by span) bool {
		if s.state != Lost {
			s.since = now
		}
		s.state, s.reason, s.said, s.named = Lost, by.reason, saidNode, true
		return true
	})
	l.repaint([]span{{lo: 1, hi: next - 1}}, func(s *span, _ span) bool {
		if !s.named && s.state != Lost && s.state != moved {
			s.state, s.reason, s.said = acknowledged, "", ""
		}
		s.named = false
		return true
	})
}

// below cuts sorted spans off at next, which the node has not reached.
func below(next uint64, spans []span) []span {
	for i := range spans {
		if spans[i].hi >= next {
			spans[i].hi = next - 1
			return spans[:i+1]
		}
	}
	return spans
}

// forsake takes note that the node has begun another epoch and speaks of this
// one no more.
func (l *ledger) forsake() {
	l.repaint([]span{{lo: 1, hi: l.next}}, func(s *span, _ span) bool {
		if s.state == Waiting {
			s.state, s.reason = Missing, "the node has begun another epoch"
		}
		return true
	})
}

// declare notes the packs lo to hi that are not stored, and that no node took
// along, as lost, and returns how many of them were not before.
func (l *ledger) declare(lo, hi uint64, reason, said string, now int64) (packs uint64) {
	l.repaint([]span{{lo: lo, hi: hi}}, func(s *span, _ span) bool {
		if s.state != Lost && s.state != moved {
			s.state, s.reason, s.said, s.since = Lost, reason, said, now
			packs += s.hi - s.lo + 1
		}
		return true
	})
	return packs
}

// repaint calls f for each open part of the ranges, which are sorted and apart,
// with the range it is in; f changes it, and returns false when it is open no
// more. A range that ends before it begins is none.
func (l *ledger) repaint(ranges []span, f func(s *span, by span) bool) {
	if len(l.open) == 0 {
		return
	}
	old := l.open
	l.open = make([]span, 0, len(old)+2)
	for _, s := range old {
		for len(ranges) > 0 && ranges[0].hi < s.lo {
			ranges = ranges[1:]
		}
		for _, by := range ranges {
			if by.lo > s.hi {
				break
			}
			if by.lo > by.hi {
				continue
			}
			if by.lo > s.lo {
				before := s
				before.hi, before.to = by.lo-1, 0
				l.add(before)
				s.lo, s.from = by.lo, 0
			}
			in := s
			if by.hi < s.hi {
				in.hi, in.to = by.hi, 0
			}
			if f(&in, by) {
				l.add(in)
			}
			s.lo, s.from = in.hi+1, 0
			if s.lo > s.hi {
				break
			}
		}
		if s.lo <= s.hi {
			l.add(s)
		}
	}
}

// add appends a span, which it joins to the last when they say the same.
func (l *ledger) add(s span) {
	if n := len(l.open); n > 0 {
		last := &l.open[n-1]
		if last.hi+1 == s.lo && last.state == s.state && last.reason == s.reason &&
			last.said == s.said && last.merged == s.merged && last.named == s.named {
			last.hi, last.to = s.hi, s.to
			last.since = min(last.since, s.since)
			return
		}
	}
	l.open = append(l.open, s)
}

// bound brings the spans down to limit, at least 1. Those that are no gap, oldest
// first, are taken as stored; then the nearest neighbours are merged over the
// stored packs between them, and marked.
func (l *ledger) bound(limit int) {
	excess := len(l.open) - max(limit, 1)
	if excess <= 0 {
		return
	}
	kept := l.open[:0]
	for _, s := range l.open {
		if (s.state == acknowledged || s.state == moved) && excess > 0 {
			excess--
			continue
		}
		kept = append(kept, s)
	}
	l.open = kept
	if excess == 0 {
		return
	}
	byDistance := make([]int, len(l.open)-1) // i: between spans i and i+1
	for i := range byDistance {
		byDistance[i] = i
	}
	slices.SortStableFunc(byDistance, func(a, b int) int {
		return cmp.Compare(l.open[a+1].lo-l.open[a].hi, l.open[b+1].lo-l.open[b].hi)
	})
	join := make(map[int]bool, excess)
	for _, i := range byDistance[:excess] {
		join[i+1] = true
	}
	merged := l.open[:0]
	for i, s := range l.open {
		if !join[i] {
			merged = append(merged, s)
			continue
		}
		last := &merged[len(merged)-1]
		last.hi, last.to, last.merged = s.hi, s.to, true
		last.since = min(last.since, s.since)
		if last.state != s.state {
			last.state, last.reason, last.said = Missing, "", saidMany
		} else if last.reason != s.reason || last.said != s.said {
			last.reason, last.said = "several", saidMany
		}
	}
	l.open = merged
}
