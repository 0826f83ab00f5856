package tsdb

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestRestartKeepsReadings(t *testing.T) {
	dir := t.TempDir()
	e := open(t, Options{Dir: dir})
	write(t, e, "water,node=n1 level=1.25 1700000000000")
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	e = open(t, Options{Dir: dir})
	want := `{"results":[{"statement_id":0,"series":[{"name":"water","columns":["time","level"],"values":[[1700000000000,1.25]]}]}]}`
	if got := ask(t, e, "SELECT level FROM water"); got != want {
		t.Errorf("after restart: %s, want %s", got, want)
	}
}

func TestRetentionIsSetAndChanged(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		keep time.Duration
		want string // duration and shard duration
	}{
		{0, `"0s","168h0m0s"`},
		{30 * 24 * time.Hour, `"720h0m0s","24h0m0s"`},
		{time.Hour, `"1h0m0s","1h0m0s"`},
		{365 * 24 * time.Hour, `"8760h0m0s","168h0m0s"`},
	} {
		e := open(t, Options{Dir: dir, Retention: tt.keep})
		if got := ask(t, e, "SHOW RETENTION POLICIES"); !strings.Contains(got, tt.want) {
			t.Errorf("keep %s: %s, want %s", tt.keep, got, tt.want)
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOptionsRefused(t *testing.T) {
	for _, tt := range []struct {
		name string
		opt  Options
		want string
	}{
		{"no directory", Options{Addr: "127.0.0.1:0"}, "no data directory"},
		{"short retention", Options{Dir: t.TempDir(), Addr: "127.0.0.1:0", Retention: time.Minute}, "at least 1h0m0s"},
		{"all addresses", Options{Dir: t.TempDir(), Addr: ":0"}, "influx.url"},
		{"public address", Options{Dir: t.TempDir(), Addr: "0.0.0.0:8086"}, "stays on this machine"},
		{"no port", Options{Dir: t.TempDir(), Addr: "127.0.0.1"}, "missing port"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, err := Open(tt.opt)
			if err == nil {
				_ = e.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q does not say %q", err, tt.want)
			}
		})
	}
	var beyond *NotLoopbackError
	if _, err := Open(Options{Dir: t.TempDir(), Addr: ":0"}); !errors.As(err, &beyond) {
		t.Errorf("error %T, want *NotLoopbackError", err)
	}
}

func TestPortTaken(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, err = Open(Options{Dir: t.TempDir(), Addr: ln.Addr().String()})
	var le *ListenError
	if !errors.As(err, &le) || !errors.Is(err, syscall.EADDRINUSE) {
		t.Fatalf("error %v, want *ListenError of a taken port", err)
	}
	for _, part := range []string{ln.Addr().String(), "--influx", "influx.url"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not name %s", err, part)
		}
	}
}

func TestDirectoryInUse(t *testing.T) {
	dir := t.TempDir()
	open(t, Options{Dir: dir})
	_, err := Open(Options{Dir: dir, Addr: "127.0.0.1:0"})
	if err == nil || !strings.Contains(err.Error(), "another process uses this directory") {
		t.Fatalf("second engine: %v", err)
	}
}

