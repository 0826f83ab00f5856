package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// damagedSpool is a spool of some segments, with 1 to 60 appended and 11 to 14
// acknowledged, as it lies on the disk.
type damagedSpool struct {
	fs   *memFS
	segs []segment // where everything lies
}

func (d *damagedSpool) path(i int) string {
	return filepath.Join(testDir, segmentName(d.segs[i].base))
}

// offset is where a record begins in its file.
func (d *damagedSpool) offset(seq uint64) (segment int, off int64) {
	for i, g := range d.segs {
		if g.base <= seq && seq < g.next {
			off = segmentHeaderSize
			for s := g.base; s < seq; s++ {
				off += recordHeaderSize + int64(len(record(s)))
			}
			return i, off
		}
	}
	panic("no such record")
}

func (d *damagedSpool) flip(i int, off int64) {
	d.fs.edit(d.path(i), func(b []byte) []byte { b[off] ^= 0x10; return b })
}

func (d *damagedSpool) cut(i int, size int64) {
	d.fs.edit(d.path(i), func(b []byte) []byte { return b[:size] })
}

func (d *damagedSpool) zero(i int, from int64) {
	d.fs.edit(d.path(i), func(b []byte) []byte { clear(b[from:]); return b })
}

func (d *damagedSpool) remove(i int) { _ = d.fs.Remove(d.path(i)) }

func (d *damagedSpool) last() int { return len(d.segs) - 1 }

func buildDamaged(t *testing.T, killed bool) *damagedSpool {
	t.Helper()
	m := newMemFS()
	s := open(t, small(m))
	fill(t, s, 30)
	ack(t, s, Range{11, 14})
	fill(t, s, 30)
	d := &damagedSpool{}
	if killed {
		d.fs = m.clone()
	}
	for _, g := range s.segs {
		d.segs = append(d.segs, *g)
	}
	closeSpool(t, s)
	if !killed {
		d.fs = m.clone()
	}
	return d
}

