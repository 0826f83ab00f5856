package tsdb

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// fakeDisk says how much room there is.
type fakeDisk struct{ bytes atomic.Int64 }

func newDisk(bytes int64) *fakeDisk {
	d := &fakeDisk{}
	d.bytes.Store(bytes)
	return d
}

func (d *fakeDisk) free(string) (int64, error) { return d.bytes.Load(), nil }

// post writes one reading of a node.
func post(t *testing.T, e *Engine, node string) answer {
	t.Helper()
	return postAt(t, e, node, 0)
}

func postAt(t *testing.T, e *Engine, node string, ms int) answer {
	t.Helper()
	form := url.Values{"db": {DefaultDatabase}, "precision": {"ms"}}
	line := fmt.Sprintf("air,node=%s pm1=1 %d", node, 1700000000000+ms)
	return call(t, http.MethodPost, e.URL(), "/write", form, strings.NewReader(line), nil)
}

// eventually wants done within a long time.
func eventually(t *testing.T, done func() bool) {
	t.Helper()
	for range 600 {
		if done() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("it does not happen")
}

func TestReserve(t *testing.T) {
	var log lockedLog
	disk, reg := newDisk(DefaultReserveBytes), prometheus.NewRegistry()
	e := open(t, Options{free: disk.free, Metrics: reg, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if a := post(t, e, "a"); a.code != http.StatusNoContent {
		t.Fatalf("with room: %d %s", a.code, a.body)
	}
	disk.bytes.Store(DefaultReserveBytes - 1)
	for range 2 {
		a := post(t, e, "b")
		if a.code != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" || !strings.Contains(a.body, "33554431 bytes left, of which 33554432 are reserved") {
			t.Errorf("without room: %d %v %s", a.code, a.header, a.body)
		}
	}
	if a := call(t, http.MethodGet, e.URL(), "/health", nil, nil, nil); a.code != http.StatusServiceUnavailable || !strings.Contains(a.body, `"status":"fail"`) {
		t.Errorf("health: %d %s", a.code, a.body)
	}
	if got := ask(t, e, "SELECT count(pm1) FROM air"); !strings.Contains(got, "[[0,1]]") {
		t.Errorf("read: %s", got)
	}
	page := httptest.NewRecorder()
	promhttp.HandlerFor(reg, promhttp.HandlerOpts{}).ServeHTTP(page, httptest.NewRequest("GET", "/metrics", nil))
	if !strings.Contains(page.Body.String(), "\nsiaga_tsdb_writable 0\n") {
		t.Errorf("metrics:\n%s", page.Body)
	}
	disk.bytes.Store(DefaultReserveBytes)
	if a := post(t, e, "b"); a.code != http.StatusNoContent {
		t.Errorf("with room again: %d %s", a.code, a.body)
	}
	if s := e.Stats(); s.Refusing != "" || s.Reopened != 0 {
		t.Errorf("%+v", s)
	}
	if n := strings.Count(log.String(), "disk is nearly full"); n != 1 {
		t.Errorf("said %d times that there is no room:\n%s", n, log.String())
	}
}

func TestNoReserve(t *testing.T) {
	e := open(t, Options{ReserveBytes: -1, free: newDisk(0).free})
	if a := post(t, e, "a"); a.code != http.StatusNoContent {
		t.Errorf("%d %s", a.code, a.body)
	}
}

func TestSpoils(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{errors.New("timeout"), false},
		{errors.New("engine: cache-max-memory-size exceeded"), false},
		{&os.PathError{Op: "write", Path: "/x", Err: diskFull()[0]}, true},
		{fmt.Errorf("engine: error writing WAL entry: %v", &os.PathError{Op: "write", Path: "/x", Err: diskFull()[0]}), true},
		{fmt.Errorf("engine: error writing WAL entry: %v", os.ErrClosed), true},
		{&os.PathError{Op: "open", Path: "/x", Err: syscall.EACCES}, false},
	} {
		if got := spoils(tt.err); got != tt.want {
			t.Errorf("spoils(%v) = %v", tt.err, got)
		}
	}
}

// TestReopenUnderLoad spoils the store again and again while others write, read
// and measure it.
func TestReopenUnderLoad(t *testing.T) {
	e := open(t, Options{})
	const writers, reopenings = 3, 3
	// The engine's index has a data race between a query and a new series of the
	// same measurement (logMeasurement.deleted, which is false before and after).
	for w := range writers {
		if a := postAt(t, e, fmt.Sprint("n", w), -1); a.code != http.StatusNoContent {
			t.Fatalf("write: %d %s", a.code, a.body)
		}
	}
	var wg sync.WaitGroup
	var done atomic.Bool
	acknowledged := make([]int, writers)
	for w := range writers {
		wg.Go(func() {
			for n := 0; !done.Load(); n++ {
				switch a := postAt(t, e, fmt.Sprint("n", w), n); a.code {
				case http.StatusNoContent:
					acknowledged[w]++
				case http.StatusServiceUnavailable:
					n-- // again
				default:
					t.Errorf("write: %d %s", a.code, a.body)
				}
			}
		})
	}
	wg.Go(func() {
		for !done.Load() {
			a := call(t, http.MethodGet, e.URL(), "/query", url.Values{"db": {DefaultDatabase}, "q": {"SELECT count(pm1) FROM air GROUP BY node"}}, nil, nil)
			if a.code != http.StatusOK && a.code != http.StatusServiceUnavailable {
				t.Errorf("query: %d %s", a.code, a.body)
			}
			e.Stats()
		}
	})
	for n := range uint64(reopenings) {
		e.spoiled(diskFull()[0])
		eventually(t, func() bool { return e.Stats().Reopened == n+1 && e.broken.Load() == nil })
	}
	done.Store(true)
	wg.Wait()
	total := writers
	for _, n := range acknowledged {
		total += n
	}
	if got := ask(t, e, "SELECT count(pm1) FROM air"); !strings.Contains(got, fmt.Sprintf("[[0,%d]]", total)) {
		t.Errorf("%s, want %d", got, total)
	}
}

// TestCloseWhileSpoiled ends an engine that waits for room, and one that is being
// opened again.
func TestCloseWhileSpoiled(t *testing.T) {
	for name, room := range map[string]int64{"no room": 0, "room": 1 << 40} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			e := open(t, Options{Dir: dir, free: newDisk(1 << 40).free})
			write(t, e, "air,node=a pm1=1 1700000000000")
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			disk := newDisk(1 << 40)
			e = open(t, Options{Dir: dir, free: disk.free})
			disk.bytes.Store(room)
			e.spoiled(diskFull()[0])
			if err := e.Close(); err != nil {
				t.Error(err)
			}
			e = open(t, Options{Dir: dir})
			if got := ask(t, e, "SELECT count(pm1) FROM air"); !strings.Contains(got, "[[0,1]]") {
				t.Errorf("after it: %s", got)
			}
		})
	}
}

