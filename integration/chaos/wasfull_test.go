//go:build integration

package chaos

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/integration/parts"
)

// TestADiskThatWasFull: nodes that come while the center's disk is full, and after
// it was, are stored when there is room again, without a restart.
func TestADiskThatWasFull(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root has disks of its own")
	}
	s := newStage(t, t.TempDir(), 0, false)
	s.center, s.db = parts.FreeAddr(t), parts.Database{Addr: parts.FreeAddr(t)}
	s.siaga(nil, "center", "up", "--demo", "0", "--config", s.write("center.yaml", fmt.Sprintf(
		"data_dir: %q\nhttp: {addr: %q}\nmqtt: {addr: %q}\ninflux: {addr: %q}\n", s.dataDir("center", "192m"), s.center, parts.FreeAddr(t), s.db.Addr)))
	s.ready()
	write := func(node int) error {
		resp, err := http.Post(s.db.URL()+"/write?db=siaga&precision=ms", "text/plain",
			strings.NewReader(fmt.Sprintf("air,node=new-%d pm1=1 %d", node, time.Now().UnixMilli())))
		if err != nil {
			return err
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusNoContent {
			return fmt.Errorf("node %d: %s", node, resp.Status)
		}
		return nil
	}
	if err := write(0); err != nil {
		t.Fatal(err)
	}
	if err := s.disks["center"].fill(); err != nil {
		t.Fatal(err)
	}
	for node := range 16 {
		_ = write(1 + node) // there is no room
	}
	if err := s.disks["center"].empty(); err != nil {
		t.Fatal(err)
	}
	for node := range 32 {
		parts.Eventually(t, 20*time.Second, "stored", func() error { return write(1 + node) })
	}
}