func TestDamage(t *testing.T) {
	const (
		inFirst  = 4 // a record in the middle of the first segment
		lastSeq  = 60
		ackedOne = 12
	)
	for _, c := range []struct {
		name   string
		killed bool // not closed: whether the end was complete is not known
		damage func(d *damagedSpool)
		lost   func(d *damagedSpool) []Range
		why    error
		next   func(d *damagedSpool) (lo, hi uint64) // nil: 61
	}{
		{
			name:   "nothing",
			damage: func(*damagedSpool) {},
		},
		{
			name:   "nothing, killed",
			killed: true,
			damage: func(*damagedSpool) {},
		},
		{
			name:   "bit of a record",
			damage: func(d *damagedSpool) { i, off := d.offset(inFirst); d.flip(i, off+recordHeaderSize+9) },
			lost:   func(*damagedSpool) []Range { return []Range{{inFirst, inFirst}} },
			why:    ErrChecksum,
		},
		{
			name: "every bit of a record header's bytes",
			damage: func(d *damagedSpool) {
				i, off := d.offset(inFirst)
				for n := range int64(recordHeaderSize) {
					d.flip(i, off+n)
				}
			},
			lost: func(*damagedSpool) []Range { return []Range{{inFirst, inFirst}} },
			why:  ErrChecksum,
		},
		{
			name:   "bit of a length",
			damage: func(d *damagedSpool) { i, off := d.offset(inFirst); d.flip(i, off+4) },
			lost:   func(*damagedSpool) []Range { return []Range{{inFirst, inFirst}} },
			why:    ErrChecksum,
		},
		{
			name:   "high bit of a length, which would swallow the file",
			damage: func(d *damagedSpool) { i, off := d.offset(inFirst); d.flip(i, off+6) },
			lost:   func(*damagedSpool) []Range { return []Range{{inFirst, inFirst}} },
			why:    ErrChecksum,
		},
		{
			name: "three records in a row",
			damage: func(d *damagedSpool) {
				for seq := uint64(2); seq <= 4; seq++ {
					i, off := d.offset(seq)
					d.flip(i, off)
				}
			},
			lost: func(*damagedSpool) []Range { return []Range{{2, 4}} },
			why:  ErrChecksum,
		},
		{
			name:   "an acknowledged record",
			damage: func(d *damagedSpool) { i, off := d.offset(ackedOne); d.flip(i, off+5) },
		},
		{
			name: "bytes missing in the middle",
			damage: func(d *damagedSpool) {
				i, off := d.offset(inFirst)
				d.fs.edit(d.path(i), func(b []byte) []byte { return slices.Delete(b, int(off)+7, int(off)+90) })
			},
			// No disk moves bytes up. If one did, none of them would be in place.
			lost: func(d *damagedSpool) []Range { return []Range{{inFirst, 10}, {15, d.segs[0].next - 1}} },
			why:  ErrChecksum,
		},
		{
			name: "record written over by a copy of a later one",
			damage: func(d *damagedSpool) {
				i, to := d.offset(2)
				_, from := d.offset(5)
				d.fs.edit(d.path(i), func(b []byte) []byte {
					copy(b[to:to+int64(recordHeaderSize+len(record(2)))], b[from:])
					return b
				})
			},
			lost: func(*damagedSpool) []Range { return []Range{{2, 2}} },
			why:  ErrChecksum,
		},
		{
			name:   "segment header",
			damage: func(d *damagedSpool) { d.flip(1, 25) },
		},
		{
			name:   "segment header and first record",
			damage: func(d *damagedSpool) { d.flip(1, 3); d.flip(1, segmentHeaderSize+8) },
			lost:   func(d *damagedSpool) []Range { return []Range{{d.segs[1].base, d.segs[1].base}} },
			why:    ErrChecksum,
		},
		{
			name: "all segment headers",
			damage: func(d *damagedSpool) {
				for i := range d.segs {
					d.flip(i, 30)
				}
			},
		},
		{
			name:   "segment of zeros",
			damage: func(d *damagedSpool) { d.zero(3, 0) },
			lost:   func(d *damagedSpool) []Range { return []Range{d.segs[3].sequences()} },
			why:    ErrChecksum,
		},
		{
			name:   "segment emptied",
			damage: func(d *damagedSpool) { d.cut(3, 0) },
			lost:   func(d *damagedSpool) []Range { return []Range{d.segs[3].sequences()} },
			why:    ErrTruncated,
		},
		{
			name:   "segment missing",
			damage: func(d *damagedSpool) { d.remove(3) },
			lost:   func(d *damagedSpool) []Range { return []Range{d.segs[3].sequences()} },
			why:    ErrMissing,
		},
		{
			name:   "first segment missing",
			damage: func(d *damagedSpool) { d.remove(0) },
			lost:   func(d *damagedSpool) []Range { return []Range{{1, 10}, {15, d.segs[0].next - 1}} },
			why:    ErrMissing,
		},
		{
			name:   "segment cut in a record",
			damage: func(d *damagedSpool) { i, off := d.offset(d.segs[3].next - 2); d.cut(i, off+50) },
			lost:   func(d *damagedSpool) []Range { n := d.segs[3].next; return []Range{{n - 2, n - 1}} },
			why:    ErrTruncated,
		},
		{
			name:   "segment cut between records",
			damage: func(d *damagedSpool) { i, off := d.offset(d.segs[3].next - 2); d.cut(i, off) },
			lost:   func(d *damagedSpool) []Range { n := d.segs[3].next; return []Range{{n - 2, n - 1}} },
			why:    ErrMissing,
		},
		{
			name:   "zeros at the end of a segment",
			damage: func(d *damagedSpool) { i, off := d.offset(d.segs[3].next - 2); d.zero(i, off) },
			lost:   func(d *damagedSpool) []Range { n := d.segs[3].next; return []Range{{n - 2, n - 1}} },
			why:    ErrChecksum,
		},
		{
			name:   "newest segment cut in a record, closed in order",
			damage: func(d *damagedSpool) { i, off := d.offset(lastSeq - 1); d.cut(i, off+10) },
			lost:   func(*damagedSpool) []Range { return []Range{{lastSeq - 1, lastSeq}} },
			why:    ErrTruncated,
		},
		{
			name:   "newest segment cut between records, closed in order",
			damage: func(d *damagedSpool) { i, off := d.offset(lastSeq - 1); d.cut(i, off) },
			lost:   func(*damagedSpool) []Range { return []Range{{lastSeq - 1, lastSeq}} },
			why:    ErrTruncated,
		},
		{
			name:   "newest segment missing, closed in order",
			damage: func(d *damagedSpool) { d.remove(d.last()) },
			lost:   func(d *damagedSpool) []Range { return []Range{d.segs[d.last()].sequences()} },
			why:    ErrTruncated,
		},
		{
			name:   "zeros at the end, closed in order",
			damage: func(d *damagedSpool) { i, off := d.offset(lastSeq); d.zero(i, off) },
			lost:   func(*damagedSpool) []Range { return []Range{{lastSeq, lastSeq}} },
			why:    ErrChecksum,
		},
		{
			name:   "all segments missing, closed in order",
			damage: func(d *damagedSpool) { removeAll(d) },
			lost:   func(*damagedSpool) []Range { return []Range{{1, 10}, {15, lastSeq}} },
			why:    ErrMissing,
		},
		{
			name:   "torn write: header whole, record in part",
			killed: true,
			damage: func(d *damagedSpool) { i, off := d.offset(lastSeq); d.cut(i, off+recordHeaderSize+3) },
			lost:   func(*damagedSpool) []Range { return []Range{{lastSeq, lastSeq}} },
			why:    ErrTorn,
		},
		{
			name:   "torn write: less than a header",
			killed: true,
			damage: func(d *damagedSpool) { i, off := d.offset(lastSeq); d.cut(i, off+recordHeaderSize-1) },
			lost:   func(*damagedSpool) []Range { return []Range{{lastSeq, lastSeq}} },
			why:    ErrTorn,
		},
		{
			name:   "torn write: record of zeros",
			killed: true,
			damage: func(d *damagedSpool) { i, off := d.offset(lastSeq); d.zero(i, off+recordHeaderSize) },
			lost:   func(*damagedSpool) []Range { return []Range{{lastSeq, lastSeq}} },
			why:    ErrTorn,
		},
		{
			name:   "torn write: nothing but zeros",
			killed: true,
			damage: func(d *damagedSpool) { i, off := d.offset(lastSeq); d.zero(i, off) },
			lost: func(*damagedSpool) []Range {
				n := uint64(len(record(lastSeq)))/recordHeaderSize + 2
				return []Range{{lastSeq, lastSeq + n - 1}}
			},
			why:  ErrTorn,
			next: func(*damagedSpool) (uint64, uint64) { return 61, 61 + 30 },
		},
		{
			name:   "newest segment missing, killed",
			killed: true,
			damage: func(d *damagedSpool) { d.remove(d.last()) },
			lost: func(d *damagedSpool) []Range {
				return []Range{{d.segs[d.last()].base, d.segs[d.last()].base + segmentRecords - 1}}
			},
			why: ErrMissing,
			next: func(d *damagedSpool) (uint64, uint64) {
				n := d.segs[d.last()].base + segmentRecords
				return n, n
			},
		},
		{
			name:   "newest segment emptied, killed",
			killed: true,
			damage: func(d *damagedSpool) { d.cut(d.last(), 0) },
			lost: func(d *damagedSpool) []Range {
				return []Range{{d.segs[d.last()].base, d.segs[d.last()].base + segmentRecords - 1}}
			},
			why: ErrMissing,
			next: func(d *damagedSpool) (uint64, uint64) {
				n := d.segs[d.last()].base + segmentRecords
				return n, n
			},
		},
		{
			name:   "all segments missing, killed",
			killed: true,
			damage: func(d *damagedSpool) { removeAll(d) },
			lost: func(d *damagedSpool) []Range {
				return []Range{{1, 10}, {15, d.segs[d.last()].base + segmentRecords - 1}}
			},
			why: ErrMissing,
			next: func(d *damagedSpool) (uint64, uint64) {
				n := d.segs[d.last()].base + segmentRecords
				return n, n
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := buildDamaged(t, c.killed)
			c.damage(d)
			var lost []Range
			if c.lost != nil {
				lost = c.lost(d)
			}
			lo, hi := uint64(61), uint64(61)
			if c.next != nil {
				lo, hi = c.next(d)
			}
			s := open(t, small(d.fs))
			defer func() { closeSpool(t, s) }()
			if n := s.Next(); n < lo || n > hi {
				t.Fatalf("Next is %d, want %d to %d; lost %v", n, lo, hi, s.Lost())
			}
			next := s.Next()
			for _, e := range s.Lost() {
				if e.Range != (Range{}) && !errors.Is(e, c.why) || !strings.HasPrefix(e.File, testDir) {
					t.Fatalf("lost for another reason: %v", e)
				}
			}
			waiting := []Range{}
			var gone rangeSet
			for _, r := range append(lost, Range{11, 14}) {
				gone.add(r)
			}
			waiting = gone.missing(waiting, Range{1, next - 1})

			// A report stays until it is acknowledged, over restarts too, and
			// neither it nor what follows changes with them. (Only which file is
			// blamed may: a file with nothing else in it is removed.)
			for i := range 3 {
				equal(t, "Lost", lostRanges(s), lost)
				equal(t, "Waiting", s.Waiting(), append([]Range(nil), waiting...))
				equal(t, "Scan", scanned(t, s, 1), append([]Range(nil), waiting...))
				for _, r := range waiting {
					b, err := s.Read(r.To, nil)
					if err != nil || string(b) != string(record(r.To)) {
						t.Fatalf("Read(%d): %v", r.To, err)
					}
				}
				for _, r := range lost {
					var e *DamageError
					if _, err := s.Read(r.From, nil); !errors.As(err, &e) || e.Range.From > r.From || e.Range.To < r.From {
						t.Fatalf("Read(%d): %v", r.From, err)
					}
				}
				if i == 1 {
					fill(t, s, 1)
					if s.Next() != next+1 {
						t.Fatalf("Next is %d after an Append, was %d", s.Next(), next)
					}
					if n := len(waiting); n > 0 && waiting[n-1].To == next-1 {
						waiting[n-1].To = next
					} else {
						waiting = append(waiting, Range{next, next})
					}
				}
				closeSpool(t, s)
				s = open(t, small(d.fs))
			}
			for _, r := range lost {
				ack(t, s, r)
			}
			equal(t, "Lost after Ack", lostRanges(s), []Range(nil))
			closeSpool(t, s)
			s = open(t, small(d.fs))
			equal(t, "Lost after Ack and restart", lostRanges(s), []Range(nil))
			for _, r := range waiting {
				ack(t, s, r)
			}
			closeSpool(t, s)
			s = open(t, small(d.fs))
			equal(t, "files left", len(segmentNames(d.fs)), 0)
		})
	}
}

