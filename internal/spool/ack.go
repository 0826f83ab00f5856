package spool

import (
	"errors"
	"fmt"
	"slices"
	"sort"
)

// Ack says that the records of these ranges are no longer needed. Ranges may
// come in any order and more than once; they may include sequences that are
// lost, which takes them off Lost. Memory follows at once; the disk follows
// with the next sync of the journal, which comes when a segment is freed or
// begun and with Close. An acknowledgement lost in a crash before that makes
// its records wait again.
//
// A segment file is removed when all of its readable records are acknowledged
// and it no longer takes new ones. Errors: ErrRange (then nothing was
// acknowledged), ErrClosed, *FatalError (then memory knows it, the disk does
// not). A full disk is no error: the journal is completed when there is room.
func (s *Spool) Ack(ranges ...Range) error {
	s.jmu.Lock()
	defer s.jmu.Unlock()
	slots, err := s.acknowledge(ranges)
	if err != nil {
		return fmt.Errorf("acknowledge: %w", err)
	}
	if len(slots) == 0 {
		return nil
	}
	if err := s.note(false, slots...); err != nil && !errors.Is(err, ErrFull) {
		return fmt.Errorf("acknowledge: %w", err)
	}
	if err := s.free(ranges...); err != nil {
		return fmt.Errorf("acknowledge: %w", err)
	}
	return nil
}

// acknowledge takes the ranges into memory and gives what the journal needs. It
// needs jmu.
func (s *Spool) acknowledge(ranges []Range) ([]slot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	for _, r := range ranges {
		if r.From == 0 || r.From > r.To || r.To >= s.next {
			return nil, fmt.Errorf("%w: %d to %d; the next record will be %d", ErrRange, r.From, r.To, s.next)
		}
	}
	var slots []slot
	for _, r := range ranges {
		if s.acked.covers(r) {
			continue
		}
		s.acked.add(r)
		s.done.add(r)
		slots = append(slots, slot{slotAck, r, s.next})
	}
	if len(slots) > 0 {
		s.damage = slices.DeleteFunc(s.damage, func(d *DamageError) bool {
			return d.Range != (Range{}) && s.acked.covers(d.Range)
		})
	}
	return slots, nil
}

// DropOldest frees the oldest segment file and gives up the records in it that
// still waited. It returns their ranges, which are none when all were
// acknowledged or lost. They are listed in Lost as ErrDropped until they are
// acknowledged. Errors: ErrEmpty, ErrClosed, *FatalError.
func (s *Spool) DropOldest() ([]Range, error) {
	s.lead <- struct{}{}
	defer func() { <-s.lead }()
	s.jmu.Lock()
	defer s.jmu.Unlock()
	if err := s.refusal(); err != nil {
		return nil, fmt.Errorf("drop oldest: %w", err)
	}
	if len(s.segs) == 0 {
		return nil, fmt.Errorf("drop oldest: %w", ErrEmpty)
	}
	g := s.segs[0]
	if g == s.active {
		if err := s.retireActive(); err != nil {
			return nil, fmt.Errorf("drop oldest: %w", err)
		}
	}
	var given []Range
	var slots []slot
	if !g.empty() {
		s.mu.Lock()
		given = s.done.missing(nil, g.sequences())
		s.losses(s.segmentPath(g.base), 0, g.sequences(), ErrDropped)
		for _, r := range given {
			s.dropped.add(r)
			slots = append(slots, slot{slotDrop, r, s.next})
		}
		s.mu.Unlock()
	}
	if err := s.note(false, slots...); err != nil && !errors.Is(err, ErrFull) {
		return nil, fmt.Errorf("drop oldest: %w", err)
	}
	if err := s.remove([]*segment{g}); err != nil {
		return nil, fmt.Errorf("drop oldest: %w", err)
	}
	return given, nil
}

// releaseActive frees the active segment if nothing in it waits. It needs lead.
func (s *Spool) releaseActive() error {
	g := s.active
	s.jmu.Lock()
	defer s.jmu.Unlock()
	if g == nil || g.empty() {
		return nil
	}
	s.mu.RLock()
	needed := !s.done.covers(g.sequences())
	s.mu.RUnlock()
	if needed {
		return nil
	}
	if err := s.retireActive(); err != nil {
		return err
	}
	return s.free(g.sequences())
}

