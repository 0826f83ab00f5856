package spool

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"
)

// FuzzSegment puts any bytes where a segment was. Whatever they are, Open tells
// every sequence apart into waiting and lost, reads what waits as it was
// scanned, never goes back, and goes on.
func FuzzSegment(f *testing.F) {
	whole := appendSegmentHeader(nil, segmentHeader{base: 3, floor: 2, marker: 0xfeedbeef})
	whole = appendRecord(whole, int64(len(whole)), 0xfeedbeef, 3, []byte("three"))
	whole = appendRecord(whole, int64(len(whole)), 0xfeedbeef, 4, nil)
	whole = appendRecord(whole, int64(len(whole)), 0xfeedbeef, 5, bytes.Repeat([]byte("five"), 50))
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add(whole[:segmentHeaderSize])
	f.Add(whole[:5])
	f.Add([]byte{})
	f.Add(append(bytes.Clone(whole), make([]byte, 100)...))
	for _, at := range []int{0, 8, 20, 25, 30, 33, 37, 45, 50, 54, 57} {
		b := bytes.Clone(whole)
		b[at] ^= 0x80
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m := newMemFS()
		s := open(t, small(m))
		if _, err := s.Append([]byte("1"), []byte("2")); err != nil {
			t.Fatal(err)
		}
		closeSpool(t, s)
		name := filepath.Join(testDir, segmentName(3))
		if _, err := m.Create(name); err != nil {
			t.Fatal(err)
		}
		m.edit(name, func([]byte) []byte { return bytes.Clone(b) })
		s, err := Open(testDir, small(m))
		if errors.Is(err, ErrVersion) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		var set rangeSet
		if err := s.Scan(1, func(seq uint64, b []byte) error {
			got, err := s.Read(seq, nil)
			if err != nil || !bytes.Equal(got, b) {
				t.Fatalf("Read(%d): %v", seq, err)
			}
			set.add(Range{seq, seq})
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		equal(t, "Waiting", s.Waiting(), set.ranges)
		for _, d := range s.Lost() {
			if d.Range == (Range{}) {
				continue
			}
			if set.overlap(d.Range) > 0 {
				t.Fatalf("%v also waits: %v", d, set.ranges)
			}
			set.add(d.Range)
		}
		// A header may say that sequence 1 or 2 was acknowledged.
		set.add(Range{1, 2})
		next := s.Next()
		if next < 3 || set.absent(1) != next {
			t.Fatalf("Next is %d, accounted for are %v", next, set.ranges)
		}
		if first, err := s.Append([]byte("next")); err != nil || first != next {
			t.Fatalf("Append: %d, %v", first, err)
		}
		closeSpool(t, s)
		s = open(t, small(m))
		if got, err := s.Read(next, nil); err != nil || string(got) != "next" {
			t.Fatalf("Read after restart: %v", err)
		}
		closeSpool(t, s)
	})
}

// FuzzJournal puts any bytes where the journal was. A byte string that is no
// slot with the right checksum and marker acknowledges nothing.
func FuzzJournal(f *testing.F) {
	whole := appendJournalHeader(nil, 0xfeedbeef)
	f.Add(whole)
	for _, l := range []slot{
		{slotAck, Range{1, 2}, 5},
		{slotDrop, Range{3, 3}, 5},
		{slotOpen, Range{5, 8000}, 5},
		{kind: slotShut, next: 9},
		{slotAck, Range{1, 1 << 62}, 1<<62 + 1},
	} {
		whole = appendSlot(whole, 0xfeedbeef, l)
		f.Add(bytes.Clone(whole))
	}
	f.Add(whole[:len(whole)-3])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		m := newMemFS()
		s := open(t, small(m))
		if _, err := s.Append([]byte("1"), []byte("2"), []byte("3"), []byte("4")); err != nil {
			t.Fatal(err)
		}
		closeSpool(t, s)
		m.edit(filepath.Join(testDir, journalName), func([]byte) []byte { return bytes.Clone(b) })
		s, err := Open(testDir, small(m))
		if errors.Is(err, ErrVersion) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		next := s.Next()
		if next < 5 {
			t.Fatalf("Next is %d", next)
		}
		for _, r := range s.Waiting() {
			if r.To > 4 {
				t.Fatalf("%v waits", r)
			}
		}
		if _, err := s.Append([]byte("next")); err != nil {
			t.Fatal(err)
		}
		closeSpool(t, s)
		s = open(t, small(m))
		equal(t, "Next", s.Next(), next+1)
		closeSpool(t, s)
	})
}
