package gateway

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/ingest"
)

// What the ledger cannot use is said and counted, once a minute however often it
// comes, and not asked for again; the rest is kept.
func TestReportsSayWhatWasLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := prometheus.NewRegistry()
		m := newMetrics(asked)
		reg, err := registry.Open(filepath.Join(t.TempDir(), "registry.db"), registry.Options{Kind: registry.Real, MaxNodes: 1, Observe: m.observe})
		if err != nil {
			t.Fatal(err)
		}
		defer reg.Close()
		var said bytes.Buffer
		r := reports{reg, m, &seldom{log: slog.New(slog.NewTextHandler(&said, nil))}}
		report := []ingest.StoredRange{
			{Node: "aa", Epoch: "e1", From: 1, To: 3},
			{Node: "aa", Epoch: "e1", From: 9, To: 8},
			{Node: "bb", Epoch: "e1", From: 1, To: 1},
		}
		for range 100 {
			if err := r.Stored(context.Background(), report); err != nil {
				t.Fatal(err)
			}
		}
		if n := strings.Count(said.String(), "\n"); n != 1 || !strings.Contains(said.String(), "times=2") || !strings.Contains(said.String(), "packs 9 to 8") {
			t.Fatalf("said %q", said.String())
		}
		time.Sleep(time.Minute)
		said.Reset()
		if err := r.Stored(context.Background(), report); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(said.String(), "times=200") {
			t.Fatalf("a minute later said %q", said.String())
		}
		for name, want := range map[string]float64{"siaga_registry_left_out_total": 202, "siaga_registry_change_seconds": 101, "siaga_registry_errors_total": 0} {
			if got := metric(t, asked, name, "stored"); got != want {
				t.Errorf("%s is %v, want %v", name, got, want)
			}
		}
		nodes, err := reg.Nodes(context.Background())
		if err != nil || len(nodes) != 1 || nodes[0].ID != "aa" {
			t.Errorf("nodes %+v, %v", nodes, err)
		}
	})
}