// retireActive ends the active segment without beginning another. It needs lead.
func (s *Spool) retireActive() error {
	g, f := s.active, s.file
	s.file = nil
	s.mu.Lock()
	s.active = nil
	s.mu.Unlock()
	if err := f.Close(); err != nil {
		return s.fail("close", s.segmentPath(g.base), err)
	}
	return nil
}

// free removes the segments that touch these ranges and of which nothing waits
// any more. It needs jmu.
func (s *Spool) free(ranges ...Range) error {
	s.mu.RLock()
	var victims []*segment
	for _, r := range ranges {
		i := sort.Search(len(s.segs), func(i int) bool { return s.segs[i].next > r.From })
		for ; i < len(s.segs) && s.segs[i].base <= r.To; i++ {
			g := s.segs[i]
			if g != s.active && !g.empty() && s.done.covers(g.sequences()) && !slices.Contains(victims, g) {
				victims = append(victims, g)
			}
		}
	}
	s.mu.RUnlock()
	if len(victims) == 0 {
		return nil
	}
	return s.remove(victims)
}

// remove takes the segments off the disk. What says that their records are gone
// on purpose must be durable first, or the next Open would take them for lost.
// Only on a full disk, which may have no room to say so, do the files go first:
// a crash between the two then makes a false report, but the room is there. It
// needs jmu.
func (s *Spool) remove(victims []*segment) error {
	var slots []slot
	for _, g := range victims {
		if s.mode.kind == slotOpen && s.mode.r.From == g.base {
			s.mode = slot{kind: slotShut, next: s.Next()}
			slots = append(slots, s.mode)
		}
	}
	err := s.note(true, slots...)
	if err != nil && !errors.Is(err, ErrFull) {
		return err
	}
	s.mu.Lock()
	s.segs = slices.DeleteFunc(s.segs, func(g *segment) bool { return slices.Contains(victims, g) })
	s.mu.Unlock()
	// No reader has one of these files open now: they read under mu.
	for _, g := range victims {
		name := s.segmentPath(g.base)
		if err := s.fs.Remove(name); err != nil {
			return s.fail("remove", name, err)
		}
	}
	if err == nil {
		return nil
	}
	if err := s.note(true); err != nil && !errors.Is(err, ErrFull) {
		return err
	}
	return nil
}

// shut journals durably that the active segment takes no more records. It needs
// lead and jmu.
func (s *Spool) shut() error {
	if s.mode.kind == slotShut && s.mode.next == s.next {
		return s.note(true)
	}
	s.mode = slot{kind: slotShut, next: s.next}
	return s.note(true, s.mode)
}

// note writes slots, whose content memory already has, to the journal, and
// syncs it if they must be durable. On a full disk it answers ErrFull, and the
// next note writes the journal anew from memory, as it does when the journal has
// grown long. It needs jmu.
func (s *Spool) note(durable bool, slots ...slot) error {
	s.mu.RLock()
	fatal := s.fatal
	s.mu.RUnlock()
	if fatal != nil {
		return fatal
	}
	var err error
	op := "write"
	if s.stale || s.journal.slots > 2*s.needed()+compactSlots {
		op, err = "replace", s.journal.replace(s.everything())
		s.stale = err != nil
	} else {
		if len(slots) > 0 {
			err = s.journal.append(slots...)
			s.stale = err != nil
		}
		if err == nil && durable {
			if err := s.journal.sync(); err != nil {
				return s.fail("sync", s.journal.path(), err)
			}
		}
	}
	switch {
	case err == nil:
		return nil
	case s.journal.f != nil && s.fs.DiskFull(err):
		return fmt.Errorf("%w: %w", ErrFull, err)
	default:
		return s.fail(op, s.journal.path(), err)
	}
}

// needed is how many slots say everything. It needs jmu.
func (s *Spool) needed() int { return len(s.acked.ranges) + len(s.dropped.ranges) + 1 }

// everything is the journal that memory would write. It needs jmu.
func (s *Spool) everything() []slot {
	next := s.Next()
	slots := make([]slot, 0, s.needed())
	for _, r := range s.acked.ranges {
		slots = append(slots, slot{slotAck, r, next})
	}
	for _, r := range s.dropped.ranges {
		for _, m := range s.acked.missing(nil, r) {
			slots = append(slots, slot{slotDrop, m, next})
		}
	}
	return append(slots, s.mode)
}
