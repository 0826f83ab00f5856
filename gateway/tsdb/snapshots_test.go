package tsdb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSnapshotBytes(t *testing.T) {
	const mib, gib = 1 << 20, 1 << 30
	for _, tc := range []struct{ series, cache, want int64 }{
		{0, 2 * gib, 16 * mib},
		{1_200, 2 * gib, 16 * mib},
		{64 << 10, 2 * gib, 64 * mib},
		{10_000_000, 2 * gib, 128 * mib},
		{10_000_000, 256 * mib, 16 * mib},
		{0, 64 * mib, 4 * mib},
	} {
		if got := snapshotBytes(tc.series, tc.cache); got != tc.want {
			t.Errorf("%d series, cache of %d MiB: %d MiB, want %d", tc.series, tc.cache/mib, got/mib, tc.want/mib)
		}
	}
}

// TestSnapshotOfFewSeries: the cache of a few series is brought to the disk long before
// the engine would, and while it is closed nothing is lost.
func TestSnapshotOfFewSeries(t *testing.T) {
	dir := t.TempDir()
	e := open(t, Options{Dir: dir, CacheBytes: 1 << 30})
	files := func() []string {
		found, err := filepath.Glob(filepath.Join(dir, "data", DefaultDatabase, "*", "*", "*.tsm"))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	const each = 1 << 20
	long, points := strings.Repeat("x", each/32), 0
	fill := func() {
		var lines strings.Builder
		for range 32 {
			fmt.Fprintf(&lines, "note,node=n1 text=%q %d\n", long, 1_700_000_000_000+points)
			points++
		}
		write(t, e, lines.String())
	}
	for range leastSnapshotBytes/each - 1 {
		fill()
	}
	time.Sleep(2 * snapshotInterval)
	if found := files(); len(found) > 0 {
		t.Errorf("a cache of less than %d bytes was brought to the disk: %v", leastSnapshotBytes, found)
	}
	for range 2 {
		fill()
	}
	for limit := time.Now().Add(time.Minute); len(files()) == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("the cache is not brought to the disk")
		}
	}
	for range 2 * leastSnapshotBytes / each {
		fill()
	}
	if err := e.Close(); err != nil { // perhaps while a snapshot is under way
		t.Fatal(err)
	}
	e = open(t, Options{Dir: dir, CacheBytes: 1 << 30})
	want := fmt.Sprintf("[[0,%d]]", points)
	if got := ask(t, e, "SELECT count(text) FROM note"); !strings.Contains(got, want) {
		t.Errorf("%s, want %s", got, want)
	}
}

// A cache that could not be brought to the disk is, whatever its size, as soon as that
// works again.
func TestSnapshotAfterItFailed(t *testing.T) {
	const cacheBytes = 1 << 30
	e := open(t, Options{CacheBytes: cacheBytes})
	write(t, e, fmt.Sprintf("air,node=n1 pm2_5=1 %d", killedAt))
	st := inside(t, e)
	spoiled := func(err error) { t.Error(err) }
	engine, flush := theShard(t, e)
	free := inTheWay(t, engine)
	if err := flush(t.Context()); err == nil {
		t.Fatal("written with a directory in the way")
	}
	if err := st.snapshotAll(cacheBytes, spoiled); !errors.Is(err, os.ErrExist) {
		t.Errorf("tried again: %v", err)
	}
	free()
	if err := st.snapshotAll(cacheBytes, spoiled); err != nil {
		t.Error(err)
	}
	if left := engine.Cache.Size(); left > 0 {
		t.Errorf("%d bytes are left in memory", left)
	}
	write(t, e, fmt.Sprintf("air,node=n1 pm2_5=1 %d", killedAt+1))
	if err := st.snapshotAll(cacheBytes, spoiled); err != nil {
		t.Error(err)
	}
	if engine.Cache.Size() == 0 {
		t.Error("a small cache that nothing is wrong with was brought to the disk")
	}
}

// A log that takes no more is told of, so that the store is opened again: nobody may
// write into that shard any more.
func TestSnapshotTellsOfSpoiledLog(t *testing.T) {
	e := open(t, Options{CacheBytes: 1 << 20})
	write(t, e, fmt.Sprintf("air,node=n1 pm2_5=1 %d", killedAt))
	st := inside(t, e)
	engine, _ := theShard(t, e)
	if err := os.Mkdir(filepath.Join(engine.WAL.Path(), "_00002.wal"), 0o700); err != nil {
		t.Fatal(err)
	}
	const least = 16 // bytes: every cache is large enough
	told := 0
	for range 2 {
		if err := st.snapshotAll(least, func(error) { told++ }); err == nil {
			t.Error("taken with a directory in the way of the log")
		}
	}
	if told == 0 {
		t.Error("nobody was told")
	}
}
