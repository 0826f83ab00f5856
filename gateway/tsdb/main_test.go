package tsdb

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// childEnv makes the test binary run as the writer that TestKill kills; its
// value is the data directory.
const childEnv = "SIAGA_TEST_TSDB_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		writeUntilKilled(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

const testToken = "rahasia"

// open opens an engine for a test and closes it with it.
func open(t testing.TB, opt Options) *Engine {
	t.Helper()
	if opt.Dir == "" {
		opt.Dir = t.TempDir()
	}
	if opt.Addr == "" {
		opt.Addr = "127.0.0.1:0"
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	e, err := Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// answer is what a test looks at in an HTTP response.
type answer struct {
	code   int
	header http.Header
	body   string
}

// call does one request without touching the environment's proxies or shared
// connections.
func call(t testing.TB, method, base, path string, form url.Values, body io.Reader, header http.Header) answer {
	t.Helper()
	return callBy(t, nil, method, base, path, form, body, header)
}

// callBy is call by way, where that is not nil.
func callBy(t testing.TB, way http.RoundTripper, method, base, path string, form url.Values, body io.Reader, header http.Header) answer {
	t.Helper()
	target := base + path
	if len(form) > 0 {
		target += "?" + form.Encode()
	}
	r, err := http.NewRequestWithContext(context.Background(), method, target, body)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		r.Header[k] = v
	}
	if h := header.Get("Host"); h != "" {
		r.Host = h
	}
	if way == nil {
		tr := &http.Transport{DisableKeepAlives: true}
		defer tr.CloseIdleConnections()
		way = tr
	}
	resp, err := (&http.Client{Transport: way}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(b)}
}

// write posts line protocol with millisecond times and wants 204.
func write(t testing.TB, e *Engine, lines string) {
	t.Helper()
	form := url.Values{"db": {DefaultDatabase}, "precision": {"ms"}}
	if a := call(t, http.MethodPost, e.URL(), "/write", form, strings.NewReader(lines), nil); a.code != http.StatusNoContent {
		t.Fatalf("write: %d %s", a.code, a.body)
	}
}

// ask runs one query with times in milliseconds and returns the body of its
// 200 without the line end.
func ask(t testing.TB, e *Engine, q string) string {
	t.Helper()
	form := url.Values{"db": {DefaultDatabase}, "q": {q}, "epoch": {"ms"}}
	a := call(t, http.MethodGet, e.URL(), "/query", form, nil, nil)
	if a.code != http.StatusOK {
		t.Fatalf("%s: %d %s", q, a.code, a.body)
	}
	return strings.TrimSpace(a.body)
}

// lockedLog is what was logged, for tests that read it while others write.
type lockedLog struct {
	mu  sync.Mutex
	buf strings.Builder
}

// Write appends p.
func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// String returns all of it.
func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