func removeAll(d *damagedSpool) {
	for i := range d.segs {
		d.remove(i)
	}
}

// TestEveryBitCostsAtMostItsRecord flips each byte of one segment in turn.
func TestEveryBitCostsAtMostItsRecord(t *testing.T) {
	d := buildDamaged(t, true)
	const seg = 2
	for off := range d.segs[seg].size {
		c := &damagedSpool{fs: d.fs.clone(), segs: d.segs}
		c.flip(seg, off)
		s := open(t, small(c.fs))
		var want []Range
		for seq := c.segs[seg].base; seq < c.segs[seg].next; seq++ {
			_, at := c.offset(seq)
			if at <= off && off < at+recordHeaderSize+int64(len(record(seq))) {
				want = []Range{{seq, seq}}
			}
		}
		equal(t, "Lost", lostRanges(s), want)
		if n := len(s.Lost()); n != 1 || !errors.Is(s.Lost()[0], ErrChecksum) {
			t.Fatalf("offset %d: %v", off, s.Lost())
		}
		equal(t, "Next", s.Next(), uint64(61))
		n := uint64(0)
		for _, r := range scanned(t, s, 1) {
			n += r.len()
		}
		if n < 60-4-1 {
			t.Fatalf("offset %d: %d records left", off, n)
		}
		closeSpool(t, s)
	}
}

