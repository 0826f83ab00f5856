package spool

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"sync"
)

// Options sets the limits of a spool. The zero Options is usable.
type Options struct {
	// SegmentBytes is the size at which a new segment file is begun, in bytes.
	// Room is freed by whole segments, so this is also how much DropOldest gives
	// up at once. 0 means an eighth of MaxBytes, at most 4 MiB.
	SegmentBytes int64
	// MaxBytes is how much disk the segment files may use together; at least
	// 64 KiB and twice SegmentBytes. The acknowledgement journal comes on top: a
	// few hundred KiB, more only while acknowledgements leave many holes. 0 means
	// 1 GiB.
	MaxBytes int64
	// ReserveBytes is how much disk Append leaves free for everyone else, the
	// spool's own acknowledgement journal among them. 0 means 64 MiB; negative
	// means none.
	ReserveBytes int64
	// FS is the file system to use; nil means the operating system's.
	FS FS
}

func (o Options) withDefaults() (Options, error) {
	if o.MaxBytes == 0 {
		o.MaxBytes = 1 << 30
	}
	if o.SegmentBytes == 0 {
		o.SegmentBytes = min(4<<20, o.MaxBytes/8)
	}
	switch {
	case o.ReserveBytes == 0:
		o.ReserveBytes = 64 << 20
	case o.ReserveBytes < 0:
		o.ReserveBytes = 0
	}
	if o.FS == nil {
		o.FS = osFS{}
	}
	if o.MaxBytes < 64<<10 {
		return o, fmt.Errorf("MaxBytes is %d: at least %d are needed", o.MaxBytes, 64<<10)
	}
	if o.SegmentBytes < 0 || o.SegmentBytes > o.MaxBytes/2 {
		return o, fmt.Errorf("SegmentBytes is %d: it must be from 0 to half of MaxBytes (%d)", o.SegmentBytes, o.MaxBytes)
	}
	return o, nil
}

// Spool is an open queue. All methods may be called concurrently.
type Spool struct {
	dir  string
	opt  Options
	fs   FS
	lock io.Closer

	// Locks are taken in the order lead, jmu, mu.

	// lead is held (by a value in it) by whoever writes segments: the caller of
	// Append who commits for all that wait, DropOldest, Close.
	lead chan struct{}
	file File   // the active segment's; nil when there is none. Under lead.
	buf  []byte // what is written next. Under lead.

	pmu     sync.Mutex
	pending []*request // as many as there are callers of Append

	// jmu covers the journal and what must change in step with it.
	jmu     sync.Mutex
	journal journal
	stale   bool // the journal lacks something that memory knows
	mode    slot // the newest slotOpen or slotShut

	// mu covers the rest. It is never held while something is written or synced.
	// acked and dropped change under jmu and mu; segs and what is in the active
	// segment change under lead and mu, except that jmu and mu are enough to take
	// other segments out.
	mu      sync.RWMutex
	closed  bool
	fatal   *FatalError
	segs    []*segment // in order, not overlapping
	active  *segment   // the last of segs while records are added to it
	next    uint64
	acked   rangeSet
	dropped rangeSet
	done    rangeSet // acked, dropped and lost: everything that is not waiting
	damage  []*DamageError
}

// Open opens the spool in dir, or makes one there. It reads and checks every
// record, so it takes as long as the disk needs to read the whole queue; damage
// is no error but listed in Lost. Errors are ErrLocked, ErrVersion, invalid
// options, and what the file system says.
func Open(dir string, opt Options) (*Spool, error) {
	opt, err := opt.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("open spool %s: %w", dir, err)
	}
	s := &Spool{dir: dir, opt: opt, fs: opt.FS, lead: make(chan struct{}, 1)}
	s.journal = journal{fs: s.fs, dir: dir}
	if err := s.fs.MkdirAll(dir); err != nil {
		return nil, fmt.Errorf("open spool %s: %w", dir, err)
	}
	if s.lock, err = s.fs.Lock(s.path("lock")); err != nil {
		return nil, fmt.Errorf("open spool %s: %w", dir, err)
	}
	if err := s.recover(); err != nil {
		return nil, fmt.Errorf("open spool %s: %w", dir, errors.Join(err, s.journal.close(), s.lock.Close()))
	}
	return s, nil
}

// Close waits for an Append under way, journals the acknowledgements durably
// and releases the directory. Callers of Append who still wait get ErrClosed. A
// second Close does nothing.
func (s *Spool) Close() error {
	s.lead <- struct{}{}
	defer func() { <-s.lead }()
	s.jmu.Lock()
	defer s.jmu.Unlock()
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.active = nil
	failed := s.fatal != nil
	s.mu.Unlock()

	var errs []error
	if !failed {
		// ErrFull only means that acknowledgements will be asked for again.
		if err := s.shut(); err != nil && !errors.Is(err, ErrFull) {
			errs = append(errs, err)
		}
	}
	if s.file != nil {
		errs = append(errs, s.file.Close())
	}
	errs = append(errs, s.journal.close(), s.lock.Close())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close spool %s: %w", s.dir, err)
	}
	return nil
}

