package tsdb

import (
	"fmt"
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
