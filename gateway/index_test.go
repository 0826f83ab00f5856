package gateway

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
)

// What the ledger of a running center is told of late readings waits durably for
// their roll-ups.
func TestCenterKeepsTheHoursOfLateReadings(t *testing.T) {
	cfg := config(t.TempDir())
	c := run(t, cfg)
	old := time.Now().Add(-40 * 24 * time.Hour) // rolled up long ago
	err := c.registry.Stored(t.Context(), []registry.StoredRange{{Node: "n1", Epoch: "e1", From: 1, To: 1, Readings: 1, Oldest: old, Newest: old}})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(filepath.Join(c.DataDir(), "index.json"))
	if err != nil || !strings.Contains(string(kept), `"n1"`) {
		t.Errorf("kept: %s, %v", kept, err)
	}
}

func TestIndexConfig(t *testing.T) {
	cfg := config(t.TempDir())
	cfg.Index.ISPUTop = 350
	if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), "index.ispu_top") {
		t.Errorf("350: %v", err)
	}
}