// TestEveryTornEnd cuts the newest file at every length, after a kill: nothing
// before the cut is lost, and no sequence that was used comes again.
func TestEveryTornEnd(t *testing.T) {
	d := buildDamaged(t, true)
	last := d.segs[d.last()]
	for size := int64(segmentHeaderSize); size < last.size; size++ {
		c := &damagedSpool{fs: d.fs.clone(), segs: d.segs}
		c.cut(c.last(), size)
		s := open(t, small(c.fs))
		whole := last.base
		for whole < last.next {
			if _, end := c.offset(whole); end+recordHeaderSize+int64(len(record(whole))) > size {
				break
			}
			whole++
		}
		_, at := c.offset(whole)
		if at == size {
			equal(t, "Lost", lostRanges(s), []Range(nil))
			equal(t, "Next", s.Next(), whole)
		} else {
			equal(t, "Lost", lostRanges(s), []Range{{whole, whole}})
			equal(t, "Next", s.Next(), whole+1)
		}
		equal(t, "Waiting", s.Waiting(), []Range{{1, 10}, {15, whole - 1}})
		fill(t, s, 1)
		closeSpool(t, s)
	}
}

func TestJournalDamage(t *testing.T) {
	journal := filepath.Join(testDir, journalName)
	slotAt := func(n int) int { return journalHeaderSize + n*slotSize }
	// The slots of this journal: shut, open, ack 11-12, ack 13-14, shut.
	for _, c := range []struct {
		name    string
		damage  func(m *memFS)
		bad     int64 // offset reported; -1: none
		waiting []Range
	}{
		{"bit of an acknowledgement", func(m *memFS) {
			m.edit(journal, func(b []byte) []byte { b[slotAt(2)+9] ^= 1; return b })
		}, int64(slotAt(2)), []Range{{1, 12}, {15, 20}}},
		{"every slot's kind", func(m *memFS) {
			m.edit(journal, func(b []byte) []byte {
				for i := slotAt(0); i < len(b); i += slotSize {
					b[i+4] ^= 0x40
				}
				return b
			})
		}, -1, []Range{{1, 20}}},
		{"header", func(m *memFS) {
			m.edit(journal, func(b []byte) []byte { b[0] ^= 1; return b })
		}, 0, []Range{{1, 10}, {15, 20}}},
		{"header and first slot", func(m *memFS) {
			m.edit(journal, func(b []byte) []byte { b[8] ^= 1; b[slotAt(0)] ^= 1; return b })
		}, 0, []Range{{1, 10}, {15, 20}}},
		{"torn end", func(m *memFS) {
			m.edit(journal, func(b []byte) []byte { return b[:len(b)-1] })
		}, -1, []Range{{1, 10}, {15, 20}}},
		{"zeros at the end", func(m *memFS) {
			m.edit(journal, func(b []byte) []byte { return append(b, make([]byte, 1000)...) })
		}, -1, []Range{{1, 10}, {15, 20}}},
		{"slot of another spool", func(m *memFS) {
			m.edit(journal, func(b []byte) []byte {
				return appendSlot(b, 12345, slot{slotAck, Range{1, 20}, 21})
			})
		}, -1, []Range{{1, 10}, {15, 20}}},
		{"empty", func(m *memFS) {
			m.edit(journal, func([]byte) []byte { return nil })
		}, 0, []Range{{1, 20}}},
		{"missing", func(m *memFS) { _ = m.Remove(journal) }, 0, []Range{{1, 20}}},
		{"left half rewritten", func(m *memFS) {
			f, _ := m.Create(filepath.Join(testDir, journalNewName))
			_, _ = f.WriteAt([]byte("SIAGASA"), 0)
		}, -1, []Range{{1, 10}, {15, 20}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMemFS()
			opt := Options{FS: m, ReserveBytes: -1}
			s := open(t, opt)
			fill(t, s, 20)
			ack(t, s, Range{11, 12})
			ack(t, s, Range{13, 14})
			closeSpool(t, s)
			c.damage(m)
			s = open(t, opt)
			equal(t, "Waiting", s.Waiting(), c.waiting)
			equal(t, "records lost", lostRanges(s), []Range(nil))
			var bad []int64
			for _, e := range s.Lost() {
				bad = append(bad, e.Offset)
				equal(t, "File", e.File, journal)
			}
			if c.bad < 0 {
				equal(t, "damage", bad, []int64(nil))
			} else {
				equal(t, "damage", bad[0], c.bad)
			}
			equal(t, "Next", s.Next(), uint64(21))
			ack(t, s, Range{1, 20})
			closeSpool(t, s)
			s = open(t, opt)
			equal(t, "Lost", s.Lost(), []*DamageError(nil))
			equal(t, "Waiting", s.Waiting(), []Range(nil))
			equal(t, "Next", s.Next(), uint64(21))
			closeSpool(t, s)
		})
	}
}

