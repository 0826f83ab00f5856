package spool

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
)

// writeBytes is how much of a commit is gathered before it is written.
const writeBytes = 256 << 10

// request is one call of Append on its way to the disk.
type request struct {
	records [][]byte
	bytes   int64 // with headers
	first   uint64
	err     error
	done    chan struct{} // closed when first and err are final
}

func (r *request) finish(first uint64, err error) {
	r.first, r.err = first, err
	close(r.done)
}

// Append puts records at the end of the queue, with sequences from first on,
// and returns when they are durable. Calls that come while another is syncing
// share the next sync. It copies the records; they must not change before it
// returns. The records of one call stand in one file and are refused or taken
// together, but a crash before Append returns may leave some of them.
//
// Errors: ErrFull, ErrTooLarge, ErrClosed, *FatalError. With none of them was
// anything appended, except that after a FatalError the next Open may find the
// records. No records is no error: first is then Next.
func (s *Spool) Append(records ...[]byte) (first uint64, err error) {
	if len(records) == 0 {
		return s.Next(), s.refusal()
	}
	r := &request{records: records, done: make(chan struct{})}
	for _, b := range records {
		if len(b) > MaxRecord {
			return 0, fmt.Errorf("append record of %d bytes: %w: a record has at most %d", len(b), ErrTooLarge, MaxRecord)
		}
		r.bytes += int64(recordHeaderSize + len(b))
	}
	if r.bytes+segmentHeaderSize > s.opt.MaxBytes {
		return 0, fmt.Errorf("append %d bytes: %w: it may use %d", r.bytes, ErrTooLarge, s.opt.MaxBytes)
	}
	s.pmu.Lock()
	s.pending = append(s.pending, r)
	s.pmu.Unlock()
	select {
	case <-r.done:
	case s.lead <- struct{}{}:
		// Callers whom the last commit has just released come back at once: let
		// them in, or this sync is for one record and theirs is the next.
		runtime.Gosched()
		s.pmu.Lock()
		batch := s.pending
		s.pending = nil
		s.pmu.Unlock()
		s.commit(batch)
		<-s.lead
		<-r.done
	}
	if r.err != nil {
		return 0, fmt.Errorf("append %d records: %w", len(records), r.err)
	}
	return r.first, nil
}

// commit answers every request of the batch. It needs lead.
func (s *Spool) commit(batch []*request) {
	for len(batch) > 0 {
		room, err := s.makeRoom(batch[0])
		if err != nil {
			batch[0].finish(0, err)
			batch = batch[1:]
			continue
		}
		run, bytes, records := 1, batch[0].bytes, len(batch[0].records)
		for run < len(batch) && s.fits(batch[run], bytes, records) && bytes+batch[run].bytes <= room {
			bytes += batch[run].bytes
			records += len(batch[run].records)
			run++
		}
		err = s.write(batch[:run])
		first := s.Next()
		for _, r := range batch[:run] {
			first -= uint64(len(r.records))
		}
		for _, r := range batch[:run] {
			r.finish(first, err)
			first += uint64(len(r.records))
		}
		batch = batch[run:]
	}
}

// fits says whether r goes into the active segment behind so many bytes and
// records that are not written yet. It needs lead.
func (s *Spool) fits(r *request, bytes int64, records int) bool {
	return s.active != nil &&
		s.active.size+bytes+r.bytes <= s.opt.SegmentBytes &&
		s.active.next+uint64(records+len(r.records)) <= s.mode.r.To+1
}

// makeRoom leaves an active segment that takes r, and says how many bytes may be
// written in all. It needs lead.
func (s *Spool) makeRoom(r *request) (int64, error) {
	if err := s.refusal(); err != nil {
		return 0, err
	}
	room, err := s.room(s.need(r))
	if errors.Is(err, ErrFull) {
		// The active segment may hold nothing but acknowledged records.
		if err := s.releaseActive(); err != nil {
			return 0, err
		}
		room, err = s.room(s.need(r))
	}
	if err != nil {
		return 0, err
	}
	if s.fits(r, 0, 0) {
		return room, nil
	}
	return room - segmentHeaderSize, s.rotate(len(r.records))
}

// need is how many bytes r takes on the disk now.
func (s *Spool) need(r *request) int64 {
	if s.fits(r, 0, 0) {
		return r.bytes
	}
	return r.bytes + segmentHeaderSize
}

