package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/edge/local"
)

// configFile is a node of one sensor that is not there, and no broker.
func configFile(t *testing.T, more string) (file, dir string) {
	t.Helper()
	dir = t.TempDir()
	file = filepath.Join(dir, "siaga-edge.yaml")
	text := `
node: uji-01
site: "35.05.12.1001"
data_dir: ` + dir + `
mqtt: {url: "tcp://127.0.0.1:1"}
page: {listen: "127.0.0.1:0"` + more + `}
sensors:
  - {id: pm-1, driver: pms5003, port: /dev/siaga-test, interval: 1s}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, dir
}

// siagaEdge runs the program and returns what it printed.
func siagaEdge(ctx context.Context, args ...string) (string, error) {
	var out bytes.Buffer
	cmd := command()
	cmd.SetOut(&out)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(ctx)
	return out.String(), err
}

func TestToolsReachTheRunningAgent(t *testing.T) {
	file, dir := configFile(t, "")
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := siagaEdge(ctx, "run", "--config", file)
		ended <- err
	}()
	for {
		c, err := local.Dial(filepath.Join(dir, "agent.sock"))
		if err == nil {
			c.Close()
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if out, err := siagaEdge(t.Context(), "read", "--once", "--config", file); err != nil || !strings.Contains(out, "dari agen") || !strings.Contains(out, "pm-1") {
		t.Errorf("read: %v\n%s", err, out)
	}
	if out, err := siagaEdge(t.Context(), "queue", "--json", "--config", file); err != nil || !strings.Contains(out, `"packs":`) {
		t.Errorf("queue: %v\n%s", err, out)
	}
	if _, err := siagaEdge(t.Context(), "read", "--record", filepath.Join(dir, "tape"), "--config", file); err == nil || !strings.Contains(err.Error(), "hentikan dulu") {
		t.Errorf("recording beside the agent: %v", err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("run: %v", err)
	}
	if out, err := siagaEdge(t.Context(), "queue", "--lang", "en", "--config", file); err != nil || !strings.Contains(out, "not running") {
		t.Errorf("queue without the agent: %v\n%s", err, out)
	}
	if out, err := siagaEdge(t.Context(), "read", "--once", "--config", file); err != nil || !strings.Contains(out, "langsung") {
		t.Errorf("read without the agent: %v\n%s", err, out)
	}
}

func TestABadPINFileIsToldAtOnce(t *testing.T) {
	pin := filepath.Join(t.TempDir(), "pin")
	if err := os.WriteFile(pin, []byte("123456\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	file, _ := configFile(t, ", pin_file: "+pin)
	if _, err := siagaEdge(t.Context(), "run", "--config", file); err == nil || !strings.Contains(err.Error(), "page.pin_file: ") || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("run: %v", err)
	}
}
