package spool

import (
	"errors"
	"syscall"
	"testing"
)

// A process that has too many files open cannot open one more. That says nothing
// about the file, and must not cost a record.
func TestAFileThatCannotBeOpenedNowIsNotDamaged(t *testing.T) {
	fs := newMemFS()
	s, err := Open("q", Options{FS: fs, ReserveBytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, b := range []string{"a", "b", "c"} {
		if _, err := s.Append([]byte(b)); err != nil {
			t.Fatal(err)
		}
	}
	// A new Open begins a new file, so that the first may be freed.
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open("q", Options{FS: fs, ReserveBytes: -1}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()

	fs.fault = func(op, _ string) error {
		if op == "open" {
			return syscall.EMFILE
		}
		return nil
	}
	var damage *DamageError
	if _, err := s.Read(2, nil); !errors.Is(err, syscall.EMFILE) || errors.As(err, &damage) {
		t.Errorf("Read: %v, want the system's error and no damage", err)
	}
	if err := s.Scan(1, func(uint64, []byte) error { return nil }); !errors.Is(err, syscall.EMFILE) {
		t.Errorf("Scan: %v, want the system's error", err)
	}
	fs.fault = nil
	if err := s.Ack(Range{1, 1}); err != nil {
		t.Fatal(err)
	}
	for seq, want := range map[uint64]string{2: "b", 3: "c"} {
		if b, err := s.Read(seq, nil); err != nil || string(b) != want {
			t.Errorf("Read(%d) = %q, %v", seq, b, err)
		}
	}
	if lost := s.Lost(); len(lost) > 0 {
		t.Errorf("lost: %v", lost)
	}
}
