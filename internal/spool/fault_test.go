package spool

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// failing makes a fault of one operation on one kind of file.
func failing(op, ext string, err error) func(string, string) error {
	return func(o, name string) error {
		if o == op && filepath.Ext(name) == ext {
			return err
		}
		return nil
	}
}

func TestDiskFaultsAreFatal(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault func(op, name string) error
		// new: the fault strikes only when a segment is begun
		new bool
	}{
		{"sync of a segment", failing("sync", ".seg", syscall.EIO), false},
		{"sync of a segment for want of room", failing("sync", ".seg", syscall.ENOSPC), false},
		{"write to a segment", failing("write", ".seg", syscall.EIO), false},
		{"creation of a segment", failing("create", ".seg", syscall.EROFS), true},
		{"sync of the directory", failing("syncdir", "", syscall.EIO), true},
		{"sync of the journal", failing("sync", "", syscall.EIO), true},
		{"write to the journal", failing("write", "", syscall.EIO), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newMemFS()
			s := open(t, small(m))
			fill(t, s, 10)
			if c.new {
				room := s.opt.SegmentBytes - s.active.size - recordHeaderSize
				if _, err := s.Append(make([]byte, room)); err != nil {
					t.Fatal(err)
				}
				ack(t, s, Range{11, 11})
			}
			next := s.Next()
			m.fault = c.fault
			_, err := s.Append(record(next), record(next+1))
			var fatal *FatalError
			if !errors.As(err, &fatal) || fatal.File == "" || fatal.Op == "" {
				t.Fatalf("Append: %v", err)
			}
			// Nothing is tried again, even if the disk seems well.
			m.fault = nil
			syncs := m.syncs
			if _, again := s.Append(record(next)); !errors.Is(again, fatal) {
				t.Fatalf("Append after the fault: %v", again)
			}
			if err := s.Ack(Range{1, 3}); !errors.Is(err, fatal) {
				t.Fatalf("Ack after the fault: %v", err)
			}
			if _, err := s.DropOldest(); !errors.Is(err, fatal) {
				t.Fatalf("DropOldest after the fault: %v", err)
			}
			equal(t, "syncs", m.syncs, syncs)
			// What was durable is still read.
			equal(t, "Next", s.Next(), next)
			equal(t, "Scan", scanned(t, s, 1), []Range{{4, 10}})
			closeSpool(t, s)
			s = open(t, small(m))
			if n := s.Next(); n < next {
				t.Fatalf("Next went back to %d", n)
			}
			fill(t, s, 1)
			closeSpool(t, s)
		})
	}
}

func TestFaultStrikesAllWhoWait(t *testing.T) {
	m := newMemFS()
	s := open(t, small(m))
	fill(t, s, 1)
	m.fault = failing("sync", ".seg", syscall.EIO)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			var fatal *FatalError
			if _, err := s.Append([]byte("x")); !errors.As(err, &fatal) {
				t.Errorf("Append: %v", err)
			}
		})
	}
	wg.Wait()
	closeSpool(t, s)
}

// TestDiskReallyFull: someone else has filled the disk in spite of the reserve.
// Nothing is lost, reading and acknowledging go on, and room that comes back is
// used.
func TestDiskReallyFull(t *testing.T) {
	for room := int64(0); room < 400; room += 7 {
		t.Run(fmt.Sprint(room), func(t *testing.T) {
			m := newMemFS()
			s := open(t, small(m))
			fill(t, s, 60)
			m.capacity, m.lies = m.used()+room, true
			next := s.Next()
			for range 3 {
				for {
					if _, err := s.Append(record(s.Next())); err != nil {
						if !errors.Is(err, ErrFull) {
							t.Fatal(err)
						}
						break
					}
					next++
				}
				equal(t, "Next", s.Next(), next)
				equal(t, "Scan", scanned(t, s, 1), []Range{{1, next - 1}})
			}
			// Acknowledging frees a segment, though the journal has no room.
			ack(t, s, Range{1, 30})
			fill(t, s, 3)
			equal(t, "Scan", scanned(t, s, 1), []Range{{31, next + 2}})
			given, err := s.DropOldest()
			if err != nil || len(given) != 1 || given[0].From != 31 {
				t.Fatalf("DropOldest: %v, %v", given, err)
			}
			m.capacity = m.used()
			closeSpool(t, s)
			s = open(t, small(m))
			for _, r := range scanned(t, s, 31) {
				if r.To > given[0].To {
					equal(t, "last record", r.To, next+2)
				}
			}
			m.capacity = 0
			fill(t, s, 20)
			ack(t, s, Range{1, s.Next() - 1})
			closeSpool(t, s)
			s = open(t, small(m))
			equal(t, "Lost", s.Lost(), []*DamageError(nil))
			equal(t, "Waiting", s.Waiting(), []Range(nil))
			closeSpool(t, s)
		})
	}
}

