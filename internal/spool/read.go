package spool

import (
	"fmt"
	"sort"
	"sync"
)

const (
	// scanBytes and scanRecords are how much Scan reads ahead, beyond one record.
	scanBytes   = 64 << 10
	scanRecords = 4096
)

// Read gives one waiting record, in buf if it has the room. Errors:
// ErrNoRecord, *DamageError when the record is lost or is found to be damaged
// now, ErrClosed, and what the system says where it can open no file just now,
// which costs no record.
func (s *Spool) Read(seq uint64, buf []byte) ([]byte, error) {
	s.mu.RLock()
	b, found, err := s.read(seq, buf[:0])
	s.mu.RUnlock()
	if found != nil {
		s.found(found)
		s.mu.RLock()
		err = s.lostError(seq)
		s.mu.RUnlock()
	}
	if err != nil {
		return nil, fmt.Errorf("read record %d: %w", seq, err)
	}
	return b, nil
}

// read needs mu. When it meets damage that is not known yet, it returns that.
func (s *Spool) read(seq uint64, buf []byte) ([]byte, *discovery, error) {
	if s.closed {
		return nil, nil, ErrClosed
	}
	if seq == 0 || seq >= s.next || s.done.has(seq) {
		return nil, nil, s.lostError(seq)
	}
	g := s.holder(seq)
	w, closeFile, err := s.walk(g, seq)
	if err != nil {
		return nil, nil, err
	}
	defer closeFile()
	w.win.step = indexStep
	for {
		e, gp, ok := w.next()
		if ok && e.seq < seq {
			continue
		}
		if ok && e.seq == seq {
			return append(buf, e.payload...), nil, nil
		}
		if gp == nil {
			gp = &gap{off: w.off, from: w.want, err: ErrTruncated}
		}
		if !ok {
			gp.most = g.next - 1
		}
		return nil, &discovery{g, []*gap{gp}}, nil
	}
}

// lostError says why seq does not wait. It needs mu.
func (s *Spool) lostError(seq uint64) error {
	for _, d := range s.damage {
		if d.Range.From <= seq && seq <= d.Range.To && seq > 0 {
			return d
		}
	}
	return ErrNoRecord
}

// holder is the segment of a waiting record. It needs mu.
func (s *Spool) holder(seq uint64) *segment {
	i := sort.Search(len(s.segs), func(i int) bool { return s.segs[i].next > seq })
	return s.segs[i]
}

// walk begins to read a segment some way before seq. It needs mu until
// closeFile was called. A file that cannot be opened reads as all damage, unless
// that is for want of something else than the file.
func (s *Spool) walk(g *segment, seq uint64) (w *walker, closeFile func(), err error) {
	m := g.before(seq)
	w = &walker{win: &window{size: g.size}, marker: g.marker, off: m.off, want: m.seq, limit: g.next}
	f, err := s.fs.Open(s.segmentPath(g.base))
	switch {
	case short(err):
		return nil, nil, err
	case err != nil:
		w.win.r = unreadable{err}
		return w, func() {}, nil
	}
	w.win.r = f
	// Closing a file that was only read can lose nothing.
	return w, func() { _ = f.Close() }, nil
}

// unreadable is a file that could not be opened.
type unreadable struct{ err error }

func (u unreadable) ReadAt([]byte, int64) (int, error) { return 0, u.err }

// discovery is damage met while reading.
type discovery struct {
	seg  *segment
	gaps []*gap
}

// found lists newly met damage as lost.
func (s *Spool) found(d *discovery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range d.gaps {
		g.most = min(g.most, d.seg.next-1)
		if r := g.lost(); r != (Range{}) {
			s.losses(s.segmentPath(d.seg.base), g.off, r, g.err)
		}
	}
}

// Scan calls fn for every waiting record from sequence from on, in order, up to
// the last one that was there when it was called. The record is valid only
// during the call. fn may call any method of the Spool, Close excepted. Damaged
// records are left out and listed in Lost. Scan ends with the first error of
// fn, which it returns unchanged, with ErrClosed, or where the system can open no
// file just now.
func (s *Spool) Scan(from uint64, fn func(seq uint64, record []byte) error) error {
	from = max(from, 1)
	end := s.Next()
	b := batches.Get().(*batch)
	defer b.leave()
	for from < end {
		s.mu.RLock()
		next, d, err := s.gather(b, from, end)
		s.mu.RUnlock()
		if err != nil {
			return fmt.Errorf("scan from record %d: %w", from, err)
		}
		if d != nil {
			s.found(d)
		}
		for _, e := range b.entries {
			if !s.waits(e.seq) {
				continue
			}
			if err := fn(e.seq, b.buf[e.from:e.to:e.to]); err != nil {
				return err
			}
		}
		from = next
	}
	return nil
}

// batches are those that no Scan uses.
var batches = sync.Pool{New: func() any { return new(batch) }}

// maxIdleBatch is the largest buffer that is kept for the next Scan.
const maxIdleBatch = 256 << 10

// leave gives b to the next Scan, of any spool.
func (b *batch) leave() {
	b.seg = nil
	if cap(b.buf) <= maxIdleBatch && cap(b.window) <= maxIdleBatch {
		batches.Put(b)
	}
}

// batch is what Scan has read ahead.
type batch struct {
	buf     []byte
	entries []extent

	// Where reading stopped, and the window's buffer to go on with.
	seg    *segment
	at     mark
	window []byte
}

// extent is where a record lies in a batch.
type extent struct {
	seq      uint64
	from, to int
}

func (s *Spool) waits(seq uint64) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return !s.done.has(seq)
}

// gather fills b with waiting records from the first segment that has any from
// sequence from on, and says where to go on. It needs mu.
func (s *Spool) gather(b *batch, from, end uint64) (next uint64, d *discovery, err error) {
	b.buf, b.entries = b.buf[:0], b.entries[:0]
	if s.closed {
		return 0, nil, ErrClosed
	}
	from = s.done.absent(from)
	if from >= end {
		return end, nil, nil
	}
	g := s.holder(from)
	w, closeFile, err := s.walk(g, from)
	if err != nil {
		return 0, nil, err
	}
	defer closeFile()
	w.win.buf = b.window[:0]
	if b.seg == g && w.want < b.at.seq && b.at.seq <= from {
		w.want, w.off = b.at.seq, b.at.off
	}
	var gaps []*gap
	for len(b.buf) < scanBytes && len(b.entries) < scanRecords {
		e, gp, ok := w.next()
		if gp != nil {
			gaps = append(gaps, gp)
		}
		if !ok {
			tail := gp
			if tail == nil && w.want < g.next {
				tail = &gap{off: w.off, from: w.want, err: ErrTruncated}
				gaps = append(gaps, tail)
			}
			if tail != nil {
				tail.most = g.next - 1
			}
			next = g.next
			break
		}
		next = e.seq + 1
		if e.seq < from || e.seq >= end || s.done.has(e.seq) {
			continue
		}
		at := len(b.buf)
		b.buf = append(b.buf, e.payload...)
		b.entries = append(b.entries, extent{e.seq, at, len(b.buf)})
	}
	b.seg, b.at, b.window = g, mark{w.want, w.off}, w.win.buf
	if gaps != nil {
		d = &discovery{g, gaps}
	}
	return next, d, nil
}