// TestJournalAndFreedSegments: a freed front is not taken for lost when the
// journal that said so is gone, because later segments say so too.
func TestJournalAndFreedSegments(t *testing.T) {
	m := newMemFS()
	s := open(t, small(m))
	fill(t, s, 30)
	ack(t, s, Range{1, 25})
	fill(t, s, 30)
	closeSpool(t, s)
	if err := m.Remove(filepath.Join(testDir, journalName)); err != nil {
		t.Fatal(err)
	}
	s = open(t, small(m))
	equal(t, "records lost", lostRanges(s), []Range(nil))
	equal(t, "last waiting", s.Waiting()[len(s.Waiting())-1].To, uint64(60))
	equal(t, "Next", s.Next(), uint64(61))
	closeSpool(t, s)
}

// TestFloorOutlivesItsSegment: what only a segment's header still knew to be
// acknowledged stays acknowledged when that segment is gone.
func TestFloorOutlivesItsSegment(t *testing.T) {
	m := newMemFS()
	s := open(t, small(m))
	fill(t, s, 1)
	closeSpool(t, s)
	old := m.clone()
	s = open(t, small(m))
	ack(t, s, Range{1, 1})
	fill(t, s, 1)
	m.kill()
	newer := filepath.Join(testDir, segmentName(2))
	if _, err := old.Create(newer); err != nil {
		t.Fatal(err)
	}
	// The second segment, still without a record, beside the journal of before.
	old.edit(newer, func([]byte) []byte { return m.names[newer].data[:segmentHeaderSize] })
	for range 3 {
		s = open(t, small(old))
		equal(t, "Waiting", s.Waiting(), []Range(nil))
		equal(t, "Lost", s.Lost(), []*DamageError(nil))
		equal(t, "Next", s.Next(), uint64(2))
		closeSpool(t, s)
	}
}

