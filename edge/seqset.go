package edge

import (
	"slices"

	"github.com/siaga-id/siaga/internal/wire"
)

// seqSet is a set of sequence numbers as sorted ranges that neither overlap nor
// touch. Not for concurrent use.
type seqSet []wire.SeqRange

// add puts seq in.
func (s *seqSet) add(seq uint64) {
	i := s.at(seq)
	switch all := *s; {
	case i < len(all) && all[i].From <= seq:
	case i > 0 && all[i-1].To+1 == seq:
		all[i-1].To = seq
		if i < len(all) && all[i].From == seq+1 {
			all[i-1].To = all[i].To
			*s = slices.Delete(all, i, i+1)
		}
	case i < len(all) && all[i].From == seq+1:
		all[i].From = seq
	default:
		*s = slices.Insert(all, i, wire.SeqRange{From: seq, To: seq})
	}
}

// at is the index of the first range that ends at seq or later.
func (s seqSet) at(seq uint64) int {
	i, _ := slices.BinarySearchFunc(s, seq, func(r wire.SeqRange, seq uint64) int {
		if r.To < seq {
			return -1
		}
		return 1
	})
	return i
}

// after is the first number from seq on that is not in the set.
func (s seqSet) after(seq uint64) uint64 {
	if i := s.at(seq); i < len(s) && s[i].From <= seq {
		return s[i].To + 1
	}
	return seq
}
