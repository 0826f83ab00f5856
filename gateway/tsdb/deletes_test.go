package tsdb

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
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
