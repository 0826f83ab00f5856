package edge

import (
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/spool"
	"github.com/siaga-id/siaga/internal/wire"
)

func TestAPowerCutWhileTheCenterIsAwayCostsNoTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		center.setOfflineQuietly()
		cfg := testConfig(t)
		r := start(t, cfg, newTestClock("b1", wire.Synced), center)
		for i := range 5 {
			r.measure(float64(i))
		}
		// The card as a power cut leaves it.
		after := cfg
		after.DataDir = t.TempDir()
		if err := os.CopyFS(after.DataDir, os.DirFS(cfg.DataDir)); err != nil {
			t.Fatal(err)
		}
		r.stop()
		time.Sleep(time.Hour)
		center.setOffline(false)
		r = start(t, after, newTestClock("b2", wire.Synced), center)
		r.eventually("sent", func() bool { return r.waiting() == 0 })
		r.stop()
		if len(center.stored) != 5 || len(center.untimed) != 0 {
			t.Errorf("%d points stored, %d packs without times; want 5 and none", len(center.stored), len(center.untimed))
		}
	})
}

func TestReadingsComeWhileAFullSealerTriesInVain(t *testing.T) {
	s := &sealer{full: make(chan struct{}, 1), sealed: make(chan struct{}, 1)}
	s.open = make([]reading.Reading, maxOpenReadings+2) // put back by a seal that failed
	s.add(make([]reading.Reading, 3))
	if len(s.open) != maxOpenReadings+2 || s.lost != 3 {
		t.Errorf("%d readings open, %d lost; want %d and 3", len(s.open), s.lost, maxOpenReadings+2)
	}
}

func TestTheWillSaysNothingOfTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		center.silent = true
		cfg := testConfig(t)
		r := start(t, cfg, newTestClock("b1", wire.Synced), center)
		r.measure(1)
		r.stop()
		r = start(t, cfg, newTestClock("b1", wire.Synced), center)
		will, err := wire.ParseNodeState(center.options.Will.Payload)
		r.stop()
		if err != nil {
			t.Fatal(err)
		}
		if will.Online || will.NextSeq != 0 {
			t.Errorf("the Will says online %v, next pack %d: the center would take what waits for acknowledged", will.Online, will.NextSeq)
		}
	})
}

func TestADiskThatTakesNothingMoreEndsTheAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		cfg := testConfig(t)
		a, err := New(cfg, Deps{Version: "test", Clock: newTestClock("b1", wire.Synced), connect: center.connect, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		a.samplers = nil
		// The queue's first file cannot be made.
		if err := os.Mkdir(filepath.Join(cfg.DataDir, "queue", "00000000000000000001.seg"), 0o700); err != nil {
			t.Fatal(err)
		}
		a.sealer.add(make([]reading.Reading, 2))
		var fatal *spool.FatalError
		if err := a.Run(t.Context()); !errors.As(err, &fatal) {
			t.Errorf("Run ended with %v, want what the disk said", err)
		}
		if n := a.Counts(); n.LostReadings != 2 || n.QueuedReadings != 0 {
			t.Errorf("%+v, want the readings counted as lost", n)
		}
	})
}

func TestDamageMetWhileSendingIsReportedWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		center.setOfflineQuietly()
		cfg := testConfig(t)
		r := start(t, cfg, newTestClock("b1", wire.Synced), center)
		for i := range 6 {
			r.measure(float64(i))
		}
		wipe(t, filepath.Join(cfg.DataDir, "queue", "00000000000000000001.seg"), 3, 4)
		center.setOffline(false)
		r.eventually("the rest acknowledged", func() bool { return r.waiting() == 0 })
		r.measure(6)
		r.stop()
		last := center.states[len(center.states)-1]
		if len(last.GivenUp) != 1 || last.GivenUp[0].From != 3 || last.GivenUp[0].To != 4 {
			t.Errorf("given up: %+v, want 3 to 4", last.GivenUp)
		}
		if len(center.bytes) != 5 {
			t.Errorf("%d packs arrived, want 5", len(center.bytes))
		}
	})
}

