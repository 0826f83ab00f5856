package tsdb

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestPingAndHealth(t *testing.T) {
	e := open(t, Options{})
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		if a := call(t, method, e.URL(), "/ping", nil, nil, nil); a.code != http.StatusNoContent || a.header.Get("X-Influxdb-Version") != Version {
			t.Errorf("%s /ping: %d %v", method, a.code, a.header)
		}
	}
	if a := call(t, http.MethodGet, e.URL(), "/ping", url.Values{"verbose": {"true"}}, nil, nil); a.body != `{"version":"1.8.10"}`+"\n" {
		t.Errorf("verbose ping: %q", a.body)
	}
	if a := call(t, http.MethodGet, e.URL(), "/health", nil, nil, nil); a.code != http.StatusOK || !strings.Contains(a.body, `"status":"pass"`) {
		t.Errorf("health: %d %s", a.code, a.body)
	}
	if a := call(t, http.MethodPost, e.URL(), "/api/v2/query", nil, nil, nil); a.code != http.StatusForbidden || !strings.Contains(a.body, "InfluxQL") {
		t.Errorf("flux: %d %s", a.code, a.body)
	}
}

func TestGuard(t *testing.T) {
	e := open(t, Options{})
	_, port, _ := strings.Cut(e.Addr(), ":")
	for _, tt := range []struct {
		name   string
		header http.Header
		want   int
	}{
		{"own address", nil, 204},
		{"localhost", http.Header{"Host": {"localhost:" + port}}, 204},
		{"another loopback address", http.Header{"Host": {"127.0.0.5"}}, 204},
		{"IPv6", http.Header{"Host": {"[::1]:" + port}}, 204},
		{"own origin", http.Header{"Origin": {e.URL()}}, 204},
		{"address bar", http.Header{"Sec-Fetch-Site": {"none"}}, 204},
		{"rebound name", http.Header{"Host": {"wall.example:" + port}}, 403},
		{"name like loopback", http.Header{"Host": {"127.0.0.1.example"}}, 403},
		{"public address", http.Header{"Host": {"192.0.2.1:" + port}}, 403},
		{"page elsewhere", http.Header{"Origin": {"https://example.com"}}, 403},
		{"page on this machine", http.Header{"Origin": {"http://127.0.0.1:3000"}}, 403},
		{"file or sandbox", http.Header{"Origin": {"null"}}, 403},
		{"empty origin", http.Header{"Origin": {""}}, 403},
		{"image of a page", http.Header{"Sec-Fetch-Site": {"cross-site"}}, 403},
		{"page on another port", http.Header{"Sec-Fetch-Site": {"same-site"}}, 403},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if a := call(t, http.MethodGet, e.URL(), "/ping", nil, nil, tt.header); a.code != tt.want {
				t.Errorf("%d %s, want %d", a.code, a.body, tt.want)
			}
		})
	}
}

func TestQueryOnlyReads(t *testing.T) {
	e := open(t, Options{AdminToken: testToken})
	write(t, e, "air,node=n1 pm2_5=1 1700000000000")
	changes := []string{
		"SELECT * INTO copy FROM air",
		"EXPLAIN ANALYZE SELECT * INTO copy FROM air",
		"SELECT pm2_5 FROM air; DROP MEASUREMENT air",
		"DELETE FROM air", "DROP SERIES FROM air", "DROP SHARD 1", "DROP DATABASE siaga",
		"CREATE DATABASE x", "ALTER RETENTION POLICY autogen ON siaga DURATION 1h",
		"CREATE USER x WITH PASSWORD 'rahasia-sekali'", "KILL QUERY 1",
		"CREATE SUBSCRIPTION s ON siaga.autogen DESTINATIONS ALL 'udp://192.0.2.1:9'",
	}
	for _, q := range changes {
		for _, auth := range []string{"", "Token salah", "Token ", "Bearer " + testToken, "Token " + testToken + "x"} {
			a := call(t, http.MethodPost, e.URL(), "/query", url.Values{"q": {q}, "db": {DefaultDatabase}}, nil, http.Header{"Authorization": {auth}})
			if a.code != http.StatusForbidden || strings.Contains(a.body, "rahasia-sekali") {
				t.Errorf("%s with %q: %d %s, want 403", q, auth, a.code, a.body)
			}
		}
	}
	for _, q := range []string{"EXPLAIN SELECT * FROM air", "EXPLAIN ANALYZE SELECT * FROM air", "SHOW STATS", "SHOW DIAGNOSTICS", "SHOW SHARDS", "SHOW QUERIES", "SHOW SERIES CARDINALITY", "SHOW SUBSCRIPTIONS", "SHOW USERS"} {
		if got := ask(t, e, q); strings.Contains(got, "error") {
			t.Errorf("%s: %s", q, got)
		}
	}
	a := call(t, http.MethodPost, e.URL(), "/query", url.Values{"q": {changes[0]}, "db": {DefaultDatabase}}, nil, http.Header{"Authorization": {"Token " + testToken}})
	if a.code != http.StatusOK || strings.Contains(a.body, "error") {
		t.Errorf("with the token: %d %s", a.code, a.body)
	}
	if got := ask(t, e, "SELECT count(pm2_5) FROM copy"); !strings.Contains(got, "[0,1]") {
		t.Errorf("copy: %s", got)
	}
}

