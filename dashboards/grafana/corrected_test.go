package grafana_test

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/siaga-id/siaga/dashboards/grafana"
	"github.com/siaga-id/siaga/gateway/tsdb"
	"github.com/siaga-id/siaga/internal/reading"
)

// TestNothingIsCorrectedYet: where no sensor was ever corrected, the fields of
// corrected values do not exist, and raw ones are shown all the same.
func TestNothingIsCorrectedYet(t *testing.T) {
	engine, err := tsdb.Open(tsdb.Options{Dir: t.TempDir(), Addr: "127.0.0.1:0", Database: "siaga", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	lines := ""
	for _, q := range reading.Quantities() {
		lines += fmt.Sprintf("%s,node=aa,sensor=s-1 %[2]s=7,%[2]s_qc=2i %[3]d\n", q.Info().Domain, q, time.Now().Add(-time.Minute).UnixMilli())
	}
	grafana.Write(t, engine.URL(), lines)
	asked := 0
	for _, q := range grafana.Queries() {
		if !q.Simulated() {
			continue
		}
		asked++
		found := grafana.Ask(t, engine.URL(), q.InfluxQL, q.Since())
		if len(found) != 1 || len(found[0].Values) != 1 {
			t.Errorf("%s: %v", q.Where, found)
			continue
		}
		for column, want := range map[string]any{"node": "aa", "mentah": 7.0, "terkoreksi": nil} {
			if got := found[0].Values[0][slices.Index(found[0].Columns, column)]; got != want {
				t.Errorf("%s: %s is %v, want %v", q.Where, column, got, want)
			}
		}
	}
	if asked == 0 {
		t.Error("no query asks for newest values")
	}
}
