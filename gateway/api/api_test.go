package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/siaga-id/siaga/gateway/access"
	"github.com/siaga-id/siaga/gateway/live"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/password"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 3, 1, 5, 0, 0, 0, time.UTC)

// asked is a Querier that remembers and answers what it is told to.
type asked struct {
	mu      sync.Mutex
	queries []string
	answer  []Series
	err     error
}

func (a *asked) Query(_ context.Context, q string) ([]Series, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.queries = append(a.queries, q)
	return a.answer, a.err
}

type idle struct{}

func (idle) Accepting() (bool, string) { return true, "" }

func (idle) Delay() (time.Duration, time.Duration) {
	return 40 * time.Millisecond, 120 * time.Millisecond
}

// center is a server and all it stands on.
type center struct {
	*Server
	reg    *registry.Registry
	hub    *live.Hub
	influx *asked
	people *access.Access
	file   string // of the registry
	log    *bytes.Buffer
	replay func(context.Context, registry.Entry) error
}

// The tokens of the center's own machine, and of ingesters on others.
const (
	systemToken = "siaga_system_SYSTEMSYSTEMSYSTEMSYSTEMSY"
	reportToken = "s3cret"
)

func build(t testing.TB, now func() time.Time, change func(*Options)) *center {
	t.Helper()
	file := filepath.Join(t.TempDir(), "registry.db")
	reg, err := registry.Open(file, registry.Options{Kind: registry.Demo, Now: now, QuarantineEntries: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reg.Close() })
	c := &center{reg: reg, hub: live.New(live.Options{Now: now, Queue: 2}), influx: &asked{}, file: file, log: new(bytes.Buffer)}
	log := slog.New(slog.NewTextHandler(&lines{to: c.log}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c.people, err = access.New(t.Context(), access.Options{Registry: reg, SystemToken: systemToken, ReportToken: reportToken, Cost: password.Least, Now: now, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	opt := Options{
		Registry: reg, Hub: c.hub, Influx: c.influx, Ingest: idle{}, Gatherer: prometheus.NewRegistry(), Wall: fstest.MapFS{},
		Replay: func(ctx context.Context, e registry.Entry) error { return c.replay(ctx, e) },
		Access: c.people, Version: "1.2.3", Now: now, Logger: log,
	}
	if change != nil {
		change(&opt)
	}
	if c.Server, err = New(opt); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.end)
	return c
}

// lines is what is logged, by several at once.
type lines struct {
	mu sync.Mutex
	to *bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(b)
}

func fixed() time.Time { return noon }

// village puts a node with a reading, a gap and more behind the server.
func (c *center) village(t testing.TB) {
	t.Helper()
	ctx := t.Context()
	then := noon.Add(-2 * time.Hour)
	err := c.reg.PutSites(ctx, []registry.Site{{Code: "35.05.12.1001", Name: "Sutojayan", District: "Sutojayan", Lat: -8.1856, Lon: 112.2194}})
	st := &wire.NodeState{
		Online: true, Version: "1.2.3", Boot: "b1", Clock: wire.Synced, ClockErrS: 0.01, Sim: true, Site: "35.05.12.1001", Epoch: "e1", NextSeq: 11,
		Outstanding: []wire.SeqRange{{From: 9, To: 10}}, GivenUp: []wire.GivenUp{{From: 3, To: 4, Reason: "disk full"}},
		Queue: wire.QueueState{Packs: 2, Bytes: 300, OldestMS: then.UnixMilli()},
		Sensors: []wire.SensorState{
			{ID: "pm-1", Driver: "pms5003", IntervalMS: 2000, Quantities: []string{"pm1", "pm2_5", "pm10"}, Health: wire.HealthOK},
			{ID: "bme-1", Driver: "bme280", IntervalMS: 5000, Health: wire.HealthFailing, Error: "no answer"},
		},
	}
	err = errors.Join(err, c.reg.States(ctx, []registry.StateReport{{Node: "sutojayan-01", State: st, Received: then}}))
	err = errors.Join(err, c.reg.Stored(ctx, []registry.StoredRange{{Node: "sutojayan-01", Epoch: "e1", From: 1, To: 2, Readings: 2697, Oldest: noon.Add(-40 * time.Minute), Newest: noon.Add(-30 * time.Minute)}}))
	err = errors.Join(err, c.reg.Stored(ctx, []registry.StoredRange{{Node: "jegu-01", Epoch: "e1", From: 1, To: 1}}))
	err = errors.Join(err, c.reg.Stored(ctx, []registry.StoredRange{{Node: "sutojayan-01", Epoch: "e1", From: 2, To: 2, Conflict: true}}))
	err = errors.Join(err, c.reg.Quarantine(ctx, []registry.Refused{{
		Time: noon, Node: "jegu-01", Topic: "siaga/v1/jegu-01/live", Source: "center", Reason: "syntax", Detail: "not an array", Kind: "pack", Length: 2, Payload: []byte("{}"),
	}}))
	if err != nil {
		t.Fatal(err)
	}
	c.hub.State("sutojayan-01", st, noon.Add(-time.Second))
	c.hub.Observe(&wire.Pack{Node: "sutojayan-01", Clock: wire.Synced, Sim: true, Readings: []reading.Reading{
		{Sensor: "pm-1", Quantity: reading.PM2_5, Value: 12.3, TimeMS: noon.Add(-1200 * time.Millisecond).UnixMilli(), Quality: reading.NotEvaluated},
		{Sensor: "pm-1", Quantity: reading.PM2_5.Corrected(), Value: 9.8, TimeMS: noon.Add(-1200 * time.Millisecond).UnixMilli(), Quality: reading.NotEvaluated},
		{Sensor: "pm-1", Quantity: reading.PM10, Value: 20, TimeMS: noon.Add(-7 * time.Second).UnixMilli(), Quality: reading.Suspect},
	}}, noon)
	c.hub.Observe(&wire.Pack{Node: "jegu-01", Clock: wire.Unknown, Readings: []reading.Reading{
		{Sensor: "air-1", Quantity: reading.Level, Value: 1.234, TimeMS: -3000, Quality: reading.NotEvaluated},
	}}, noon.Add(-time.Second))
}

// do asks with the token of the center's own machine, unless a header says who
// asks or from where.
func (c *center) do(method, target, body string, header ...string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, target, strings.NewReader(body))
	req.Host, req.RemoteAddr = "127.0.0.1:8088", "127.0.0.1:5000"
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Authorization", "Bearer "+systemToken)
	for i := 0; i < len(header); i += 2 {
		switch header[i] {
		case "Host":
			req.Host = header[i+1]
		case "Remote":
			req.RemoteAddr = header[i+1]
			req.Header.Del("Authorization")
		case "Cookie":
			req.Header.Del("Authorization")
		}
		if header[i+1] == "" {
			req.Header.Del(header[i])
		} else if header[i] != "Remote" {
			req.Header.Set(header[i], header[i+1])
		}
	}
	w := httptest.NewRecorder()
	c.Handler().ServeHTTP(w, req)
	return w
}

func TestGolden(t *testing.T) {
	c := build(t, fixed, nil)
	c.village(t)
	value, flag, then := 12.3, 3.0, float64(noon.UnixMilli())
	c.influx.answer = []Series{{Tags: map[string]string{"sensor": "pm-1"}, Values: [][]*float64{{&then, &value, &flag}, {&then, nil, nil}}}}
	if w := c.do("POST", "/api/v1/wall", `{"wall":"dinding-1","newest":"2026-03-01T11:59:58.5+07:00"}`); w.Code != 204 {
		t.Fatalf("heartbeat: %d %s", w.Code, w.Body)
	}
	for name, path := range map[string]string{
		"nodes":      "/api/v1/nodes",
		"node":       "/api/v1/nodes/sutojayan-01",
		"latest":     "/api/v1/readings/latest",
		"latest_one": "/api/v1/readings/latest?node=sutojayan-01&quantity=pm10",
		"history":    "/api/v1/readings?node=sutojayan-01&quantity=pm2_5",
		"status":     "/api/v1/status",
		"quarantine": "/api/v1/quarantine",
		"openapi":    "/api/v1/openapi.json",
		"readyz":     "/readyz",
	} {
		t.Run(name, func(t *testing.T) {
			w := c.do("GET", path, "")
			if w.Code != 200 {
				t.Fatalf("%d: %s", w.Code, w.Body)
			}
			var got bytes.Buffer
			if err := json.Indent(&got, bytes.TrimSpace(w.Body.Bytes()), "", "  "); err != nil {
				t.Fatalf("%v: %s", err, w.Body)
			}
			got.WriteByte('\n')
			file := filepath.Join("testdata", name+".json")
			if *update {
				if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", path, diff)
			}
		})
	}
}

func TestAnswers(t *testing.T) {
	c := build(t, fixed, func(o *Options) {
		o.Hosts = []string{"siaga.blitarkab.go.id"}
	})
	c.village(t)
	for _, tc := range []struct {
		name, method, target, body string
		header                     []string
		want                       int
	}{
		{"health", "GET", "/healthz", "", nil, 200},
		{"metrics", "GET", "/metrics", "", nil, 200},
		{"no such node", "GET", "/api/v1/nodes/nowhere-01", "", nil, 404},
		{"no node id", "GET", "/api/v1/nodes/Nowhere", "", nil, 422},
		{"no such path", "GET", "/api/v1/nothing", "", nil, 404},
		{"wrong method", "PUT", "/api/v1/nodes", "{}", nil, 405},
		{"other host", "GET", "/api/v1/nodes", "", []string{"Host", "evil.example:8088"}, 421},
		{"no host", "GET", "/api/v1/nodes", "", []string{"Host", ""}, 421},
		{"configured host", "GET", "/healthz", "", []string{"Host", "SIAGA.blitarkab.go.id"}, 200},
		{"localhost", "GET", "/healthz", "", []string{"Host", "localhost:8088"}, 200},
		{"address", "GET", "/healthz", "", []string{"Host", "[::1]:8088"}, 200},
		{"wall", "POST", "/api/v1/wall", `{"wall":"w1"}`, []string{"Origin", "http://127.0.0.1:8088"}, 204},
		{"wall of another origin", "POST", "/api/v1/wall", `{"wall":"w1"}`, []string{"Origin", "http://evil.example"}, 403},
		{"wall of another site", "POST", "/api/v1/wall", `{"wall":"w1"}`, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"drop from another origin", "DELETE", "/api/v1/quarantine", `{"ids":[9]}`, []string{"Origin", "http://127.0.0.1:9999"}, 403},
		{"wall without name", "POST", "/api/v1/wall", `{"newest":null}`, nil, 422},
		{"wall with a bad name", "POST", "/api/v1/wall", `{"wall":"<script>"}`, nil, 422},
		{"too long", "POST", "/api/v1/wall", `{"wall":"` + strings.Repeat("a", 2<<20) + `"}`, nil, 413},
		{"unknown quantity", "GET", "/api/v1/readings/latest?quantity=pm25", "", nil, 422},
		{"corrected quantity", "GET", "/api/v1/readings/latest?quantity=pm2_5_cor", "", nil, 200},
		{"bad node", "GET", "/api/v1/readings/latest?node=..", "", nil, 422},
		{"stored", "POST", "/api/v1/ingest/stored", `{"ranges":[{"node":"aa","epoch":"e","from":1,"to":2,"check":7,"readings":3,"oldest_ms":1,"newest_ms":2}]}`, nil, 204},
		{"stored, remote", "POST", "/api/v1/ingest/stored", `{"ranges":[]}`, []string{"Remote", "10.0.0.5:99"}, 401},
		{"stored, remote, token", "POST", "/api/v1/ingest/stored", `{"ranges":[]}`, []string{"Remote", "10.0.0.5:99", "Authorization", "Bearer s3cret"}, 204},
		{"stored, wrong token", "POST", "/api/v1/ingest/stored", `{"ranges":[]}`, []string{"Authorization", "Bearer guess"}, 401},
		{"stored, from this machine", "POST", "/api/v1/ingest/stored", `{"ranges":[]}`, []string{"Authorization", ""}, 204},
		{"stored, through a proxy", "POST", "/api/v1/ingest/stored", `{"ranges":[]}`, []string{"Authorization", "", "X-Forwarded-For", "10.0.0.5"}, 401},
		{"stored, nonsense", "POST", "/api/v1/ingest/stored", `{"ranges":[{"node":"aa","epoch":"e","from":2,"to":1,"readings":3,"oldest_ms":1,"newest_ms":2}]}`, nil, 422},
		{"refused", "POST", "/api/v1/ingest/quarantine", `{"entries":[` + entryJSON("AA==") + `]}`, nil, 204},
		{"refused, too many", "POST", "/api/v1/ingest/quarantine", `{"entries":[` + entryJSON("AQ==") + `,` + entryJSON("Ag==") + `]}`, nil, 507},
		{"drop", "DELETE", "/api/v1/quarantine", `{"ids":null}`, nil, 200},
		{"lost", "POST", "/api/v1/nodes/sutojayan-01/gaps/lost", `{"epoch":"e1","from":9,"to":10,"reason":"the card is dead","who":"Budi"}`, nil, 200},
		{"lost, no such node", "POST", "/api/v1/nodes/nowhere-01/gaps/lost", `{"epoch":"e1","from":9,"to":10,"reason":"dead","who":"Budi"}`, nil, 404},
		{"lost, no such epoch", "POST", "/api/v1/nodes/sutojayan-01/gaps/lost", `{"epoch":"e9","from":9,"to":10,"reason":"dead","who":"Budi"}`, nil, 404},
		{"lost, no node id", "POST", "/api/v1/nodes/Nowhere/gaps/lost", `{"epoch":"e1","from":9,"to":10,"reason":"dead","who":"Budi"}`, nil, 422},
		{"lost, backwards", "POST", "/api/v1/nodes/sutojayan-01/gaps/lost", `{"epoch":"e1","from":10,"to":9,"reason":"dead","who":"Budi"}`, nil, 422},
		{"lost, by nobody", "POST", "/api/v1/nodes/sutojayan-01/gaps/lost", `{"epoch":"e1","from":9,"to":10,"reason":"dead","who":""}`, nil, 422},
		{"lost, by the node", "POST", "/api/v1/nodes/sutojayan-01/gaps/lost", `{"epoch":"e1","from":9,"to":10,"reason":"dead","who":"node"}`, nil, 422},
		{"lost, remote", "POST", "/api/v1/nodes/sutojayan-01/gaps/lost", `{"epoch":"e1","from":9,"to":10,"reason":"dead","who":"Budi"}`, []string{"Remote", "10.0.0.5:99"}, 401},
		{"lost, remote, token", "POST", "/api/v1/nodes/sutojayan-01/gaps/lost", `{"epoch":"e1","from":9,"to":10,"reason":"dead","who":"Budi"}`, []string{"Remote", "10.0.0.5:99", "Authorization", "Bearer s3cret"}, 403},
		{"lost, from another page", "POST", "/api/v1/nodes/sutojayan-01/gaps/lost", `{"epoch":"e1","from":9,"to":10,"reason":"dead","who":"Budi"}`, []string{"Origin", "http://evil.example"}, 403},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := c.do(tc.method, tc.target, tc.body, tc.header...)
			if w.Code != tc.want {
				t.Fatalf("%d, want %d: %s", w.Code, tc.want, w.Body)
			}
			if got := w.Header().Get("Content-Security-Policy"); !strings.Contains(got, "default-src 'none'") || strings.Contains(got, "http") {
				t.Errorf("content policy %q", got)
			}
		})
	}
}