// TestFullDiskRefusesOnlyWhatDoesNotFit: in one commit of several callers, each
// is refused or taken as a whole.
func TestFullDiskRefusesOnlyWhatDoesNotFit(t *testing.T) {
	m := newMemFS()
	s := open(t, small(m))
	fill(t, s, 10)
	m.capacity, m.lies = m.used()+3000, true
	var mu sync.Mutex
	taken := map[uint64]bool{}
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			first, err := s.Append(make([]byte, 100), make([]byte, 100))
			if err != nil {
				if !errors.Is(err, ErrFull) {
					t.Error(err)
				}
				return
			}
			mu.Lock()
			defer mu.Unlock()
			taken[first], taken[first+1] = true, true
		})
	}
	wg.Wait()
	equal(t, "Next", s.Next(), 11+uint64(len(taken)))
	closeSpool(t, s)
	m.capacity = 0
	s = open(t, small(m))
	equal(t, "Next", s.Next(), 11+uint64(len(taken)))
	equal(t, "Lost", s.Lost(), []*DamageError(nil))
	closeSpool(t, s)
}

// TestUnreadableBlocks: a disk that answers EIO costs the records it cannot
// give, both at Open and later.
func TestUnreadableBlocks(t *testing.T) {
	for _, late := range []bool{false, true} {
		t.Run(fmt.Sprintf("late %v", late), func(t *testing.T) {
			m := newMemFS()
			opt := Options{FS: badBlocks{m, 8 << 10, 12 << 10}, ReserveBytes: -1}
			if late {
				opt.FS = m
			}
			s := open(t, Options{FS: m, ReserveBytes: -1})
			fill(t, s, 200)
			closeSpool(t, s)
			s = open(t, opt)
			if late {
				s.fs = badBlocks{m, 8 << 10, 12 << 10}
			}
			got := scanned(t, s, 1)
			lost := lostRanges(s)
			if len(got) != 2 || len(lost) != 1 || got[0].To+1 != lost[0].From || lost[0].To+1 != got[1].From || got[1].To != 200 {
				t.Fatalf("got %v, lost %v", got, lost)
			}
			if e := s.Lost()[0]; !errors.Is(e, syscall.EIO) || !errors.Is(e, ErrChecksum) {
				t.Fatal(e)
			}
			closeSpool(t, s)
		})
	}
}

// badBlocks cannot read a stretch of any segment.
type badBlocks struct {
	*memFS
	from, to int64
}

func (b badBlocks) Open(name string) (File, error) {
	f, err := b.memFS.Open(name)
	if err != nil || filepath.Ext(name) != ".seg" {
		return f, err
	}
	return badFile{f, b}, nil
}

type badFile struct {
	File
	b badBlocks
}

func (f badFile) ReadAt(p []byte, off int64) (int, error) {
	if off < f.b.to && off+int64(len(p)) > f.b.from {
		n := max(f.b.from-off, 0)
		k, _ := f.File.ReadAt(p[:n], off)
		return k, syscall.EIO
	}
	return f.File.ReadAt(p, off)
}

// TestUnopenableSegment: a file that the disk cannot open costs its own records.
func TestUnopenableSegment(t *testing.T) {
	d := buildDamaged(t, true)
	name := filepath.Base(d.path(2))
	d.fs.fault = func(op, n string) error {
		if op == "open" && n == name {
			return syscall.EIO
		}
		return nil
	}
	s := open(t, small(d.fs))
	equal(t, "Lost", lostRanges(s), []Range{d.segs[2].sequences()})
	if e := s.Lost()[0]; !errors.Is(e, syscall.EIO) {
		t.Fatal(e)
	}
	equal(t, "Next", s.Next(), uint64(61))
	closeSpool(t, s)
}
