package spool

import (
	"slices"
	"sort"
)

// Range is a run of sequences, both ends included. The zero Range is none.
type Range struct{ From, To uint64 }

// len is how many sequences the range has.
func (r Range) len() uint64 {
	if r == (Range{}) {
		return 0
	}
	return r.To - r.From + 1
}

// rangeSet is a set of sequences, kept as sorted ranges that neither overlap
// nor touch. It is as small as what it says is simple: a queue that is
// acknowledged from its front is one range, however long.
type rangeSet struct {
	ranges []Range
	total  uint64
}

// at is the index of the first range that ends at seq or later.
func (s *rangeSet) at(seq uint64) int {
	return sort.Search(len(s.ranges), func(i int) bool { return s.ranges[i].To >= seq })
}

// add puts r in. r must not be the zero Range.
func (s *rangeSet) add(r Range) {
	lo := s.at(max(r.From, 1) - 1) // a range that ends just before r joins it
	hi := lo
	grown := r
	for hi < len(s.ranges) && s.ranges[hi].From <= r.To+1 {
		grown.From = min(grown.From, s.ranges[hi].From)
		grown.To = max(grown.To, s.ranges[hi].To)
		s.total -= s.ranges[hi].len()
		hi++
	}
	s.ranges = slices.Replace(s.ranges, lo, hi, grown)
	s.total += grown.len()
}

// has says whether seq is in the set.
func (s *rangeSet) has(seq uint64) bool {
	i := s.at(seq)
	return i < len(s.ranges) && s.ranges[i].From <= seq
}

// covers says whether all of r is in the set.
func (s *rangeSet) covers(r Range) bool {
	i := s.at(r.From)
	return i < len(s.ranges) && s.ranges[i].From <= r.From && s.ranges[i].To >= r.To
}

// missing appends to dst the parts of r that are not in the set.
func (s *rangeSet) missing(dst []Range, r Range) []Range {
	from := r.From
	for i := s.at(r.From); i < len(s.ranges) && s.ranges[i].From <= r.To; i++ {
		if s.ranges[i].From > from {
			dst = append(dst, Range{from, s.ranges[i].From - 1})
		}
		from = s.ranges[i].To + 1
	}
	if from <= r.To {
		dst = append(dst, Range{from, r.To})
	}
	return dst
}

// overlap is how many sequences of r are in the set.
func (s *rangeSet) overlap(r Range) uint64 {
	var n uint64
	for i := s.at(r.From); i < len(s.ranges) && s.ranges[i].From <= r.To; i++ {
		n += Range{max(r.From, s.ranges[i].From), min(r.To, s.ranges[i].To)}.len()
	}
	return n
}

// absent is the lowest sequence from seq on that is not in the set.
func (s *rangeSet) absent(seq uint64) uint64 {
	if i := s.at(seq); i < len(s.ranges) && s.ranges[i].From <= seq {
		return s.ranges[i].To + 1
	}
	return seq
}
