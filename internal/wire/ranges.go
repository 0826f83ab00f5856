package wire

import (
	"cmp"
	"slices"
)

// joinRanges returns the ranges sorted and with those joined that touch or
// overlap. If more than limit remain it also joins across the smallest gaps, the
// older first, until they fit; merged is then true, and what was in those gaps
// is included. ranges is left as it was.
func joinRanges(ranges []SeqRange, limit int) (joined []SeqRange, merged bool) {
	joined = slices.SortedFunc(slices.Values(ranges), func(a, b SeqRange) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	joined = joinAcross(joined, func(gap int, size uint64) bool { return size == 0 })
	excess := len(joined) - limit
	if excess <= 0 {
		return joined, false
	}
	gaps := make([]int, len(joined)-1) // gap i lies before joined[i+1]
	for i := range gaps {
		gaps[i] = i
	}
	slices.SortStableFunc(gaps, func(a, b int) int {
		return cmp.Compare(joined[a+1].From-joined[a].To, joined[b+1].From-joined[b].To)
	})
	closed := make(map[int]bool, excess)
	for _, gap := range gaps[:excess] {
		closed[gap] = true
	}
	return joinAcross(joined, func(gap int, _ uint64) bool { return closed[gap] }), true
}

// joinAcross joins, in place, each range to the one before it where join says so
// of the gap between them: its index and how many packs are in it.
func joinAcross(sorted []SeqRange, join func(gap int, size uint64) bool) []SeqRange {
	out := sorted[:0]
	for i, r := range sorted {
		if len(out) == 0 {
			out = append(out, r)
			continue
		}
		last := &out[len(out)-1]
		size := uint64(0)
		if r.From > last.To {
			size = r.From - last.To - 1
		}
		if join(i-1, size) {
			last.To = max(last.To, r.To)
			continue
		}
		out = append(out, r)
	}
	return out
}