// TestReopenFails has something in the way of the store, which then goes.
func TestReopenFails(t *testing.T) {
	var log lockedLog
	disk, dir := newDisk(0), t.TempDir()
	e := open(t, Options{Dir: dir, ReserveBytes: -1, free: disk.free, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	write(t, e, "air,node=a pm1=1 1700000000000")
	e.spoiled(diskFull()[0])
	series := filepath.Join(dir, "data", DefaultDatabase, "_series")
	if err := os.Rename(series, series+".away"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(series, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	disk.bytes.Store(1 << 40)
	eventually(t, func() bool { return strings.Contains(log.String(), "cannot open the store again") })
	a := call(t, http.MethodGet, e.URL(), "/query", url.Values{"q": {"SHOW DATABASES"}}, nil, nil)
	if a.code != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
		t.Errorf("query: %d %s", a.code, a.body)
	}
	if a := post(t, e, "b"); a.code != http.StatusServiceUnavailable {
		t.Errorf("write: %d %s", a.code, a.body)
	}
	if s := e.Stats(); s.Refusing == "" {
		t.Errorf("%+v", s)
	}
	disk.bytes.Store(0) // nobody tries to open the store meanwhile
	if err := errors.Join(os.Remove(series), os.Rename(series+".away", series)); err != nil {
		t.Fatal(err)
	}
	disk.bytes.Store(1 << 40)
	eventually(t, func() bool { return post(t, e, "b").code == http.StatusNoContent })
	if got := ask(t, e, "SELECT count(pm1) FROM air"); !strings.Contains(got, "[[0,2]]") {
		t.Errorf("stored %s", got)
	}
}
