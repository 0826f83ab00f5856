package tsdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/influxdata/influxdb/tsdb/engine/tsm1"
)

// inside returns what the engine has open, which stays so until the test ends.
func inside(t *testing.T, e *Engine) *storage {
	t.Helper()
	st, err := e.door.enter()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.door.leave)
	return st
}

// theShard returns the engine of the only shard, and what brings its cache to the disk.
func theShard(t *testing.T, e *Engine) (engine *tsm1.Engine, flush func(context.Context) error) {
	t.Helper()
	st, err := e.door.enter()
	if err != nil {
		t.Fatal(err)
	}
	defer e.door.leave()
	all := st.store.Shards(st.store.ShardIDs())
	if len(all) != 1 {
		t.Fatalf("%d shards", len(all))
	}
	engine, ok := engineOf(all[0])
	if !ok {
		t.Fatal("it is closed")
	}
	return engine, func(ctx context.Context) error { return st.caches.write(ctx, all[0], false) }
}

// inTheWay keeps caches of a new shard from being written until free is called, however
// often that is tried.
func inTheWay(t *testing.T, engine *tsm1.Engine) (free func()) {
	t.Helper()
	var dirs []string
	for generation := range 16 {
		dirs = append(dirs, filepath.Join(engine.Path(), tsm1.DefaultFormatFileName(generation+1, 1)+".tsm.tmp"))
	}
	for _, dir := range dirs {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		t.Helper()
		for _, dir := range dirs {
			if err := os.Remove(dir); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// shardFiles are the files below dir with readings.
func shardFiles(t *testing.T, dir, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*", DefaultDatabase, "*", "*", pattern))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// asKilled returns a copy of a data directory as a process leaves it that is killed.
func asKilled(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// What is brought to the disk is what was in the cache, of every type of field, in
// order, of twins the later one; and nothing of it is left to the log.
func TestCacheIsWrittenWhole(t *testing.T) {
	dir := t.TempDir()
	e := open(t, Options{Dir: dir})
	var lines strings.Builder
	for i := range 2500 { // three blocks, against their order
		fmt.Fprintf(&lines, "air,node=n1 pm2_5=%d.5 %d\n", i, killedAt-int64(i))
	}
	for i := range 30 {
		fmt.Fprintf(&lines, "air,node=n%d pm2_5=%d,pm2_5_qc=%di,note=\"baik %d\",on=%t %d\n", i, i, i%5, i, i%2 == 0, killedAt+int64(i))
	}
	fmt.Fprintf(&lines, "air,node=n7 pm2_5=777 %d\n", killedAt+7)
	write(t, e, lines.String())
	const all = "SELECT * FROM air GROUP BY node"
	before := ask(t, e, all)
	engine, flush := theShard(t, e)
	if err := flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := engine.Cache.Size(); n > 0 {
		t.Errorf("%d bytes are left in memory", n)
	}
	if got := ask(t, e, all); got != before || !strings.Contains(got, "777") {
		t.Errorf("after it: %s\nbefore: %s", got, before)
	}
	if err := flush(t.Context()); err != nil { // of nothing
		t.Fatal(err)
	}
	killed := asKilled(t, dir)
	if files := shardFiles(t, killed, "*.tsm"); len(files) != 1 {
		t.Errorf("files %q", files)
	}
	for _, segment := range shardFiles(t, killed, "*.wal") {
		if err := os.Remove(segment); err != nil {
			t.Fatal(err)
		}
	}
	if got := ask(t, open(t, Options{Dir: killed}), all); got != before {
		t.Errorf("from the files alone: %s", got)
	}
}

// A cache that could not be written is written later, without what came after it,
// which is in the log until it is written too: whenever the process is killed,
// everything is there.
func TestCacheThatCouldNotBeWritten(t *testing.T) {
	dir := t.TempDir()
	e := open(t, Options{Dir: dir})
	n := 0
	add := func() {
		write(t, e, fmt.Sprintf("air,node=n1 pm2_5=%d %d", n, killedAt+n))
		n++
	}
	whole := func(when string) {
		t.Helper()
		want := fmt.Sprintf("[[0,%d]]", n)
		for what, from := range map[string]*Engine{"": e, "killed ": open(t, Options{Dir: asKilled(t, dir)})} {
			if got := ask(t, from, "SELECT count(pm2_5) FROM air"); !strings.Contains(got, want) {
				t.Errorf("%s%s: %s, want %s", what, when, got, want)
			}
		}
	}
	add()
	engine, flush := theShard(t, e)
	free := inTheWay(t, engine)
	for range 2 {
		if err := flush(t.Context()); !errors.Is(err, os.ErrExist) {
			t.Errorf("with a directory in the way: %v", err)
		}
		add()
		whole("after a failure")
	}
	free()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 {
		if err := flush(gone); !errors.Is(err, context.Canceled) {
			t.Errorf("called off: %v", err)
		}
	}
	for range 2 {
		if err := flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if left := engine.Cache.Size(); left > 0 {
			t.Errorf("%d bytes are left in memory", left)
		}
		whole("written after failures")
		add()
		whole("and later")
	}
	if files := shardFiles(t, dir, "*"); len(files) == 0 || strings.Contains(strings.Join(files, " "), ".tmp") {
		t.Errorf("files %q", files)
	}
}

// Caches are brought to the disk one after the other while many write. Everything that
// was acknowledged is found at once, and from the files alone.
func TestCacheIsWrittenWhileOthersWrite(t *testing.T) {
	const writers, batches, points = 4, 60, 300
	dir := t.TempDir()
	e := open(t, Options{Dir: dir})
	write(t, e, fmt.Sprintf("air,node=first pm2_5=1 %d", killedAt))
	engine, flush := theShard(t, e)
	ctx, stop := context.WithCancel(t.Context())
	var flushing, writing sync.WaitGroup
	flushing.Go(func() {
		for ctx.Err() == nil {
			if err := flush(t.Context()); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for w := range writers {
		writing.Go(func() {
			for b := range batches {
				var lines strings.Builder
				for p := range points {
					fmt.Fprintf(&lines, "air,node=n%d-%d pm2_5=1 %d\n", w, p, killedAt+b)
				}
				write(t, e, lines.String())
			}
		})
	}
	writing.Wait()
	stop()
	flushing.Wait()
	const count = "SELECT count(pm2_5) FROM air"
	want := fmt.Sprintf("[[0,%d]]", writers*batches*points+1)
	if got := ask(t, e, count); !strings.Contains(got, want) {
		t.Errorf("%s, want %s", got, want)
	}
	if err := flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	engine.SetCompactionsEnabled(false) // they replace files while these are copied
	if got := ask(t, open(t, Options{Dir: asKilled(t, dir)}), count); !strings.Contains(got, want) {
		t.Errorf("from the files: %s, want %s", got, want)
	}
}
