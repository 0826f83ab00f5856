package spool

import (
	"errors"
	"testing"
)

func TestSkip(t *testing.T) {
	m := newMemFS()
	s := open(t, small(m))
	fill(t, s, 3)
	ack(t, s, Range{1, 1})
	if err := s.Skip(10); err != nil {
		t.Fatal(err)
	}
	fill(t, s, 2) // 10 and 11
	for range 2 {
		equal(t, "Next", s.Next(), uint64(12))
		equal(t, "Waiting", s.Waiting(), []Range{{2, 3}, {10, 11}})
		equal(t, "Scan", scanned(t, s, 1), []Range{{2, 3}, {10, 11}})
		equal(t, "Lost", len(s.Lost()), 0)
		closeSpool(t, s)
		s = open(t, small(m))
	}
	ack(t, s, Range{2, 3}, Range{10, 11})
	if err := s.Skip(20); err != nil {
		t.Fatal(err)
	}
	equal(t, "segments of what nobody wants", len(segmentNames(m)), 0)
	closeSpool(t, s)
	s = open(t, small(m))
	equal(t, "Next of an empty queue", s.Next(), uint64(20))
	for _, to := range []uint64{0, 19, maxSequence} {
		if err := s.Skip(to); !errors.Is(err, ErrRange) {
			t.Errorf("Skip(%d): %v", to, err)
		}
	}
	closeSpool(t, s)
	if err := s.Skip(30); !errors.Is(err, ErrClosed) {
		t.Errorf("Skip of a closed spool: %v", err)
	}
}
