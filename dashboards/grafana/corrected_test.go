package grafana_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/dashboards/grafana"
	"github.com/siaga-id/siaga/gateway/api"
	"github.com/siaga-id/siaga/gateway/tsdb"
	"github.com/siaga-id/siaga/internal/reading"
)

// TestCorrectedStandsBesideRaw asks InfluxDB's engine with one of two nodes
// corrected, and before with none, when the field does not exist.
func TestCorrectedStandsBesideRaw(t *testing.T) {
	engine, err := tsdb.Open(tsdb.Options{Dir: t.TempDir(), Addr: "127.0.0.1:0", Database: "siaga", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	influx, err := api.NewInflux("http://"+engine.Addr(), "siaga", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		influx.Close()
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	now := time.Now()
	nodes := func(query string) string {
		found, err := influx.Query(t.Context(), grafana.Expand(query, now.Add(-time.Hour), now, 10*time.Second))
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		var names []string
		for _, s := range found {
			names = append(names, s.Tags["node"])
		}
		return strings.Join(names, " ")
	}
	ask := func(corrected string) {
		for _, p := range grafana.Overview(false).Panels {
			if p.Corrected == "" {
				continue
			}
			if got := nodes(p.Query); got != "aa bb" {
				t.Errorf("%s: raw of %q", p.Title, got)
			}
			if got := nodes(p.Corrected); got != corrected {
				t.Errorf("%s: corrected of %q, want %q", p.Title, got, corrected)
			}
		}
	}
	for _, node := range []string{"aa", "bb"} {
		write(t, engine.Addr(), node, now, func(q reading.Quantity) reading.Quantity { return q })
	}
	ask("")
	write(t, engine.Addr(), "aa", now, reading.Quantity.Corrected)
	ask("aa")
}

// write stores a reading of what of makes of every quantity.
func write(t *testing.T, addr, node string, now time.Time, of func(reading.Quantity) reading.Quantity) {
	t.Helper()
	var lines strings.Builder
	for _, raw := range reading.Quantities() {
		q := of(raw)
		fmt.Fprintf(&lines, "%s,node=%s,sensor=s-1 %[3]s=1,%[3]s_qc=2i %[4]d\n", q.Info().Domain, node, q, now.Add(-time.Minute).UnixMilli())
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Post("http://"+addr+"/write?db=siaga&precision=ms", "text/plain", strings.NewReader(lines.String()))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		t.Fatalf("write: %d", resp.StatusCode)
	}
}
