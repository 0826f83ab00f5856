//go:build browser

package local

import (
	"context"
	"net"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/siaga-id/siaga/edge/scan"
)

// TestPageInBrowser runs browser.mjs against a served village. It needs Node and
// what the wall's browser test needs.
func TestPageInBrowser(t *testing.T) {
	s := newServer(t, func(o *Options) {
		o.Scan = func(context.Context) ([]scan.Finding, error) { return found, nil }
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var served sync.WaitGroup
	served.Go(func() {
		if err := s.serve(ctx, ln, s.pageHandler()); err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	defer served.Wait()
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "browser.mjs", "http://"+ln.Addr().String()+"/")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
}