func TestDamageWhileOpen(t *testing.T) {
	d := buildDamaged(t, true)
	s := open(t, small(d.fs))
	for _, seq := range []uint64{5, 20, 30} {
		i, off := d.offset(seq)
		d.flip(i, off+recordHeaderSize)
	}
	d.remove(d.last() - 1)
	missing := d.segs[d.last()-1].sequences()
	if _, err := s.Read(5, nil); !errors.Is(err, ErrChecksum) {
		t.Fatal(err)
	}
	if _, err := s.Read(missing.From+1, nil); !errors.Is(err, ErrChecksum) {
		t.Fatal(err)
	}
	equal(t, "Lost", lostRanges(s), []Range{{5, 5}, missing})
	var set rangeSet
	for _, r := range []Range{{5, 5}, {11, 14}, {20, 20}, {30, 30}, missing} {
		set.add(r)
	}
	equal(t, "Scan", scanned(t, s, 1), set.missing(nil, Range{1, 60}))
	equal(t, "Lost", lostRanges(s), []Range{{5, 5}, {20, 20}, {30, 30}, missing})
	if _, err := s.Read(30, nil); !errors.Is(err, ErrChecksum) {
		t.Fatal(err)
	}
	closeSpool(t, s)
}

// TestForgedRecordIsNotBelieved: a record that holds a record, as a neighbour of
// damage, comes up neither as that record nor as a later one.
func TestForgedRecordIsNotBelieved(t *testing.T) {
	for _, forged := range []uint64{1, 2, 40, 1 << 40} {
		m := newMemFS()
		s := open(t, small(m))
		fill(t, s, 1)
		// As if the forger knew the marker, and the place but for one byte.
		padding := bytes.Repeat([]byte{'.'}, 100)
		at := s.active.size + recordHeaderSize + int64(len(padding))
		inner := appendRecord(nil, at+1, s.active.marker, forged, []byte("forged"))
		if _, err := s.Append(append(padding, inner...)); err != nil {
			t.Fatal(err)
		}
		fill(t, s, 1)
		closeSpool(t, s)
		m.edit(filepath.Join(testDir, segmentName(1)), func(b []byte) []byte {
			b[segmentHeaderSize+recordHeaderSize+len(record(1))] ^= 1
			return b
		})
		s = open(t, small(m))
		equal(t, "Lost", lostRanges(s), []Range{{2, 2}})
		equal(t, "Scan", scanned(t, s, 1), []Range{{1, 1}, {3, 3}})
		equal(t, "Next", s.Next(), uint64(4))
		closeSpool(t, s)
	}
}

