package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/calibration"
	"github.com/siaga-id/siaga/edge/local"
	"github.com/siaga-id/siaga/internal/reading"
)

func TestOpenCalibrateNodeWithoutAgent(t *testing.T) {
	cfg := edge.DefaultConfig()
	cfg.DataDir = t.TempDir()
	node, err := openCalibrateNode(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer node.Close()
	if _, ok := node.(*stoppedNode); !ok {
		t.Errorf("%T", node)
	}
	if err := os.WriteFile(filepath.Join(cfg.DataDir, "calibration.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	var damage *calibration.DamageError
	if _, err := openCalibrateNode(cfg); !errors.As(err, &damage) {
		t.Error(err)
	}
}

// TestCalibrateThroughTheAgent changes corrections through the socket of what
// stands in for a running agent.
func TestCalibrateThroughTheAgent(t *testing.T) {
	b := newBench(t)
	server := local.New(local.Options{
		Node: silentNode{}, Store: b.node.store, Socket: filepath.Join(filepath.Dir(b.file), "agent.sock"),
		Gives: map[reading.SensorID][]reading.Quantity{"bme-1": {reading.Temperature}},
	})
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { server.Run(ctx) })
	defer running.Wait()
	defer stop()
	for {
		client, err := local.Dial(filepath.Join(filepath.Dir(b.file), "agent.sock"))
		if err == nil {
			client.Close()
			break
		}
		if !errors.Is(err, local.ErrNotRunning) {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
	for _, tc := range []struct{ args, want string }{
		{"calibrate set bme-1 temperature --offset -0.4 --yes --reason x", "versi 1"},
		{"calibrate set bme-1 temperature --polynomial 1,0.5 --yes --reason x", "-0.4 °C  →  polinom 1, 0.5"},
		{"calibrate undo bme-1 temperature --yes --reason x", "kembali ke versi 1"},
		{"calibrate list", "-0.4 °C"},
		{"replace bme-1 --yes --reason x", "Diakhiri: temperature, versi 3"},
		{"calibrate history bme-1", "sensor diganti"},
	} {
		var out bytes.Buffer
		root := command()
		root.SetOut(&out)
		root.SetArgs(append(strings.Fields(tc.args), "--config", b.file))
		if err := root.ExecuteContext(ctx); err != nil || !strings.Contains(out.String(), tc.want) {
			t.Fatalf("%s: %v, want %q:\n%s", tc.args, err, tc.want, &out)
		}
	}
	if v := b.node.store.Version(); v != 4 {
		t.Errorf("the agent's own store is at version %d", v)
	}
}

// silentNode has no sensor that says anything.
type silentNode struct{}

func (silentNode) Snapshot() edge.Snapshot { return edge.Snapshot{} }
