package api

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/influxdata/influxql"

	"github.com/siaga-id/siaga/gateway/authority"
	"github.com/siaga-id/siaga/gateway/authority/authoritytest"
	"github.com/siaga-id/siaga/gateway/registry"
)

// attack is a server that is asked nonsense, and what it must not lose by it.
type attack struct {
	*center
	document
	people          []somebody
	db              *sql.DB
	committed       *sql.Stmt            // differs after each commit
	tables          map[string]*sql.Stmt // what kept looks at
	version, digest string               // what it found last
}

func besiege(t testing.TB) *attack {
	t.Helper()
	c := build(t, fixed, func(o *Options) {
		o.Authority = authoritytest.New(t, authority.Options{Registry: o.Registry, Now: fixed, Logger: slog.New(slog.DiscardHandler)})
	})
	c.village(t)
	c.replay = func(context.Context, registry.Entry) error { return nil }
	a := &attack{center: c, document: described(t, c), people: everybody(t, c)}
	var err error
	if a.db, err = sql.Open("sqlite", "file:"+c.file+"?_pragma=query_only(1)"); err != nil {
		t.Fatal(err)
	}
	a.db.SetMaxOpenConns(1) // data_version is a connection's own
	t.Cleanup(func() { a.db.Close() })
	a.committed = a.prepared(t, `SELECT data_version FROM pragma_data_version`)
	a.tables = make(map[string]*sql.Stmt)
	for _, table := range a.rows(t, a.prepared(t, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('audit', 'sqlite_sequence')`)) {
		columns := a.rows(t, a.prepared(t, `SELECT name FROM pragma_table_info('`+table+`') WHERE name NOT IN ('seen', 'used') OR '`+table+`' NOT IN ('sessions', 'access_tokens')`))
		a.tables[table] = a.prepared(t, `SELECT quote(`+strings.Join(columns, `) || '|' || quote(`)+`) FROM `+table+` ORDER BY 1`)
	}
	return a
}

// kept digests all that the registry holds, but for what notes that somebody was
// there: the audit log, and when a session or a token was seen.
func (a *attack) kept(t testing.TB) string {
	t.Helper()
	version := a.rows(t, a.committed)[0]
	if version == a.version {
		return a.digest // nothing was committed since
	}
	h := sha256.New()
	for _, table := range slices.Sorted(maps.Keys(a.tables)) {
		for _, row := range a.rows(t, a.tables[table]) {
			fmt.Fprintln(h, table, row)
		}
	}
	a.version, a.digest = version, string(h.Sum(nil))
	return a.digest
}

// prepared is a query that is made a thousand times.
func (a *attack) prepared(t testing.TB, query string) *sql.Stmt {
	t.Helper()
	s, err := a.db.PrepareContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return s
}

func (a *attack) rows(t testing.TB, query *sql.Stmt) []string {
	t.Helper()
	rows, err := query.QueryContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// ask makes one request, and demands what must hold whatever it says.
func (a *attack) ask(t testing.TB, op *operation, target, body string, who somebody) {
	t.Helper()
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return // net/http answers that itself
	}
	before := a.kept(t)
	a.influx.queries = nil
	req := httptest.NewRequest(op.method, "/", strings.NewReader(body))
	req.URL, req.RequestURI = u, target
	req.Host, req.RemoteAddr = "127.0.0.1:8088", "127.0.0.1:5000"
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+systemToken)
	for i := 0; i < len(who.header); i += 2 {
		switch name, value := who.header[i], who.header[i+1]; {
		case name == "Remote":
			req.RemoteAddr = value
			req.Header.Del("Authorization")
		case value == "":
			req.Header.Del(name)
		default:
			if name == "Cookie" {
				req.Header.Del("Authorization")
			}
			req.Header.Set(name, value)
		}
	}
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, req)
	said := func() string {
		return fmt.Sprintf("%s %q by %s, body %.300q: %d %.300s", op.method, target, who.name, body, w.Code, w.Body)
	}
	full := w.Code == http.StatusInsufficientStorage || strings.Contains(w.Body.String(), "too many walls")
	if w.Code >= 500 && !full {
		t.Errorf("%s\nlog:\n%s", said(), tail(a.log.String()))
	}
	// Of a report the parts that can be used are kept.
	if w.Code >= 400 && op.ID != "report-stored" && a.kept(t) != before {
		t.Errorf("refused, and yet something changed: %s", said())
	}
	if w.Code >= 400 && len(a.influx.queries) > 0 && w.Code != 422 {
		t.Errorf("refused, and yet InfluxDB was asked %q: %s", a.influx.queries, said())
	}
	for _, q := range a.influx.queries {
		parsed, err := influxql.ParseQuery(q)
		if err != nil || len(parsed.Statements) != 1 {
			t.Errorf("InfluxDB was asked %q (%v): %s", q, err, said())
			continue
		}
		if _, ok := parsed.Statements[0].(*influxql.SelectStatement); !ok {
			t.Errorf("InfluxDB was asked %q: %s", q, said())
		}
	}
	if w.Code < 300 && w.Header().Get("Content-Type") == "application/json" && !json.Valid(w.Body.Bytes()) {
		t.Errorf("no JSON: %s", said())
	}
}

// tail is the end of a log.
func tail(log string) string { return log[max(0, len(log)-1000):] }