// TestNewestSegmentLostInAPowerCut: its sequences are not used again, because
// the journal durably knew of it before it took a record.
func TestNewestSegmentLostInAPowerCut(t *testing.T) {
	for seed := range uint64(20) {
		m := newMemFS()
		s := open(t, small(m))
		fill(t, s, 60)
		m.crash(rand.New(rand.NewPCG(seed, 0)))
		names := segmentNames(m)
		newest := names[len(names)-1]
		if err := m.Remove(filepath.Join(testDir, newest)); err != nil {
			t.Fatal(err)
		}
		s = open(t, small(m))
		if s.Next() <= 60 {
			t.Fatalf("Next is %d", s.Next())
		}
		closeSpool(t, s)
	}
}

func TestForeignFilesAreLeftAlone(t *testing.T) {
	d := buildDamaged(t, false)
	for _, name := range []string{"1.seg", "00000000000000000000.seg", "18446744073709551615.seg", "x.seg", "README"} {
		if _, err := d.fs.Create(filepath.Join(testDir, name)); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, small(d.fs))
	equal(t, "Waiting", s.Waiting(), []Range{{1, 10}, {15, 60}})
	ack(t, s, Range{1, 60})
	closeSpool(t, s)
	for _, name := range []string{"1.seg", "README"} {
		if _, err := d.fs.Open(filepath.Join(testDir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNewerFormatIsRefused(t *testing.T) {
	for _, name := range []string{segmentName(1), journalName} {
		d := buildDamaged(t, false)
		d.fs.edit(filepath.Join(testDir, name), func(b []byte) []byte {
			b[len(segmentMagic)] = formatVersion + 1
			end := segmentHeaderSize - 4
			if name == journalName {
				end = journalHeaderSize - 4
			}
			binary.LittleEndian.PutUint32(b[end:], crc32.Checksum(b[:end], castagnoli))
			return b
		})
		before := d.fs.clone()
		if _, err := Open(testDir, small(d.fs)); !errors.Is(err, ErrVersion) {
			t.Fatalf("%s: %v", name, err)
		}
		for n, ino := range before.names {
			equal(t, n, d.fs.names[n].data, ino.data)
		}
	}
}
