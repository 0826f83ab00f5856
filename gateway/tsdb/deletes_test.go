package tsdb

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// change runs a statement that changes data.
func change(t *testing.T, e *Engine, statement string) string {
	t.Helper()
	form := url.Values{"db": {DefaultDatabase}, "q": {statement}}
	a := call(t, http.MethodPost, e.URL(), "/query", form, nil, http.Header{"Authorization": {"Token " + testToken}})
	if a.code != http.StatusOK || strings.Contains(a.body, "error") {
		t.Errorf("%s: %d %s", statement, a.code, a.body)
	}
	return a.body
}

// What is deleted stays deleted, also where it was in a cache that could not be written.
func TestDeletedFromFailedCache(t *testing.T) {
	for _, statement := range []string{
		"DELETE FROM air WHERE node = 'n1'", "DROP SERIES FROM air WHERE node = 'n1'", "DROP MEASUREMENT air",
	} {
		t.Run(statement, func(t *testing.T) {
			dir := t.TempDir()
			e := open(t, Options{Dir: dir, AdminToken: testToken})
			write(t, e, fmt.Sprintf("air,node=n1 pm2_5=1 %d\nwater,node=n1 level=1 %d", killedAt, killedAt))
			engine, flush := theShard(t, e)
			free := inTheWay(t, engine)
			if err := flush(t.Context()); err == nil {
				t.Fatal("written with a directory in the way")
			}
			free()
			write(t, e, fmt.Sprintf("air,node=n1 pm2_5=2 %d", killedAt+1))
			change(t, e, statement)
			for range 2 {
				for what, from := range map[string]*Engine{"": e, "killed": open(t, Options{Dir: asKilled(t, dir)})} {
					if got := ask(t, from, "SELECT * FROM air"); strings.Contains(got, "n1") {
						t.Errorf("%s: deleted, and there: %s", what, got)
					}
					if got := ask(t, from, "SELECT * FROM water"); !strings.Contains(got, "n1") {
						t.Errorf("%s: %s", what, got)
					}
				}
				if err := flush(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// A deletion that comes while a cache is being written does not leave out that cache,
// and neither waits for the other for ever where others write what it deletes.
func TestDeletedWhileCacheIsWritten(t *testing.T) {
	e := open(t, Options{AdminToken: testToken})
	var lines strings.Builder
	for n := range 5000 {
		fmt.Fprintf(&lines, "old,node=n%d pm2_5=1 %d\n", n, killedAt)
	}
	write(t, e, lines.String())
	_, flush := theShard(t, e)
	stop := make(chan struct{})
	var background sync.WaitGroup
	defer background.Wait()
	defer close(stop)
	background.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if err := flush(t.Context()); err != nil {
				t.Error(err)
				return
			}
		}
	})
	background.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
				write(t, e, fmt.Sprintf("old,node=later pm2_5=1 %d\nair,node=n1 pm2_5=1 %d", killedAt+1000+n, killedAt+n))
			}
		}
	})
	for range 5 {
		change(t, e, fmt.Sprintf("DELETE FROM old WHERE time <= %dms", killedAt))
		if got := ask(t, e, fmt.Sprintf("SELECT count(pm2_5) FROM old WHERE time <= %dms", killedAt)); strings.Contains(got, "values") {
			t.Errorf("deleted, and there: %s", got)
		}
		write(t, e, lines.String())
		if got := ask(t, e, fmt.Sprintf("SELECT count(pm2_5) FROM old WHERE time <= %dms", killedAt)); !strings.Contains(got, "5000") {
			t.Errorf("written again, and not there: %s", got)
		}
	}
}

// A segment of the log that could not be removed when its readings came to a file does
// not bring back what is deleted then.
func TestDeletedFromSegmentThatStayed(t *testing.T) {
	dir := t.TempDir()
	e := open(t, Options{Dir: dir, AdminToken: testToken})
	write(t, e, fmt.Sprintf("air,node=n1 pm2_5=1 %d\nair,node=n1 pm2_5=2 %d", killedAt, killedAt+1000))
	engine, flush := theShard(t, e)
	segment := shardFiles(t, dir, "*.wal")[0]
	content, err := os.ReadFile(segment)
	if err != nil {
		t.Fatal(err)
	}
	if err := flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(segment, content, 0o600); err != nil {
		t.Fatal(err)
	}
	change(t, e, fmt.Sprintf("DELETE FROM air WHERE time <= %dms", killedAt))
	engine.SetCompactionsEnabled(false) // they replace files while these are copied
	got := ask(t, open(t, Options{Dir: asKilled(t, dir)}), "SELECT count(pm2_5) FROM air")
	if !strings.Contains(got, "[[0,1]]") {
		t.Errorf("killed: %s, want 1", got)
	}
}

// A retention policy that is dropped while something is deleted from its shards, and a
// database: all of it ends.
func TestDroppedWhileDeleted(t *testing.T) {
	e := open(t, Options{AdminToken: testToken})
	for round := range 3 {
		change(t, e, "CREATE DATABASE old")
		change(t, e, "CREATE RETENTION POLICY short ON old DURATION INF REPLICATION 1 DEFAULT")
		var lines strings.Builder
		for n := range 3000 {
			fmt.Fprintf(&lines, "air,node=n%d pm2_5=1 %d\nair,node=n%d pm2_5=1 %d\n", n, killedAt, n, killedAt+1000)
		}
		form := url.Values{"db": {"old"}, "precision": {"ms"}}
		if a := call(t, http.MethodPost, e.URL(), "/write", form, strings.NewReader(lines.String()), nil); a.code != http.StatusNoContent {
			t.Fatalf("write: %d %s", a.code, a.body)
		}
		var deleting sync.WaitGroup
		deleting.Go(func() {
			form := url.Values{"db": {"old"}, "q": {fmt.Sprintf("DELETE FROM air WHERE time <= %dms", killedAt)}}
			call(t, http.MethodPost, e.URL(), "/query", form, nil, http.Header{"Authorization": {"Token " + testToken}})
		})
		time.Sleep(time.Duration(round) * 30 * time.Millisecond) // so that it is somewhere in its midst
		change(t, e, "DROP RETENTION POLICY short ON old")
		deleting.Wait()
		change(t, e, "DROP DATABASE old")
	}
	write(t, e, fmt.Sprintf("air,node=n1 pm2_5=1 %d", killedAt))
	_, flush := theShard(t, e)
	if err := flush(t.Context()); err != nil {
		t.Error(err)
	}
}

// Nothing that is not to be deleted is lost where the engine is to be closed while it
// deletes: it is not closed then.
func TestNotClosedWhileDeleting(t *testing.T) {
	dir := t.TempDir()
	e, err := Open(Options{Dir: dir, Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	write(t, e, fmt.Sprintf("air,node=n1 pm2_5=1 %d", killedAt))
	st, err := e.door.enter() // as a deletion that goes on
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); !errors.Is(err, ErrStillUsed) {
		t.Errorf("close: %v", err)
	}
	if _, open := engineOf(st.store.Shards(st.store.ShardIDs())[0]); !open {
		t.Error("a shard was closed under a deletion")
	}
	if _, err := Open(Options{Dir: dir, Addr: "127.0.0.1:0"}); err == nil {
		t.Error("another may have the directory, which is still written to")
	}
	if got := ask(t, open(t, Options{Dir: asKilled(t, dir)}), "SELECT count(pm2_5) FROM air"); !strings.Contains(got, "[[0,1]]") {
		t.Errorf("killed: %s", got)
	}
	e.door.leave()
	if err := e.closeEngine(); err != nil {
		t.Error(err)
	}
}
