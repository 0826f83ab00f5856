package provision_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/siaga-id/siaga/dashboards/grafana/provision"
	"github.com/siaga-id/siaga/dashboards/grafana/provision/provisiontest"
	"github.com/siaga-id/siaga/gateway/tsdb"
)

// TestRulesOnTheEmbeddedEngine: those on InfluxDB 1.8 are in integration/grafana.
func TestRulesOnTheEmbeddedEngine(t *testing.T) {
	engine, err := tsdb.Open(tsdb.Options{Dir: t.TempDir(), Addr: "127.0.0.1:0", Database: "siaga", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	}()
	provisiontest.Run(t, engine.URL())
}

// TestOneHeartbeat: a rule that fires without data would, of nodes, fire for none
// of them by name, and all others must not let silence end an alert.
func TestOneHeartbeat(t *testing.T) {
	beats := 0
	uids := map[string]bool{}
	for _, r := range provision.Rules() {
		if uids[r.UID] || !strings.HasPrefix(r.UID, "siaga-") || len(r.UID) > 40 { // Grafana's limit of a uid
			t.Errorf("uid %q is taken or not Grafana's", r.UID)
		}
		uids[r.UID] = true
		if r.Heartbeat {
			beats++
		}
		if r.Heartbeat == strings.Contains(r.Query, "GROUP BY") {
			t.Errorf("%s: %s", r.UID, r.Query)
		}
		if r.Severity != "warning" && r.Severity != "critical" {
			t.Errorf("%s: severity %q", r.UID, r.Severity)
		}
	}
	if beats != 1 {
		t.Errorf("%d heartbeats", beats)
	}
}