// write puts the requests' records into the active segment, syncs it and makes
// them readable. It needs lead.
func (s *Spool) write(run []*request) error {
	g := s.active
	off, seq := g.size, g.next
	s.buf = s.buf[:0]
	for _, r := range run {
		for _, b := range r.records {
			s.buf = appendRecord(s.buf, off+int64(len(s.buf)), g.marker, seq, b)
			seq++
			if len(s.buf) < writeBytes {
				continue
			}
			if _, err := s.file.WriteAt(s.buf, off); err != nil {
				return s.undo(g, err)
			}
			off += int64(len(s.buf))
			s.buf = s.buf[:0]
		}
	}
	if _, err := s.file.WriteAt(s.buf, off); err != nil {
		return s.undo(g, err)
	}
	if err := s.file.Sync(); err != nil {
		return s.fail("sync", s.segmentPath(g.base), err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	off, seq = g.size, g.next
	for _, r := range run {
		for _, b := range r.records {
			g.noted(seq, off, len(b))
			off += int64(recordHeaderSize + len(b))
			seq++
		}
	}
	g.size, g.next, s.next = off, seq, seq
	return nil
}

// undo takes back what a failed write has left, durably: what was refused must
// not come up after a crash. A full disk is no disaster as long as that works.
func (s *Spool) undo(g *segment, err error) error {
	name := s.segmentPath(g.base)
	if !s.fs.DiskFull(err) {
		return s.fail("write", name, err)
	}
	if terr := s.file.Truncate(g.size); terr != nil {
		return s.fail("truncate", name, terr)
	}
	if serr := s.file.Sync(); serr != nil {
		return s.fail("sync", name, serr)
	}
	return fmt.Errorf("%w: %w", ErrFull, err)
}

// rotate ends the active segment and begins one that takes at least so many
// records. It needs lead.
func (s *Spool) rotate(records int) error {
	s.jmu.Lock()
	defer s.jmu.Unlock()
	old := s.active
	if old != nil {
		if err := s.retireActive(); err != nil {
			return err
		}
	}
	if old != nil && old.empty() {
		// Left by a write that found no room. The new one would have its name.
		if err := s.remove([]*segment{old}); err != nil {
			return err
		}
		old = nil
	}
	err := s.begin(records)
	if old != nil {
		if ferr := s.free(old.sequences()); err == nil {
			err = ferr
		}
	}
	return err
}

// begin makes a new active segment. It needs lead and jmu.
func (s *Spool) begin(records int) error {
	h := segmentHeader{base: s.next, floor: s.acked.absent(1), marker: rand.Uint32()}
	f, err := s.createSegment(h)
	if err != nil {
		return err
	}
	// The journal may name the segment only once it is there, and no record may
	// be there before the journal names it: so a segment that the journal names
	// and that is not there has been lost.
	last := h.base + uint64(max(segmentRecords, records)) - 1
	s.mode = slot{slotOpen, Range{h.base, last}, h.base}
	if err := s.note(true, s.mode); err != nil {
		s.mode = slot{kind: slotShut, next: h.base}
		name := s.segmentPath(h.base)
		if err := f.Close(); err != nil {
			return s.fail("close", name, err)
		}
		if err := s.fs.Remove(name); err != nil {
			return s.fail("remove", name, err)
		}
		return err
	}
	s.file = f
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active = newSegment(h.base, segmentHeaderSize, h.marker)
	s.segs = append(s.segs, s.active)
	return nil
}

// createSegment makes a durable segment file with nothing but its header.
func (s *Spool) createSegment(h segmentHeader) (File, error) {
	name := s.segmentPath(h.base)
	f, err := s.fs.Create(name)
	if err != nil {
		if s.fs.DiskFull(err) {
			return nil, fmt.Errorf("%w: %w", ErrFull, err)
		}
		return nil, s.fail("create", name, err)
	}
	op := "write"
	_, err = f.WriteAt(appendSegmentHeader(nil, h), 0)
	full := err != nil && s.fs.DiskFull(err)
	if err == nil {
		op, err = "sync", f.Sync()
	}
	if err == nil {
		op, err = "sync directory of", s.fs.SyncDir(s.dir)
	}
	if err == nil {
		return f, nil
	}
	_ = f.Close() // the first error is the one that counts
	if !full {
		return nil, s.fail(op, name, err)
	}
	if err := s.fs.Remove(name); err != nil {
		return nil, s.fail("remove", name, err)
	}
	return nil, fmt.Errorf("%w: %w", ErrFull, err)
}
