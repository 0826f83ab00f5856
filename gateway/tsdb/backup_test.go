package tsdb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// lay puts a snapshot's files below dir.
func lay(t *testing.T, s *Snapshot, dir string) {
	t.Helper()
	for _, f := range s.Files {
		content := f.Content
		if f.Path != "" {
			var err error
			if content, err = os.ReadFile(f.Path); err != nil {
				t.Fatal(err)
			}
		}
		if int64(len(content)) != f.Size {
			t.Errorf("%s: %d bytes, said to have %d", f.Name, len(content), f.Size)
		}
		to := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// links are what snapshots have left below dir.
func links(t *testing.T, dir string) (left []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasSuffix(path, ".tmp") {
			left = append(left, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return left
}

// TestSnapshotIsRebuilt takes a snapshot while others write: what was written
// before is there, in every shard, and the copy takes more.
func TestSnapshotIsRebuilt(t *testing.T) {
	dir := t.TempDir()
	e := open(t, Options{Dir: dir})
	const weeks = 4
	for w := range weeks {
		for s := range 50 {
			write(t, e, fmt.Sprintf("air,node=n%d,sensor=pm-1 pm2_5=%d,pm2_5_qc=2i %d", s, w, 1_700_000_000_000+w*7*86_400_000))
		}
	}
	stop := make(chan struct{})
	var writers sync.WaitGroup
	writers.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				write(t, e, fmt.Sprintf("water,node=n1 level=1 %d", 1_700_000_000_000+i))
			}
		}
	})
	s, err := e.Snapshot(t.Context())
	close(stop)
	writers.Wait()
	if err != nil {
		t.Fatal(err)
	}
	write(t, e, "air,node=later pm2_5=1 1700000000000")
	to := t.TempDir()
	lay(t, s, to)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left := links(t, dir); len(left) > 0 {
		t.Errorf("left: %q", left)
	}

	if err := Rebuild(to, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	copied := open(t, Options{Dir: to})
	want := fmt.Sprintf(`"values":[[0,%d]]`, weeks*50)
	if got := ask(t, copied, `SELECT count(pm2_5) FROM air`); !strings.Contains(got, want) {
		t.Errorf("the copy has %s, want %s", got, want)
	}
	if got := ask(t, copied, `SHOW TAG VALUES FROM air WITH KEY = node WHERE node = 'n7'`); !strings.Contains(got, "n7") {
		t.Errorf("its index: %s", got)
	}
	if st := copied.Stats(); len(st.UnopenedShards) > 0 || st.Series < 50 {
		t.Errorf("%+v", st)
	}
	write(t, copied, "air,node=n1,sensor=pm-1 pm2_5=9,pm2_5_qc=2i 1700000000001") // into a shard that is there
	write(t, copied, "air,node=n1,sensor=pm-1 pm2_5=9,pm2_5_qc=2i 1000000000000") // into one that is not
	if got := ask(t, copied, `SELECT count(pm2_5) FROM air WHERE pm2_5 = 9`); !strings.Contains(got, "[[0,2]]") {
		t.Errorf("written into the copy: %s", got)
	}
}

func TestRebuildRefusesDamage(t *testing.T) {
	e := open(t, Options{})
	write(t, e, "air,node=n1 pm2_5=1 1700000000000")
	s, err := e.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	to := t.TempDir()
	lay(t, s, to)
	for _, f := range s.Files {
		if strings.HasSuffix(f.Name, ".tsm") {
			if err := os.WriteFile(filepath.Join(to, filepath.FromSlash(f.Name)), []byte("no TSM"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := Rebuild(to, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("taken for whole")
	}
}

func TestSnapshotCanBeCalledOff(t *testing.T) {
	dir := t.TempDir()
	e := open(t, Options{Dir: dir})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s, err := e.Snapshot(ctx)
	if err == nil {
		err = s.Close()
	} else if errors.Is(err, context.Canceled) {
		err = nil
	}
	if err != nil {
		t.Error(err)
	}
	if left := links(t, dir); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

// A snapshot has all that was written before it, also where an earlier one could not
// bring what is in memory to the disk, and more came since.
func TestSnapshotAfterFailure(t *testing.T) {
	e := open(t, Options{})
	write(t, e, fmt.Sprintf("air,node=n1 pm2_5=1 %d", killedAt))
	engine, _ := theShard(t, e)
	free := inTheWay(t, engine)
	if s, err := e.Snapshot(t.Context()); !errors.Is(err, os.ErrExist) {
		t.Fatalf("with a directory in the way: %v, %v", s, err)
	}
	free()
	write(t, e, fmt.Sprintf("air,node=n1 pm2_5=2 %d", killedAt+1))
	s, err := e.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	lay(t, s, to)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Rebuild(to, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, open(t, Options{Dir: to}), "SELECT count(pm2_5) FROM air"); !strings.Contains(got, "[[0,2]]") {
		t.Errorf("the copy has %s", got)
	}
}

// Close ends a snapshot that is under way, and waits for it.
func TestCloseEndsSnapshot(t *testing.T) {
	dir := t.TempDir()
	e := open(t, Options{Dir: dir})
	var lines strings.Builder
	for n := range 20_000 {
		fmt.Fprintf(&lines, "air,node=n%d pm2_5=1 %d\n", n, killedAt)
	}
	write(t, e, lines.String())
	st, err := e.door.enter()
	if err != nil {
		t.Fatal(err)
	}
	over, ended := make(chan error, 1), make(chan struct{})
	<-st.caches.turn // so that it does not end before
	go func() {
		defer close(ended)
		s, err := e.Snapshot(context.Background())
		if s != nil {
			err = errors.Join(err, s.Close())
		}
		over <- err
	}()
	for inside := 1; inside < 2; time.Sleep(time.Millisecond) {
		e.door.mu.Lock()
		inside = e.door.inside
		e.door.mu.Unlock()
	}
	var left atomic.Bool
	context.AfterFunc(st.life, func() {
		<-ended // without the turn
		st.caches.turn <- struct{}{}
		time.Sleep(200 * time.Millisecond) // in which a Close that does not wait would be over
		left.Store(true)
		e.door.leave()
	})
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if !left.Load() {
		t.Error("closed with somebody inside")
	}
	if err := <-over; err == nil {
		t.Error("the snapshot was not ended")
	}
	if left := links(t, dir); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
	again := open(t, Options{Dir: dir})
	if got := ask(t, again, "SELECT count(pm2_5) FROM air"); !strings.Contains(got, "20000") {
		t.Errorf("after it: %s", got)
	}
}
