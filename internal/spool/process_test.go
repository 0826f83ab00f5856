package spool

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// childDir names the directory in which a child process of the tests appends
// until it is killed.
const childDir = "SIAGA_SPOOL_TEST_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := appendForEver(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// appendForEver prints each sequence once it is durable, and acknowledges every
// third one after it has printed so.
func appendForEver(dir string) error {
	s, err := Open(dir, Options{SegmentBytes: 16 << 10, MaxBytes: 64 << 20, ReserveBytes: -1})
	if err != nil {
		return err
	}
	for {
		seq, err := s.Append(record(s.Next()))
		if err != nil {
			return err
		}
		if _, err := fmt.Println("+", seq); err != nil {
			return err
		}
		if seq%3 == 0 {
			if _, err := fmt.Println("-", seq); err != nil {
				return err
			}
			if err := s.Ack(Range{seq, seq}); err != nil {
				return err
			}
		}
	}
}

// TestKilledProcess kills a process again and again while it appends. What it
// said was durable is there.
func TestKilledProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "spool")
	appended, acked := map[uint64]bool{}, map[uint64]bool{}
	last := uint64(0)
	for round := range 8 {
		child := exec.Command(os.Args[0], "-test.run=^$")
		child.Env = append(os.Environ(), childDir+"="+dir)
		var stderr strings.Builder
		child.Stderr = &stderr
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			if n == 20+17*round {
				if err := child.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
			what, number, _ := strings.Cut(lines.Text(), " ")
			seq, err := strconv.ParseUint(number, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			if what == "-" {
				acked[seq] = true
				continue
			}
			if seq <= last {
				t.Fatalf("sequence %d again", seq)
			}
			last = seq
			appended[seq] = true
		}
		if err := child.Wait(); child.ProcessState.Success() {
			t.Fatalf("the child ended by itself: %v %s", err, &stderr)
		}
		if stderr.Len() > 0 {
			t.Fatal(stderr.String())
		}

		s, err := Open(dir, Options{SegmentBytes: 16 << 10, MaxBytes: 64 << 20, ReserveBytes: -1})
		if err != nil {
			t.Fatal(err)
		}
		for _, lost := range s.Lost() {
			// A write that the kill ended between two pages of the file.
			if !errors.Is(lost, ErrTorn) {
				t.Fatal(lost)
			}
			for seq := lost.Range.From; seq <= lost.Range.To; seq++ {
				if appended[seq] {
					t.Fatalf("record %d was appended: %v", seq, lost)
				}
			}
			if lost.Range != (Range{}) {
				if err := s.Ack(lost.Range); err != nil { // it has been told of
					t.Fatal(err)
				}
			}
		}
		var set rangeSet
		for _, r := range scanned(t, s, 1) {
			set.add(r)
		}
		for seq := range appended {
			if !set.has(seq) && !acked[seq] {
				t.Fatalf("record %d is gone", seq)
			}
		}
		last = s.Next() - 1
		closeSpool(t, s)
	}
}

func TestOneProcessAtATime(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrLocked) {
		t.Fatalf("second Open: %v", err)
	}
	child := exec.Command(os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), childDir+"="+dir)
	if out, err := child.CombinedOutput(); err == nil || !strings.Contains(string(out), ErrLocked.Error()) {
		t.Fatalf("Open in another process: %v, %s", err, out)
	}
	closeSpool(t, s)
	if s, err = Open(dir, Options{}); err != nil {
		t.Fatal(err)
	}
	closeSpool(t, s)
}

// TestOperatingSystem checks what the tests' own file system cannot: names,
// permissions, and a limit that is really on the disk.
func TestOperatingSystem(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "spool")
	opt := Options{SegmentBytes: 16 << 10, MaxBytes: 256 << 10}
	s, err := Open(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := s.Append(record(s.Next()), record(s.Next()+1)); err != nil {
			if !errors.Is(err, ErrFull) {
				t.Fatal(err)
			}
			break
		}
	}
	n := s.Next() - 1
	ack(t, s, Range{n / 2, n})
	closeSpool(t, s)
	if s, err = Open(dir, opt); err != nil {
		t.Fatal(err)
	}
	equal(t, "Scan", scanned(t, s, 1), []Range{{1, n/2 - 1}})
	var size int64
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	equal(t, "DiskBytes", s.Stats().DiskBytes, size)
	closeSpool(t, s)
	if _, err := Open(filepath.Join(dir, segmentName(1)), opt); err == nil {
		t.Fatal("a file is opened as a spool")
	}
}
