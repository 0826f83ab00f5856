//go:build integration

package integration

import (
	"os"
	"runtime"
	"testing"
)

// TestEverySerialChip lets the node's program, as it is, read one simulated chip
// of every kind that talks over a serial line.
func TestEverySerialChip(t *testing.T) {
	needsPTYs(t)
	// The radar is two sensors.
	const sensors = 10
	ports := startPorts(t, sensors, "pms5003", "sds011", "sps30", "a02yyuw", "jsn-sr04t", "mb7389", "modbus-level", "ops243", "tf-luna")
	broker := newMosquitto(t)
	tellTime(t, broker.url())
	lane := watchLive(t, broker.url())
	file, socket := boardConfig(t, broker.url(), ports)
	agent := start(t, "siaga-edge", "run", "--config", file)
	snap := allWell(t, agent, socket, sensors, patience)
	for _, s := range snap.Sensors {
		for _, v := range s.Values {
			t.Logf("%-14s %-12s %-10s %g %s", s.ID, s.Driver, v.Quantity, v.Raw, v.Unit)
		}
	}
	lane.has(t, ports, patience)
	agent.stops(t)
}

// needsPTYs skips where siaga-sim cannot serve terminals.
func needsPTYs(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("simulated serial ports are Linux pseudo-terminals: run this test on Linux")
	}
	if _, err := os.Stat("/dev/ptmx"); err != nil {
		t.Skipf("this machine has no pseudo-terminals: mount devpts: %v", err)
	}
}
