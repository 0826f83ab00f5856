package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
)

// recover learns from the directory what the spool holds, and only then writes:
// it makes durable what it has found, with the sequence to go on with, and
// removes files of which nothing is left to read. Damaged files stay as they are
// until their other records are acknowledged.
func (s *Spool) recover() error {
	names, err := s.fs.ReadDir(s.dir)
	if err != nil {
		return err
	}
	var bases []uint64
	for _, name := range names {
		if base, ok := parseSegmentName(name); ok {
			bases = append(bases, base)
		}
		if name == journalNewName {
			if err := s.fs.Remove(s.path(name)); err != nil {
				return err
			}
		}
	}
	slices.Sort(bases)
	if err := s.recoverJournal(len(bases) > 0); err != nil {
		return err
	}
	// Headers say what was acknowledged when their files were made: that counts
	// for every segment, so they come before any record.
	for i, base := range bases {
		limit := uint64(math.MaxUint64)
		if i+1 < len(bases) {
			limit = bases[i+1]
		}
		g, err := s.recoverHeader(base, limit)
		if err != nil {
			return err
		}
		s.segs = append(s.segs, g)
	}
	for _, r := range s.dropped.ranges {
		for _, m := range s.acked.missing(nil, r) {
			s.damaged(s.journal.path(), 0, m, ErrDropped)
		}
	}
	if err := s.recoverSequences(); err != nil {
		return err
	}
	return s.settle()
}

// damaged adds to Lost.
func (s *Spool) damaged(file string, off int64, r Range, err error) {
	s.damage = append(s.damage, &DamageError{File: file, Offset: off, Range: r, Err: err})
}

// recoverJournal reads the journal. Where it is damaged or missing, it is
// written anew later.
func (s *Spool) recoverJournal(expected bool) error {
	s.stale = true
	s.next = 1
	name := s.journal.path()
	f, err := s.fs.Open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if expected {
			s.damaged(name, 0, Range{}, ErrMissing)
		}
		return nil
	case errors.Is(err, fs.ErrPermission), short(err):
		return err
	case err != nil:
		s.damaged(name, 0, Range{}, fmt.Errorf("%w: %w", ErrChecksum, err))
		return nil
	}
	s.journal.f = f
	size, err := f.Size()
	if err != nil {
		return err
	}
	end, marker, bad, err := readJournal(&window{r: f, size: size}, func(l slot) {
		switch l.kind {
		case slotAck:
			s.acked.add(l.r)
			s.done.add(l.r)
		case slotDrop:
			s.dropped.add(l.r)
			s.done.add(l.r)
		case slotOpen, slotShut:
			s.mode = l
		}
		s.next = max(s.next, l.next)
	})
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	for _, off := range bad {
		s.damaged(name, off, Range{}, ErrChecksum)
	}
	s.stale = len(bad) > 0
	s.journal.dirty = true // by a process that was killed, perhaps
	s.journal.marker, s.journal.size, s.journal.slots = marker, end, int((end-journalHeaderSize)/slotSize)
	return nil
}