// wipe writes zeros over the records from..to of a queue's file.
func wipe(t *testing.T, path string, from, to int) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	off := 32 // behind the file's header
	for seq := 1; seq <= to; seq++ {
		end := off + 24 + int(binary.LittleEndian.Uint32(b[off+4:]))
		if seq >= from {
			clear(b[off:end])
		}
		off = end
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestGivenUpRangesAreSortedJoinedAndBounded(t *testing.T) {
	got := joinGivenUp([]wire.GivenUp{{From: 9, To: 9, Reason: "x"}, {From: 3, To: 4, Reason: queueFull}, {From: 1, To: 2, Reason: queueFull}})
	want := []wire.GivenUp{{From: 1, To: 4, Reason: queueFull}, {From: 9, To: 9, Reason: "x"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var many []wire.GivenUp
	for seq := uint64(wire.MaxRanges + 5); seq > 0; seq-- {
		many = append(many, wire.GivenUp{From: 2 * seq, To: 2 * seq, Reason: "x"})
	}
	got = joinGivenUp(many)
	if len(got) != wire.MaxRanges || got[0].From != 2 || got[0].To != 12 || got[1].From != 14 {
		t.Errorf("%d ranges, %+v first", len(got), got[:2])
	}
}

func TestAFixAfterATornOneIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	keep := map[string]bool{"b1": true}
	line, err := openTimeline(dir, keep)
	if err != nil {
		t.Fatal(err)
	}
	// What a write that found no room leaves.
	if _, err := line.file.Write([]byte(`{"boot":"b1","from_`)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, timelineFile)
	if err := errors.Join(line.add(fix{Boot: "b1", UnixMS: 7, Clock: wire.Synced}), line.close()); err != nil {
		t.Fatal(err)
	}
	line, err = openTimeline(dir, keep)
	if err != nil {
		t.Fatal(err)
	}
	defer line.close()
	if f, ok := line.at("b1", 1); !ok || f.UnixMS != 7 {
		b, _ := os.ReadFile(path)
		t.Errorf("fix %+v, %v: the file holds %q", f, ok, b)
	}
}

// TestADiskThatBreaksAtTheVeryEndIsAnError: the last seal comes after the order to
// stop.
func TestADiskThatBreaksAtTheVeryEndIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		center := newFakeCenter(t)
		cfg := testConfig(t)
		cfg.PackInterval = time.Hour
		a, err := New(cfg, Deps{Version: "test", Clock: newTestClock("b1", wire.Synced), connect: center.connect, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		a.samplers = nil
		must(t, os.Mkdir(filepath.Join(cfg.DataDir, "queue", "00000000000000000001.seg"), 0o700))
		a.sealer.add(make([]reading.Reading, 2))
		ctx, stop := context.WithCancel(t.Context())
		time.AfterFunc(time.Minute, stop)
		var fatal *spool.FatalError
		if err := a.Run(ctx); !errors.As(err, &fatal) || !hasText(err.Error(), "2 readings are lost") {
			t.Errorf("Run ended with %v, want what the disk said of the last readings", err)
		}
	})
}

// TestNoReserveIsNoReserve: 0 must not mean what a queue does by itself.
func TestNoReserveIsNoReserve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := testConfig(t)
		room := func(reserve int64) int64 {
			cfg.Queue.ReserveBytes, cfg.Queue.MaxBytes = reserve, 1<<60
			r := start(t, cfg, newTestClock("b1", wire.Synced), newFakeCenter(t))
			defer r.stop()
			n, err := r.agent.queue.Room()
			must(t, err)
			return n
		}
		with, without, after := room(64<<20), room(0), room(64<<20)
		for max(with-after, after-with) > 8<<20 { // others write much to the disk meanwhile
			with, without, after = after, room(0), room(64<<20)
		}
		if without-with < 32<<20 {
			t.Errorf("without a reserve there are %d bytes, with 64 MiB %d", without, with)
		}
	})
}
