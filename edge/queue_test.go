package edge

import (
	"bytes"
	"encoding/binary"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/internal/spool"
	"github.com/siaga-id/siaga/internal/wire"
)

func openDisk(t interface {
	Helper()
	Fatal(...any)
}, dir string,
) *spool.Spool {
	t.Helper()
	disk, err := spool.Open(dir, spool.Options{SegmentBytes: 4096, MaxBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return disk
}

// TestSpillIsAQueue drives a spill and a model of a queue with the same actions,
// and with restarts.
func TestSpillIsAQueue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "spill")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		q := newSpill(openDisk(t, dir), slog.New(slog.DiscardHandler))
		waiting, next := map[uint64][]byte{}, uint64(1)
		kept := map[uint64]int{}
		for range rapid.IntRange(1, 60).Draw(t, "actions") {
			switch rapid.IntRange(0, 5).Draw(t, "action") {
			case 0, 1, 2:
				b := rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "record")
				mine := next
				seq, err := q.Append(b, func() { kept[mine]++ })
				if err != nil || seq != next {
					t.Fatalf("Append: %d, %v; want %d", seq, err, next)
				}
				waiting[seq] = bytes.Clone(b)
				clear(b) // the queue must have its own
				next++
			case 3:
				if next == 1 {
					continue
				}
				from := rapid.Uint64Range(1, next-1).Draw(t, "from")
				to := rapid.Uint64Range(from, next-1).Draw(t, "to")
				if err := q.Ack(spool.Range{From: from, To: to}); err != nil {
					t.Fatal(err)
				}
				for seq := from; seq <= to; seq++ {
					delete(waiting, seq)
					if kept[seq] != 1 {
						t.Fatalf("pack %d was counted %d times", seq, kept[seq])
					}
				}
			case 4:
				q.mu.Lock()
				err := q.flush()
				q.mu.Unlock()
				if err != nil {
					t.Fatal(err)
				}
			case 5:
				if err := q.Close(); err != nil {
					t.Fatal(err)
				}
				q = newSpill(openDisk(t, dir), slog.New(slog.DiscardHandler))
				for seq := uint64(1); seq < next; seq++ {
					if kept[seq] != 1 {
						t.Fatalf("after a clean end pack %d was counted %d times", seq, kept[seq])
					}
				}
			}
			checkQueue(t, q, waiting, next)
		}
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func checkQueue(t *rapid.T, q queue, waiting map[uint64][]byte, next uint64) {
	var want []spool.Range
	var size int64
	first := next
	for seq := uint64(1); seq < next; seq++ {
		b, ok := waiting[seq]
		got, err := q.Read(seq, nil)
		if ok != (err == nil) || ok && !bytes.Equal(got, b) {
			t.Fatalf("pack %d: %v, %v; waits %v", seq, got, err, ok)
		}
		if !ok {
			continue
		}
		size += int64(len(b))
		first = min(first, seq)
		if n := len(want); n > 0 && want[n-1].To+1 == seq {
			want[n-1].To = seq
		} else {
			want = append(want, spool.Range{From: seq, To: seq})
		}
	}
	if diff := cmp.Diff(want, q.Waiting()); diff != "" {
		t.Fatalf("Waiting (-want +got):\n%s", diff)
	}
	if st := q.Stats(); q.Next() != next || st.Next != next || st.Records != uint64(len(waiting)) || st.First != first {
		t.Fatalf("Next %d, Stats %+v; want %d packs from %d, next %d", q.Next(), st, len(waiting), first, next)
	}
	if len(q.Lost()) != 0 {
		t.Fatalf("lost: %v", q.Lost())
	}
}

// segments counts the queue's files that hold packs.
func segments(t *testing.T, cfg Config) int {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(cfg.DataDir, "queue", "*.seg"))
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

func TestSpillSparesTheCardWhileTheCenterAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		cfg := testConfig(t)
		cfg.Queue.Durability = DurableSpill
		r := start(t, cfg, newTestClock("b1", wire.Synced), center)
		for i := range 20 {
			r.measure(float64(i))
		}
		r.eventually("acknowledged", func() bool { return r.waiting() == 0 })
		if n := segments(t, cfg); n != 0 {
			t.Errorf("%d files of packs that were acknowledged in time", n)
		}
		if n := r.agent.Counts().QueuedReadings; n != 20 {
			t.Errorf("%d readings count as queued, want 20", n)
		}
		center.setOffline(true)
		r.measure(20)
		if n := r.agent.Counts().QueuedReadings; n != 20 || segments(t, cfg) != 0 {
			t.Errorf("%d readings count as queued, %d files: the disk has nothing yet", n, segments(t, cfg))
		}
		time.Sleep(2 * spillAfter)
		if n := r.agent.Counts().QueuedReadings; n != 21 || segments(t, cfg) != 1 {
			t.Errorf("%d readings count as queued, %d files; want 21 and 1", n, segments(t, cfg))
		}
		center.setOffline(false)
		r.eventually("acknowledged", func() bool { return r.waiting() == 0 })
		r.stop()
		if len(center.stored) != 21 {
			t.Errorf("%d points stored, want 21", len(center.stored))
		}
	})
}

// TestACleanEndOfASpillGoesOn: nothing is lost, no number comes again, and the
// epoch stays. An end without warning is another matter.
func TestACleanEndOfASpillGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		cfg := testConfig(t)
		cfg.Queue.Durability = DurableSpill
		clock := newTestClock("b1", wire.Synced)
		epoch := func(r *rig) string { return r.agent.sender.id.Epoch }

		r := start(t, cfg, clock, center)
		r.measure(1)
		center.setOffline(true)
		r.measure(2)
		r.stop()
		first := epoch(r)

		card := t.TempDir() // as a power cut leaves it
		center.setOffline(false)
		r = start(t, cfg, clock, center)
		r.eventually("sent", func() bool { return r.waiting() == 0 })
		r.measure(3)
		if err := os.CopyFS(card, os.DirFS(cfg.DataDir)); err != nil {
			t.Fatal(err)
		}
		r.stop()
		if epoch(r) != first || len(center.stored) != 3 {
			t.Errorf("epoch %q, want %q as before; %d points stored, want 3", epoch(r), first, len(center.stored))
		}
		cfg.DataDir = card
		r = start(t, cfg, clock, center)
		r.measure(4)
		r.eventually("sent", func() bool { return r.waiting() == 0 })
		r.stop()
		if epoch(r) == first || len(center.stored) != 4 {
			t.Errorf("after a power cut epoch %q, want a new one; %d points stored, want 4", epoch(r), len(center.stored))
		}
	})
}

func TestSpillIsBounded(t *testing.T) {
	disk := openDisk(t, t.TempDir())
	q := newSpill(disk, slog.New(slog.DiscardHandler))
	for i := range maxHeld + 1 {
		b := binary.AppendUvarint(nil, uint64(i))
		if _, err := q.Append(b, func() {}); err != nil {
			t.Fatal(err)
		}
	}
	if n := disk.Stats().Records; n != maxHeld {
		t.Errorf("%d packs on the disk, want %d: memory is bounded", n, maxHeld)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
}