// recoverHeader reads a segment's header.
func (s *Spool) recoverHeader(base, limit uint64) (*segment, error) {
	name := s.segmentPath(base)
	f, err := s.fs.Open(name)
	if errors.Is(err, fs.ErrPermission) || short(err) {
		return nil, err
	}
	if err != nil {
		s.damaged(name, 0, Range{}, fmt.Errorf("%w: %w", ErrChecksum, err))
		return newSegment(base, 0, 0), nil
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	w := &window{r: f, size: size}
	h, err := parseSegmentHeader(w.bytes(0, int(min(segmentHeaderSize, size))))
	if err == nil && h.base != base {
		err = ErrChecksum
	}
	switch {
	case errors.Is(err, ErrVersion):
		return nil, fmt.Errorf("read %s: %w", name, err)
	case err != nil:
		if size > segmentHeaderSize {
			s.damaged(name, 0, Range{}, err)
		}
		h.marker, _ = findMarker(w, base, limit)
	case h.floor > 1 && !s.acked.covers(Range{1, h.floor - 1}):
		// The journal has lost this, and the file will not be here for ever.
		s.acked.add(Range{1, h.floor - 1})
		s.done.add(Range{1, h.floor - 1})
		s.stale = true
	}
	return newSegment(base, size, h.marker), nil
}

// recoverSequences reads every record and accounts for every sequence from 1 to
// s.next, which before is the next one by the journal and after is the truth.
func (s *Spool) recoverSequences() error {
	begin, lost := s.lostNewest()
	from := uint64(1)
	for i, g := range s.segs {
		s.missing(from, g.base)
		limit := uint64(math.MaxUint64)
		switch {
		case i+1 < len(s.segs):
			limit = s.segs[i+1].base
		case lost:
			limit = begin
		}
		tail, err := s.recoverRecords(g, limit)
		if err != nil {
			return err
		}
		if limit == math.MaxUint64 {
			s.recoverEnd(g, tail)
		} else if tail != nil {
			s.recoverGap(g, tail.off, Range{g.next, limit - 1}, tail.err)
			g.next = limit
		} else if g.empty() && g.next < limit {
			s.losses(s.segmentPath(g.base), g.size, Range{g.next, limit - 1}, ErrTruncated)
			from = limit
			continue
		}
		from = g.next
	}
	if lost {
		s.missing(from, begin)
		s.next = max(s.next, s.mode.r.To+1)
		s.losses(s.segmentPath(begin), 0, Range{begin, s.next - 1}, ErrMissing)
		return nil
	}
	s.next = max(s.next, from)
	s.missing(from, s.next)
	return nil
}

// lostNewest says whether the journal knows of a newest segment that is not
// there, or not even with its header, which was durable before the journal named
// it.
func (s *Spool) lostNewest() (begin uint64, lost bool) {
	if s.mode.kind != slotOpen {
		return 0, false
	}
	begin = s.mode.r.From
	if len(s.segs) == 0 {
		return begin, true
	}
	g := s.segs[len(s.segs)-1]
	return begin, g.base < begin || g.base == begin && g.size < segmentHeaderSize
}

// missing lists what is not accounted for of the sequences from from to before
// to, for which there is no file.
func (s *Spool) missing(from, to uint64) {
	if from >= to {
		return
	}
	for _, m := range s.done.missing(nil, Range{from, to - 1}) {
		s.losses(s.segmentPath(m.From), 0, m, ErrMissing)
	}
}

// recoverGap lists a damaged stretch of a segment, also one that cost no record.
func (s *Spool) recoverGap(g *segment, off int64, r Range, err error) {
	if r.From > r.To {
		s.damaged(s.segmentPath(g.base), off, Range{}, err)
		return
	}
	s.losses(s.segmentPath(g.base), off, r, err)
}

// recoverRecords reads a segment up to its last readable record, and says what
// follows that.
func (s *Spool) recoverRecords(g *segment, limit uint64) (tail *gap, err error) {
	if g.size < segmentHeaderSize {
		return nil, nil
	}
	f, err := s.fs.Open(s.segmentPath(g.base))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	w := &walker{
		win: &window{r: f, size: g.size}, marker: g.marker,
		off: segmentHeaderSize, want: g.base, limit: limit,
	}
	for {
		e, gp, ok := w.next()
		if !ok {
			return gp, nil
		}
		if gp != nil {
			s.recoverGap(g, gp.off, Range{gp.from, gp.most}, gp.err)
		}
		g.noted(e.seq, e.off, len(e.payload))
		g.next = e.seq + 1
	}
}

// recoverEnd finds out where the newest segment ends. A sequence that may have
// been used must not be used again, so when in doubt it ends later.
func (s *Spool) recoverEnd(g *segment, tail *gap) {
	if tail == nil {
		if g.next < s.next {
			s.losses(s.segmentPath(g.base), g.size, Range{g.next, s.next - 1}, ErrTruncated)
			g.next = s.next
		}
		return
	}
	most, cause := tail.most, ErrTorn
	switch {
	case s.mode.kind == slotShut && s.next > tail.from:
		// It was closed in order, with everything synced and counted.
		most, cause = tail.sure, tail.err
	case s.mode.kind == slotOpen && s.mode.r.From == g.base:
		most = max(tail.sure, min(most, s.mode.r.To))
	}
	most = max(most, s.next-1)
	s.recoverGap(g, tail.off, Range{tail.from, most}, cause)
	g.next = most + 1
}

// settle makes durable what was found and removes what is no longer needed.
func (s *Spool) settle() error {
	if n := len(s.segs); n > 0 && s.segs[n-1].size > 0 {
		// A process that was killed may have left records that only the kernel
		// knows. They are about to be read as durable.
		if err := s.syncSegment(s.segs[n-1]); err != nil {
			return err
		}
	}
	if err := s.fs.SyncDir(s.dir); err != nil {
		return err
	}
	// On a full disk this waits: better to send what is here than not to open.
	if err := s.shut(); err != nil && !errors.Is(err, ErrFull) {
		return err
	}
	var victims []*segment
	for _, g := range s.segs {
		if g.empty() || s.wanted(g) == 0 {
			victims = append(victims, g)
		}
	}
	if len(victims) == 0 {
		return nil
	}
	return s.remove(victims)
}

// wanted is how many of a segment's sequences nobody has acknowledged or given
// up. The lost ones count: their file may be of use to whoever looks into the
// damage.
func (s *Spool) wanted(g *segment) (n uint64) {
	for _, r := range s.acked.missing(nil, g.sequences()) {
		n += r.len() - s.dropped.overlap(r)
	}
	return n
}

func (s *Spool) syncSegment(g *segment) error {
	f, err := s.fs.Open(s.segmentPath(g.base))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
