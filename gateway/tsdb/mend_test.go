package tsdb

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTornLog restarts twice over a write-ahead log that ends in the middle of a
// write: what is acknowledged after the first is to survive the second.
func TestTornLog(t *testing.T) {
	for name, torn := range map[string][]byte{
		"head":   {1, 0},
		"body":   append([]byte{1, 0, 0, 1, 0}, bytes.Repeat([]byte{7}, 40)...),
		"zeroes": make([]byte, 4096),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			e := open(t, Options{Dir: dir})
			write(t, e, "air,node=a pm1=1 1700000000000")
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			f, err := os.OpenFile(filepath.Join(dir, "wal", DefaultDatabase, retentionPolicy, "1", "_00001.wal"), os.O_WRONLY|os.O_APPEND, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Write(torn); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			e = open(t, Options{Dir: dir})
			write(t, e, "air,node=a pm1=2 1700000001000")
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			e = open(t, Options{Dir: dir})
			if got := ask(t, e, "SELECT count(pm1) FROM air"); !strings.Contains(got, "[[0,2]]") {
				t.Errorf("after the second restart: %s, want 2", got)
			}
		})
	}
}

// TestHalfMadeShard is what a full disk leaves of a week's new shard.
func TestHalfMadeShard(t *testing.T) {
	dir := t.TempDir()
	e := open(t, Options{Dir: dir})
	write(t, e, "air,node=a pm1=1 1600000000000\n")
	write(t, e, "air,node=a pm1=1 1700000000000\n")
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(dir, "data", DefaultDatabase, retentionPolicy, "2")
	if err := os.Truncate(filepath.Join(half, "index", "3", "MANIFEST"), 0); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, "wal", DefaultDatabase, retentionPolicy, "2", "_00001.wal"), 0); err != nil {
		t.Fatal(err)
	}
	e = open(t, Options{Dir: dir})
	write(t, e, "air,node=a pm1=1 1700000001000\n")
	if got := ask(t, e, "SELECT count(pm1) FROM air"); !strings.Contains(got, "[[0,2]]") || len(e.Stats().UnopenedShards) > 0 {
		t.Errorf("%s %+v", got, e.Stats())
	}
}
