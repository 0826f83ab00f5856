package readout

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/internal/spool"
	"github.com/siaga-id/siaga/internal/wire"
)

// bootClock is a boot that runs from start on, at a known time.
type bootClock struct {
	id     string
	start  time.Time
	offset edge.Offset
}

func (c bootClock) BootID() string      { return c.id }
func (c bootClock) Boot() time.Duration { return time.Since(c.start) }
func (c bootClock) UTC() edge.Offset    { return c.offset }

func (c bootClock) WaitUntil(ctx context.Context, boot time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(boot - c.Boot()):
		return nil
	}
}

// leave runs an agent that reaches no broker until it has queued some packs, and
// returns the directory that it leaves behind. meanwhile is called while it runs.
func leave(t *testing.T, clock edge.Clock, meanwhile func(edge.Config)) edge.Config {
	t.Helper()
	cfg := overWater(t, "air-1")
	cfg.MQTT.URL = "tcp://127.0.0.1:1"
	cfg.PackInterval, cfg.Sensors[0].Interval = 100*time.Millisecond, 100*time.Millisecond
	agent, err := edge.New(cfg, edge.Deps{Board: newPorts(), Clock: clock, Version: "v0", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- agent.Run(ctx) }()
	for agent.Counts().WaitingPacks < 3 {
		time.Sleep(10 * time.Millisecond)
	}
	meanwhile(cfg)
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return cfg
}

// content is every file of a directory.
func content(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestQueueOfAStoppedAgent(t *testing.T) {
	clock := bootClock{id: "boot-1", start: time.Now().Add(-time.Hour)}
	clock.offset = edge.Offset{UnixMS: clock.start.UnixMilli(), State: wire.Synced, ErrS: 0.1}
	cfg := leave(t, clock, func(cfg edge.Config) {
		if _, err := Queue(cfg, clock); !errors.Is(err, spool.ErrLocked) {
			t.Errorf("beside a running agent: %v", err)
		}
	})
	before := content(t, cfg.DataDir)
	// Somebody looks when ten minutes of the same boot have passed.
	later := clock
	later.start = later.start.Add(-10 * time.Minute)
	q, err := Queue(cfg, later)
	if err != nil {
		t.Fatal(err)
	}
	if q.Packs < 3 || q.Bytes == 0 || q.RoomBytes == 0 || len(q.Ranges) != 1 || q.Ranges[0].From != 1 || q.Ranges[0].To != q.Packs {
		t.Errorf("queue is %+v", q)
	}
	if q.OldestAgeS == nil || *q.OldestAgeS < 600 || *q.OldestAgeS > 700 {
		t.Errorf("the oldest is %v old, not ten minutes", q.OldestAgeS)
	}
	if q.DaysLeft != nil {
		t.Errorf("%v days left, reckoned from less than a minute", *q.DaysLeft)
	}
	// And an hour later, in another boot: only the timeline knows.
	next := bootClock{id: "boot-2", start: time.Now(), offset: clock.offset}
	next.offset.UnixMS = time.Now().Add(time.Hour).UnixMilli()
	if q, err := Queue(cfg, next); err != nil || q.OldestAgeS == nil || *q.OldestAgeS < 3600 || *q.OldestAgeS > 3700 {
		t.Errorf("in another boot: %+v, %v", q, err)
	}
	next.offset.State = wire.Unknown
	if q, err := Queue(cfg, next); err != nil || q.Packs < 3 || q.OldestAgeS != nil {
		t.Errorf("without a clock: %+v, %v", q, err)
	}
	if diff := cmp.Diff(before, content(t, cfg.DataDir)); diff != "" {
		t.Errorf("looking has changed files: %s", diff)
	}
	next.offset.State = wire.Synced
	if err := os.WriteFile(filepath.Join(cfg.DataDir, "timeline.jsonl"), []byte("torn{\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if q, err := Queue(cfg, next); err != nil || q.Packs < 3 || q.OldestAgeS != nil {
		t.Errorf("without a timeline: %+v, %v", q, err)
	}
}

func TestQueueWhereNoAgentEverRan(t *testing.T) {
	cfg := overWater(t, "air-1")
	if _, err := Queue(cfg, bootClock{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
	if files := content(t, cfg.DataDir); len(files) != 0 {
		t.Errorf("looking has made %v", files)
	}
}

func FuzzSealedAt(f *testing.F) {
	f.Add([]byte{0x86, 0x01, 0x62, 'b', '1', 0x19, 0x03, 0xe8, 0x60, 0xf4, 0x80})
	f.Add([]byte{0x83, 0x02, 0x60, 0x00})
	f.Fuzz(func(t *testing.T, record []byte) {
		_, sealed, err := sealedAt(record)
		if err != nil && sealed != 0 {
			t.Errorf("%v and %v", sealed, err)
		}
	})
}

func TestDaysLeft(t *testing.T) {
	cfg := overWater(t, "air-1")
	s, err := spool.Open(filepath.Join(cfg.DataDir, "queue"), spool.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, sealed := range []time.Duration{time.Hour, 2 * time.Hour, 3 * time.Hour} {
		record, err := cbor.Marshal([]any{recordVersion, "boot-1", sealed.Milliseconds(), make([]byte, 1000)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Append(record); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	q, err := Queue(cfg, bootClock{id: "boot-1", start: time.Now().Add(-4 * time.Hour)})
	if err != nil || q.DaysLeft == nil {
		t.Fatalf("%+v: %v", q, err)
	}
	// About 3 kB in two hours.
	if want := float64(q.RoomBytes) / float64(q.Bytes) / 12; math.Abs(*q.DaysLeft/want-1) > 0.01 {
		t.Errorf("%v days left, want %v", *q.DaysLeft, want)
	}
}
