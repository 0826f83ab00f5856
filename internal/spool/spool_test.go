package spool

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	testDir   = "/spool"
	testLimit = 64 << 10
)

// small gives segments of a few records.
func small(m *memFS) Options {
	return Options{SegmentBytes: 4 << 10, MaxBytes: 1 << 20, ReserveBytes: -1, FS: m}
}

func open(t testing.TB, opt Options) *Spool {
	t.Helper()
	s, err := Open(testDir, opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func closeSpool(t testing.TB, s *Spool) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// record is what the tests put under a sequence: it tells the sequence, and its
// length varies.
func record(seq uint64) []byte {
	return bytes.Repeat([]byte(fmt.Sprintf("record %d;", seq)), 10+int(seq%7)*5)
}

// fill appends n records, one by one.
func fill(t testing.TB, s *Spool, n int) {
	t.Helper()
	for range n {
		want := s.Next()
		got, err := s.Append(record(want))
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Fatalf("sequence %d, want %d", got, want)
		}
	}
}

func ack(t testing.TB, s *Spool, ranges ...Range) {
	t.Helper()
	if err := s.Ack(ranges...); err != nil {
		t.Fatal(err)
	}
}

// scanned lists what Scan gives and checks that it is what was appended.
func scanned(t testing.TB, s *Spool, from uint64) []Range {
	t.Helper()
	var set rangeSet
	last := uint64(0)
	if err := s.Scan(from, func(seq uint64, b []byte) error {
		if seq <= last {
			t.Fatalf("Scan gives %d after %d", seq, last)
		}
		if !bytes.Equal(b, record(seq)) {
			t.Fatalf("record %d is not what was appended", seq)
		}
		last = seq
		set.add(Range{seq, seq})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return set.ranges
}

// lostRanges is what Lost says in all.
func lostRanges(s *Spool) []Range {
	var set rangeSet
	for _, d := range s.Lost() {
		if d.Range != (Range{}) {
			set.add(d.Range)
		}
	}
	return set.ranges
}

func equal(t interface {
	Helper()
	Fatalf(string, ...any)
}, what string, got, want any,
) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("%s (-want +got):\n%s", what, d)
	}
}

func segmentNames(m *memFS) []string {
	names, _ := m.ReadDir(testDir)
	names = slices.DeleteFunc(names, func(n string) bool { _, ok := parseSegmentName(n); return !ok })
	slices.Sort(names)
	return names
}

func TestAppendReadAckOverRestarts(t *testing.T) {
	m := newMemFS()
	s := open(t, small(m))
	equal(t, "first sequence", s.Next(), uint64(1))
	fill(t, s, 50)
	first, err := s.Append(record(51), record(52), record(53))
	if err != nil || first != 51 {
		t.Fatalf("Append of three: %d, %v", first, err)
	}
	ack(t, s, Range{40, 45}, Range{3, 3})
	ack(t, s, Range{3, 4}, Range{44, 46})
	want := []Range{{1, 2}, {5, 39}, {47, 53}}
	for range 3 {
		equal(t, "Waiting", s.Waiting(), want)
		equal(t, "Scan", scanned(t, s, 0), want)
		equal(t, "Scan from 30", scanned(t, s, 30), []Range{{30, 39}, {47, 53}})
		buf := make([]byte, 0, 1024)
		got, err := s.Read(17, buf)
		if err != nil || !bytes.Equal(got, record(17)) || &got[0] != &buf[:1][0] {
			t.Fatalf("Read: %v", err)
		}
		for _, gone := range []uint64{0, 3, 45, 54, 1 << 60} {
			if _, err := s.Read(gone, nil); !errors.Is(err, ErrNoRecord) {
				t.Fatalf("Read(%d): %v", gone, err)
			}
		}
		equal(t, "Lost", s.Lost(), []*DamageError(nil))
		closeSpool(t, s)
		s = open(t, small(m))
		equal(t, "Next", s.Next(), uint64(54))
	}
	closeSpool(t, s)
}

func TestEmptyRecordAndLargestRecord(t *testing.T) {
	m := newMemFS()
	opt := Options{SegmentBytes: 4 << 10, MaxBytes: 8 << 20, ReserveBytes: -1, FS: m}
	s := open(t, opt)
	large := bytes.Repeat([]byte{7}, MaxRecord)
	if _, err := s.Append(nil, large, []byte{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(append(large, 1)); !errors.Is(err, ErrTooLarge) {
		t.Fatalf("record too large: %v", err)
	}
	if _, err := s.Append(large, large, large, large, large, large, large, large); !errors.Is(err, ErrTooLarge) {
		t.Fatalf("more than the spool ever takes: %v", err)
	}
	closeSpool(t, s)
	s = open(t, opt)
	var got []int
	if err := s.Scan(1, func(_ uint64, b []byte) error { got = append(got, len(b)); return nil }); err != nil {
		t.Fatal(err)
	}
	equal(t, "lengths", got, []int{0, MaxRecord, 0})
	closeSpool(t, s)
}

func TestNextIsDurableWhenEverythingIsGone(t *testing.T) {
	m := newMemFS()
	s := open(t, small(m))
	fill(t, s, 100)
	ack(t, s, Range{1, 100})
	closeSpool(t, s)
	s = open(t, small(m))
	equal(t, "segments", len(segmentNames(m)), 0)
	for range 3 {
		equal(t, "Next", s.Next(), uint64(101))
		equal(t, "Lost", s.Lost(), []*DamageError(nil))
		st := s.Stats()
		st.DiskBytes = 0
		equal(t, "Stats", st, Stats{First: 101, Next: 101})
		closeSpool(t, s)
		s = open(t, small(m))
	}
	fill(t, s, 1)
	equal(t, "Waiting", s.Waiting(), []Range{{101, 101}})
	closeSpool(t, s)
}

func TestSegmentsAreFreedAnywhere(t *testing.T) {
	m := newMemFS()
	s := open(t, small(m))
	fill(t, s, 60)
	names := segmentNames(m)
	if len(names) < 5 {
		t.Fatalf("only %d segments", len(names))
	}
	from, _ := parseSegmentName(names[2])
	to, _ := parseSegmentName(names[3])
	before := s.Stats()
	ack(t, s, Range{from, to - 1})
	equal(t, "segments", segmentNames(m), slices.Delete(slices.Clone(names), 2, 3))
	if after := s.Stats(); after.DiskBytes >= before.DiskBytes || after.Records != before.Records-(to-from) {
		t.Fatalf("before %+v, after %+v", before, after)
	}
	closeSpool(t, s)
	s = open(t, small(m))
	equal(t, "Waiting", s.Waiting(), []Range{{1, from - 1}, {to, 60}})
	equal(t, "Lost", s.Lost(), []*DamageError(nil))
	closeSpool(t, s)
}

func TestAckRefusesWhatCannotBe(t *testing.T) {
	m := newMemFS()
	s := open(t, small(m))
	fill(t, s, 3)
	for _, r := range []Range{{0, 1}, {2, 1}, {3, 4}, {4, 4}, {}} {
		if err := s.Ack(Range{1, 1}, r); !errors.Is(err, ErrRange) {
			t.Fatalf("Ack(%v): %v", r, err)
		}
	}
	equal(t, "Waiting", s.Waiting(), []Range{{1, 3}})
	closeSpool(t, s)
}

func TestByteLimit(t *testing.T) {
	m := newMemFS()
	opt := Options{SegmentBytes: 8 << 10, MaxBytes: testLimit, ReserveBytes: -1, FS: m}
	s := open(t, opt)
	n := uint64(0)
	for {
		_, err := s.Append(record(s.Next()))
		if err != nil {
			if !errors.Is(err, ErrFull) {
				t.Fatal(err)
			}
			break
		}
		n++
	}
	if got := m.used(); got > testLimit+1024 || got < testLimit*8/10 {
		t.Fatalf("%d bytes used of %d", got, testLimit)
	}
	equal(t, "Waiting", s.Waiting(), []Range{{1, n}})
	equal(t, "DiskBytes", s.Stats().DiskBytes, m.used())
	// The segment being written makes room too, once all of it is acknowledged.
	ack(t, s, Range{1, n})
	fill(t, s, int(n)*9/10)
	given, err := s.DropOldest()
	if err != nil || len(given) != 1 || given[0].From != n+1 {
		t.Fatalf("DropOldest: %v, %v", given, err)
	}
	fill(t, s, 1)
	closeSpool(t, s)
}

func TestReserve(t *testing.T) {
	m := newMemFS()
	m.capacity = 100_000
	s := open(t, Options{SegmentBytes: 8 << 10, MaxBytes: 1 << 20, ReserveBytes: 40_000, FS: m})
	for {
		if _, err := s.Append(record(s.Next())); err != nil {
			if !errors.Is(err, ErrFull) {
				t.Fatal(err)
			}
			break
		}
	}
	if used := m.used(); used > 60_000 || used < 55_000 {
		t.Fatalf("%d bytes used", used)
	}
	closeSpool(t, s)
}

func TestDropOldest(t *testing.T) {
	m := newMemFS()
	s := open(t, small(m))
	if _, err := s.DropOldest(); !errors.Is(err, ErrEmpty) {
		t.Fatalf("empty: %v", err)
	}
	fill(t, s, 60)
	second, _ := parseSegmentName(segmentNames(m)[1])
	ack(t, s, Range{2, 3})
	given, err := s.DropOldest()
	if err != nil {
		t.Fatal(err)
	}
	want := []Range{{1, 1}, {4, second - 1}}
	equal(t, "given up", given, want)
	for range 3 {
		equal(t, "Lost", lostRanges(s), want)
		equal(t, "Waiting", s.Waiting(), []Range{{second, 60}})
		if _, err := s.Read(1, nil); !errors.Is(err, ErrDropped) {
			t.Fatalf("Read: %v", err)
		}
		closeSpool(t, s)
		s = open(t, small(m))
	}
	ack(t, s, Range{1, 4})
	ack(t, s, Range{4, second - 1})
	equal(t, "Lost after Ack", lostRanges(s), []Range(nil))
	// Down to the last file, which is being written.
	fill(t, s, 1)
	for range 100 {
		if _, err = s.DropOldest(); err != nil {
			break
		}
	}
	if !errors.Is(err, ErrEmpty) {
		t.Fatal(err)
	}
	equal(t, "Lost", lostRanges(s), []Range{{second, 61}})
	fill(t, s, 1)
	equal(t, "Waiting", s.Waiting(), []Range{{62, 62}})
	closeSpool(t, s)
	s = open(t, small(m))
	equal(t, "Lost", lostRanges(s), []Range{{second, 61}})
	equal(t, "Waiting", s.Waiting(), []Range{{62, 62}})
	closeSpool(t, s)
}

func TestJournalIsCompacted(t *testing.T) {
	m := newMemFS()
	opt := small(m)
	s := open(t, opt)
	const n = 3 * compactSlots
	most := 0
	for seq := uint64(1); seq <= n; seq++ {
		fill(t, s, 1)
		if seq%2 == 0 { // every second one first, so that ranges come and go
			ack(t, s, Range{seq, seq})
			ack(t, s, Range{seq - 1, seq - 1})
		}
		most = max(most, len(m.names[filepath.Join(testDir, journalName)].data))
	}
	if limit := journalHeaderSize + slotSize*(compactSlots+100); most > limit {
		t.Fatalf("the journal grew to %d bytes", most)
	}
	closeSpool(t, s)
	s = open(t, opt)
	equal(t, "Next", s.Next(), uint64(n+1))
	equal(t, "Waiting", s.Waiting(), []Range(nil))
	closeSpool(t, s)
}

func TestScanLetsTheQueueChange(t *testing.T) {
	m := newMemFS()
	s := open(t, small(m))
	fill(t, s, 60)
	var seen []uint64
	if err := s.Scan(1, func(seq uint64, _ []byte) error {
		seen = append(seen, seq)
		switch seq {
		case 5:
			ack(t, s, Range{7, 50}) // takes whole segments away under it
		case 51:
			fill(t, s, 1) // not there when the scan began
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	equal(t, "seen", seen, []uint64{1, 2, 3, 4, 5, 6, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60})
	stop := errors.New("stop")
	if err := s.Scan(1, func(uint64, []byte) error { return stop }); err != stop {
		t.Fatal(err)
	}
	closeSpool(t, s)
}

func TestConcurrentCallersShareSyncs(t *testing.T) {
	m := newMemFS()
	s := open(t, Options{FS: m, ReserveBytes: -1})
	const callers, each = 64, 50
	var mu sync.Mutex
	bySeq := map[uint64]string{}
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := range each {
				a, b := fmt.Sprintf("%d/%d/a", c, i), fmt.Sprintf("%d/%d/b", c, i)
				first, err := s.Append([]byte(a), []byte(b))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				bySeq[first], bySeq[first+1] = a, b
				mu.Unlock()
				if i%3 == 0 {
					if err := s.Ack(Range{first, first}); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Go(func() {
		for range 20 {
			if err := s.Scan(1, func(uint64, []byte) error { return nil }); err != nil {
				t.Error(err)
			}
			s.Stats()
		}
	})
	wg.Wait()
	equal(t, "sequences", len(bySeq), 2*callers*each)
	if err := s.Scan(1, func(seq uint64, b []byte) error {
		if bySeq[seq] != string(b) {
			return fmt.Errorf("record %d is %q, want %q", seq, b, bySeq[seq])
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	closeSpool(t, s)
}

func TestAfterClose(t *testing.T) {
	s := open(t, small(newMemFS()))
	fill(t, s, 2)
	closeSpool(t, s)
	closeSpool(t, s)
	_, appendErr := s.Append([]byte("x"))
	_, noneErr := s.Append()
	_, readErr := s.Read(1, nil)
	_, dropErr := s.DropOldest()
	for what, err := range map[string]error{
		"Append": appendErr, "Append of nothing": noneErr, "Read": readErr, "DropOldest": dropErr,
		"Ack": s.Ack(Range{1, 1}), "Scan": s.Scan(1, func(uint64, []byte) error { return nil }),
	} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, opt := range []Options{
		{MaxBytes: -1},
		{MaxBytes: 1000},
		{MaxBytes: 1 << 20, SegmentBytes: 1<<19 + 1},
		{SegmentBytes: -1},
	} {
		opt.FS = newMemFS()
		if _, err := Open(testDir, opt); err == nil {
			t.Errorf("%+v is taken", opt)
		}
	}
}
