//go:build integration

package grafana

import (
	"testing"

	"github.com/siaga-id/siaga/dashboards/grafana/provision/provisiontest"
	"github.com/siaga-id/siaga/integration/parts"
)

// TestRulesOnInfluxDB1 holds the alert rules to InfluxDB 1.8.10, as package
// provision does to the embedded engine.
func TestRulesOnInfluxDB1(t *testing.T) {
	provisiontest.Run(t, parts.NewInfluxd(t, t.TempDir()).URL())
}
