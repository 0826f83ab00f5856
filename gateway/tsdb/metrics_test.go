package tsdb

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func TestMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	e := open(t, Options{Metrics: reg})
	for body, want := range map[string]int{"air,node=n1 pm1=1 1\nair,node=n2 pm1=1 2": 204, "rubbish": 400} {
		resp, err := http.Post(e.URL()+"/write?db=siaga&precision=ms", "text/plain", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%q: status %d", body, resp.StatusCode)
		}
	}
	resp, err := http.Get(e.URL() + "/query?db=siaga&q=SHOW+MEASUREMENTS")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	page := httptest.NewRecorder()
	promhttp.HandlerFor(reg, promhttp.HandlerOpts{}).ServeHTTP(page, httptest.NewRequest("GET", "/metrics", nil))
	said := strings.Split(page.Body.String(), "\n")
	for _, want := range []string{
		`siaga_tsdb_writes_total{code="204"} 1`, `siaga_tsdb_writes_total{code="400"} 1`, `siaga_tsdb_write_seconds_count 2`,
		`siaga_tsdb_query_seconds_count 1`, `siaga_tsdb_points_total 2`, `siaga_tsdb_series 2`, `siaga_tsdb_unopened_shards 0`,
	} {
		if !slices.Contains(said, want) {
			t.Errorf("no line %s in\n%s", want, page.Body)
		}
	}
	if _, err := Open(Options{Dir: t.TempDir(), Addr: "127.0.0.1:0", Metrics: reg}); err == nil || !strings.Contains(err.Error(), "another time series engine") {
		t.Errorf("two in one registry: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if families, err := reg.Gather(); err != nil || len(families) > 0 {
		t.Errorf("%d metrics left after Close, %v", len(families), err)
	}
}
