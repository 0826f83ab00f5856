package spool

import (
	"bytes"
	"testing"
)

// A Scan within a Scan, also one that its function ends early, leaves the outer
// one's records alone: scans take their buffers from each other.
func TestScanWithinScan(t *testing.T) {
	m := newMemFS()
	s := open(t, small(m))
	fill(t, s, 60)
	var next uint64 = 1
	if err := s.Scan(1, func(seq uint64, b []byte) error {
		equal(t, "seq", seq, next)
		next++
		scanned(t, s, 61-seq)
		if !bytes.Equal(b, record(seq)) {
			t.Fatalf("record %d is not what was appended", seq)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	equal(t, "next", next, uint64(61))
	closeSpool(t, s)
}