// Next is the sequence that the next record will get. It starts at 1 and never
// goes back, however empty the queue is.
func (s *Spool) Next() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.next
}

// Stats is the state of a spool at one moment.
type Stats struct {
	Records uint64 // waiting
	// Bytes of the waiting records, without headers. In a segment of which a part
	// was acknowledged it is reckoned from the segment's mean record.
	Bytes     int64
	DiskBytes int64  // size of all files, what was acknowledged but not yet freed included
	First     uint64 // the lowest waiting sequence; Next when none waits
	Next      uint64
}

// Stats answers from memory.
func (s *Spool) Stats() Stats {
	s.jmu.Lock()
	journal := s.journal.size
	s.jmu.Unlock()
	s.mu.RLock()
	defer s.mu.RUnlock()
	st := Stats{
		Records:   s.next - 1 - s.done.total,
		DiskBytes: s.segmentBytes() + journal,
		First:     min(s.done.absent(1), s.next),
		Next:      s.next,
	}
	for _, g := range s.segs {
		if g.records == 0 {
			continue
		}
		waiting := g.sequences().len() - s.done.overlap(g.sequences())
		st.Bytes += int64(float64(g.payload) / float64(g.records) * float64(waiting))
	}
	return st
}

// Waiting lists the sequences that can be read and are not acknowledged, in
// order. The caller owns the slice.
func (s *Spool) Waiting() []Range {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.next == 1 {
		return nil
	}
	return s.done.missing(nil, Range{1, s.next - 1})
}

// Lost lists what damage or DropOldest took, in order of sequence. An entry
// stays, also over restarts, until all of its Range is acknowledged: Ack it once
// the loss has been reported. Entries with the zero Range stay until Close.
func (s *Spool) Lost() []*DamageError {
	s.mu.RLock()
	defer s.mu.RUnlock()
	lost := slices.Clone(s.damage)
	slices.SortStableFunc(lost, func(a, b *DamageError) int {
		switch {
		case a.Range.From < b.Range.From:
			return -1
		case a.Range.From > b.Range.From:
			return 1
		}
		return 0
	})
	return lost
}

func (s *Spool) path(name string) string { return filepath.Join(s.dir, name) }

func (s *Spool) segmentPath(base uint64) string { return s.path(segmentName(base)) }

// segmentBytes needs mu.
func (s *Spool) segmentBytes() int64 {
	var n int64
	for _, g := range s.segs {
		n += g.size
	}
	return n
}

// Room is how many bytes the queue may still grow by, within MaxBytes and what
// the disk has beyond ReserveBytes; 0 or less is full.
func (s *Spool) Room() (int64, error) {
	free, err := s.fs.Free(s.dir)
	if err != nil {
		return 0, fmt.Errorf("ask for free space: %w", err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return min(s.opt.MaxBytes-s.segmentBytes(), free-s.opt.ReserveBytes), nil
}

// room is how many bytes may be written now. Where that is less than need, the
// error wraps ErrFull and says by what.
func (s *Spool) room(need int64) (int64, error) {
	s.mu.RLock()
	used := s.segmentBytes()
	s.mu.RUnlock()
	free, err := s.fs.Free(s.dir)
	if err != nil {
		return 0, fmt.Errorf("ask for free space: %w", err)
	}
	if used+need > s.opt.MaxBytes {
		return 0, fmt.Errorf("%w: %d of %d bytes are used", ErrFull, used, s.opt.MaxBytes)
	}
	if free-need < s.opt.ReserveBytes {
		return 0, fmt.Errorf("%w: the disk has %d bytes left, of which %d are reserved", ErrFull, free, s.opt.ReserveBytes)
	}
	return min(s.opt.MaxBytes-used, free-s.opt.ReserveBytes), nil
}

// refusal is why nothing may be written any more, or nil.
func (s *Spool) refusal() error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return ErrClosed
	}
	if s.fatal != nil {
		return s.fatal
	}
	return nil
}

// fail makes err the end of all writing and returns it in its final form.
func (s *Spool) fail(op, file string, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fatal == nil {
		s.fatal = &FatalError{Op: op, File: file, Err: err}
	}
	return s.fatal
}

// losses lists r, as far as it is still waiting, as lost. It needs mu.
func (s *Spool) losses(file string, off int64, r Range, err error) {
	for _, m := range s.done.missing(nil, r) {
		s.damage = append(s.damage, &DamageError{File: file, Offset: off, Range: m, Err: err})
		s.done.add(m)
	}
}