func TestNoTokenMeansNoAdmin(t *testing.T) {
	e := open(t, Options{})
	a := call(t, http.MethodPost, e.URL(), "/query", url.Values{"q": {"DROP DATABASE siaga"}}, nil, http.Header{"Authorization": {"Token "}})
	if a.code != http.StatusForbidden {
		t.Errorf("%d %s, want 403", a.code, a.body)
	}
}

func TestLimits(t *testing.T) {
	e := open(t, Options{MaxBodyBytes: 1000, MaxRows: 10})
	form := url.Values{"db": {DefaultDatabase}, "precision": {"ms"}}
	large := strings.Repeat("air pm2_5=1 1700000000000\n", 100)
	if a := call(t, http.MethodPost, e.URL(), "/write", form, strings.NewReader(large), nil); a.code != http.StatusRequestEntityTooLarge {
		t.Errorf("large body: %d %s", a.code, a.body)
	}
	// It is 60 bytes on the wire and too large only when unpacked.
	if a := call(t, http.MethodPost, e.URL(), "/write", form, zipped(t, large), http.Header{"Content-Encoding": {"gzip"}}); a.code != http.StatusRequestEntityTooLarge {
		t.Errorf("large unpacked body: %d %s", a.code, a.body)
	}
	if a := call(t, http.MethodPost, e.URL(), "/write", form, strings.NewReader("no gzip"), http.Header{"Content-Encoding": {"gzip"}}); a.code != http.StatusBadRequest {
		t.Errorf("bad gzip: %d %s", a.code, a.body)
	}
	for i := range 12 {
		write(t, e, fmt.Sprintf("air pm2_5=%d %d", i, 1_700_000_000_000+i))
	}
	if got := ask(t, e, "SELECT pm2_5 FROM air LIMIT 10"); !strings.Contains(got, `[1700000000009,9]]`) {
		t.Errorf("at the limit: %s", got)
	}
	want := `{"results":[{"statement_id":0,"error":"answer of more than 10 rows: ask for a shorter time, group by time, or set chunked=true"}]}`
	if got := ask(t, e, "SELECT pm2_5 FROM air"); got != want {
		t.Errorf("over the limit: %s, want %s", got, want)
	}
	form = url.Values{"db": {DefaultDatabase}, "q": {"SELECT pm2_5 FROM air"}, "chunked": {"true"}}
	if a := call(t, http.MethodGet, e.URL(), "/query", form, nil, nil); strings.Contains(a.body, "error") {
		t.Errorf("chunked: %s", a.body)
	}
	body := strings.NewReader("q=" + strings.Repeat("x", maxQueryBytes))
	if a := call(t, http.MethodPost, e.URL(), "/query", nil, body, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}); a.code != http.StatusRequestEntityTooLarge {
		t.Errorf("large query: %d %s", a.code, a.body)
	}
}

func TestBusy(t *testing.T) {
	e := open(t, Options{})
	e.writes, e.queries = newGate(0, 0), newGate(0, 0)
	for _, path := range []string{"/write", "/query"} {
		method := http.MethodPost
		a := call(t, method, e.URL(), path, url.Values{"db": {DefaultDatabase}, "q": {"SHOW DATABASES"}}, strings.NewReader("air pm10=1"), nil)
		if a.code != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %s", path, a.code, a.body)
		}
	}
}

func TestGzipAnswer(t *testing.T) {
	e := open(t, Options{})
	write(t, e, "air pm2_5=1 1700000000000")
	form := url.Values{"db": {DefaultDatabase}, "q": {"SELECT pm2_5 FROM air"}, "epoch": {"ms"}, "chunked": {"true"}}
	a := call(t, http.MethodGet, e.URL(), "/query", form, nil, http.Header{"Accept-Encoding": {"gzip"}})
	if a.header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("not compressed: %v", a.header)
	}
	z, err := gzip.NewReader(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil || !strings.Contains(string(b), "[1700000000000,1]") {
		t.Errorf("%s %v", b, err)
	}
}