// TestHardErrorWins writes to two shards of which one has a wrong field type
// and the other cannot be made: the writer must be told to come again.
func TestHardErrorWins(t *testing.T) {
	dir := t.TempDir()
	e := open(t, Options{Dir: dir, Retention: 0})
	write(t, e, "air pm2_5=1 1600000000000")
	conflict := "air pm2_5=1i 1600000000000\n"
	fresh := "air pm2_5=2 1700000000000\n"
	post := func() answer {
		form := url.Values{"db": {DefaultDatabase}, "precision": {"ms"}}
		return call(t, http.MethodPost, e.URL(), "/write", form, strings.NewReader(conflict+fresh), nil)
	}
	// A file where the shard's write-ahead log must be a directory.
	wal := filepath.Join(dir, "wal", DefaultDatabase, retentionPolicy)
	if err := os.WriteFile(filepath.Join(wal, "2"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if a := post(); a.code != http.StatusInternalServerError {
		t.Errorf("with a broken shard: %d %s, want 500", a.code, a.body)
	}
	if err := os.Remove(filepath.Join(wal, "2")); err != nil {
		t.Fatal(err)
	}
	if a := post(); a.code != http.StatusBadRequest || !strings.Contains(a.body, "dropped=1") {
		t.Errorf("with the shard back: %d %s, want 400 dropped=1", a.code, a.body)
	}
	want := `"values":[[1600000000000,1],[1700000000000,2]]`
	if got := ask(t, e, "SELECT pm2_5 FROM air"); !strings.Contains(got, want) {
		t.Errorf("stored %s, want %s", got, want)
	}
}

// TestUnopenedShard damages a shard's index so that the engine leaves it out.
func TestUnopenedShard(t *testing.T) {
	dir := t.TempDir()
	e := open(t, Options{Dir: dir})
	write(t, e, "air pm2_5=1 1700000000000")
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	shard := filepath.Join(dir, "data", DefaultDatabase, retentionPolicy, "1")
	manifest := filepath.Join(shard, "index", "0", "MANIFEST")
	if err := os.WriteFile(manifest, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	var log lockedLog
	e = open(t, Options{Dir: dir, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if got := e.Stats().UnopenedShards; len(got) != 1 || got[0] != shard {
		t.Errorf("unopened shards %q, want %q", got, shard)
	}
	for _, part := range []string{"level=WARN", "Failed to open shard", "level=ERROR", "missing from answers"} {
		if !strings.Contains(log.String(), part) {
			t.Errorf("log lacks %q:\n%s", part, log.String())
		}
	}
}

func TestStats(t *testing.T) {
	e := open(t, Options{Retention: 24 * time.Hour})
	now := time.Now().UnixMilli()
	write(t, e, fmt.Sprintf("air,node=a pm10=1 %d\nair,node=b pm10=1 %d\n", now, now))
	form := url.Values{"db": {DefaultDatabase}, "precision": {"ms"}}
	lines := fmt.Sprintf("air,node=a pm10=2i %d\nair,node=a pm10=3 1700000000000\nair,node=a pm10=4 %d", now, now)
	a := call(t, http.MethodPost, e.URL(), "/write", form, strings.NewReader(lines), nil)
	if a.code != http.StatusBadRequest || !strings.Contains(a.body, "dropped=2") {
		t.Errorf("partial write: %d %s, want 400 dropped=2", a.code, a.body)
	}
	call(t, http.MethodPost, e.URL(), "/query", url.Values{"q": {"DROP DATABASE siaga"}}, nil, nil)
	s := e.Stats()
	if s.Points != 3 || s.Dropped != 2 || s.Series != 2 || s.Refused != 1 || s.DiskBytes <= 0 {
		t.Errorf("stats %+v", s)
	}
}

// TestCloseCutsStalledReader closes under a client that has asked for more than
// any buffer holds and does not read it.
func TestCloseCutsStalledReader(t *testing.T) {
	dir := t.TempDir()
	e := open(t, Options{Dir: dir})
	var lines strings.Builder
	const rows = 60_000
	for i := range rows {
		fmt.Fprintf(&lines, "long text=\"%s\" %d\n", strings.Repeat("x", 300), 1_700_000_000_000+i)
	}
	write(t, e, lines.String())
	conn, err := net.Dial("tcp", e.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	q := url.Values{"db": {DefaultDatabase}, "chunked": {"true"}, "chunk_size": {fmt.Sprint(rows)}, "q": {"SELECT text FROM long"}}
	fmt.Fprintf(conn, "GET /query?%s HTTP/1.1\r\nHost: %s\r\n\r\n", q.Encode(), e.Addr())
	if _, err := io.ReadFull(conn, make([]byte, 15)); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	e = open(t, Options{Dir: dir})
	if got := ask(t, e, "SELECT count(text) FROM long"); !strings.Contains(got, fmt.Sprint(rows)) {
		t.Errorf("after closing: %s", got)
	}
}
