package spool

import (
	"errors"
	"fmt"
)

// Skip leaves sequences out: the next record gets to, and those before it count
// as acknowledged. It is for records that were done with before they had to be
// on the disk, and is durable on return. Errors: ErrRange where to is below Next
// (to itself changes nothing), ErrFull (then memory has skipped, and the disk
// follows before the next Append returns), ErrClosed, *FatalError.
func (s *Spool) Skip(to uint64) error {
	s.lead <- struct{}{}
	defer func() { <-s.lead }()
	s.jmu.Lock()
	defer s.jmu.Unlock()
	if err := s.refusal(); err != nil {
		return fmt.Errorf("skip to %d: %w", to, err)
	}
	next := s.Next()
	if to < next || to >= maxSequence {
		return fmt.Errorf("skip to %d: %w: the next record will be %d", to, ErrRange, next)
	}
	if to == next {
		return nil
	}
	// A segment's sequences have no gaps.
	if g := s.active; g != nil {
		if err := s.retireActive(); err != nil {
			return fmt.Errorf("skip to %d: %w", to, err)
		}
		if g.empty() {
			if err := s.remove([]*segment{g}); err != nil {
				return fmt.Errorf("skip to %d: %w", to, err)
			}
		}
	}
	left := Range{next, to - 1}
	s.mu.Lock()
	s.acked.add(left)
	s.done.add(left)
	s.next = to
	s.mu.Unlock()
	s.mode = slot{kind: slotShut, next: to}
	if err := s.note(true, slot{slotAck, left, to}, s.mode); err != nil {
		return fmt.Errorf("skip to %d: %w", to, err)
	}
	// The segment that has just ended may hold nothing that waits.
	if next > 1 {
		if err := s.free(Range{next - 1, next - 1}); err != nil && !errors.Is(err, ErrFull) {
			return fmt.Errorf("skip to %d: %w", to, err)
		}
	}
	return nil
}