func entryJSON(payload string) string {
	return `{"kind":"pack","ingester":"i2","topic":"siaga/v1/aa/live","check":7,"length":1,"received_ms":5,"reason":"syntax","detail":"","later":true,"payload":"` + payload + `"}`
}

func TestReplay(t *testing.T) {
	c := build(t, fixed, nil)
	c.village(t)
	c.replay = func(context.Context, registry.Entry) error { return errors.New("queue is full") }
	w := c.do("POST", "/api/v1/quarantine/replay", `{"ids":[1,99]}`)
	if w.Code != 200 || w.Body.String() != `{"done":0,"failed":2,"failures":[{"id":1,"reason":"queue is full"},{"id":99,"reason":"not found"}],"unfinished":false}`+"\n" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	var got string
	c.replay = func(_ context.Context, e registry.Entry) error { got = e.Topic + string(e.Payload); return nil }
	if w := c.do("POST", "/api/v1/quarantine/replay", `{"ids":null}`); w.Code != 200 || w.Body.String() != `{"done":1,"failed":0,"failures":[],"unfinished":false}`+"\n" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if got != "siaga/v1/jegu-01/live{}" {
		t.Fatalf("replayed %q", got)
	}
}

func TestReadyz(t *testing.T) {
	c := build(t, fixed, func(o *Options) {
		o.Checks = []Check{
			{"broker", func(context.Context) error { return nil }},
			{"influx", func(context.Context) error { return errors.New("InfluxDB at 127.0.0.1:8086 does not answer") }},
		}
	})
	w := c.do("GET", "/readyz", "")
	if w.Code != 503 || !strings.Contains(w.Body.String(), `{"name":"influx","ready":false,"words":"InfluxDB at 127.0.0.1:8086 does not answer"}`) {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
}

func TestWallFiles(t *testing.T) {
	c := build(t, fixed, nil)
	for _, page := range []string{"/", "/masuk", "/nodes"} {
		if w := c.do("GET", page, ""); w.Code != 200 || !strings.Contains(w.Body.String(), "make wall") {
			t.Fatalf("%s without a wall: %d %s", page, w.Code, w.Body)
		}
	}
	c = build(t, fixed, func(o *Options) {
		o.Wall = fstest.MapFS{
			"index.html":       {Data: []byte("<p>wall")},
			"masuk.html":       {Data: []byte("<p>sign in")},
			"nodes.html":       {Data: []byte("<p>nodes")},
			"assets/a-1234.js": {Data: []byte("1")},
			".hidden/secret":   {Data: []byte("x"), Mode: fs.ModeDir},
		}
	})
	for path, want := range map[string]struct {
		code        int
		body, cache string
	}{
		"/":                      {200, "<p>wall", "no-cache"},
		"/masuk":                 {200, "<p>sign in", "no-cache"},
		"/nodes":                 {200, "<p>nodes", "no-cache"},
		"/nodes/":                {301, "", ""},
		"/nodes/jegu-01":         {404, "", ""},
		"/assets/a-1234.js":      {200, "1", "public, max-age=31536000, immutable"},
		"/assets/":               {404, "", ""},
		"/assets":                {404, "", ""},
		"/nothing":               {404, "", ""},
		"/../api_test.go":        {307, "", ""},
		"/..%2f..%2fapi_test.go": {404, "", ""},
	} {
		w := c.do("GET", path, "")
		if w.Code != want.code || want.body != "" && w.Body.String() != want.body || w.Header().Get("Cache-Control") != want.cache {
			t.Errorf("%s: %d %q %v", path, w.Code, w.Body, w.Header())
		}
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	c := build(t, time.Now, nil)
	srv := httptest.NewUnstartedServer(nil) // for its listener
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.Serve(ctx, srv.Listener) }()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	resp, err := client.Get("http://" + srv.Listener.Addr().String() + "/api/v1/live")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := resp.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("content type %q", got)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Errorf("the event stream was cut off: %v", err)
	}
}

func TestMissingOptions(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Fatal("New without anything was accepted")
	}
}
