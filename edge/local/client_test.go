package local

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/siaga-id/siaga/edge/calibration"
	"github.com/siaga-id/siaga/edge/scan"
	"github.com/siaga-id/siaga/internal/reading"
)

// running serves s on a socket until the test ends, and returns its path.
func running(t *testing.T, s *Server) string {
	t.Helper()
	// A temporary directory's own path can be too long for a socket.
	dir, err := os.MkdirTemp("", "siaga")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "agent.sock")
	ln, err := listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var served sync.WaitGroup
	served.Go(func() {
		if err := s.serve(ctx, ln, s.socketHandler()); err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	t.Cleanup(func() {
		cancel()
		served.Wait()
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the socket stays behind: %v", err)
		}
		os.RemoveAll(dir)
	})
	return path
}

func TestClient(t *testing.T) {
	path := running(t, newServer(t, nil))
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != socketMode {
		t.Fatalf("socket: %v %v", info, err)
	}
	c, err := Dial(path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx := t.Context()
	snap, err := c.Snapshot(ctx)
	if want := (village{}).Snapshot(); err != nil || snap.Node != want.Node || !snap.Time.Equal(want.Time) || *snap.Sensors[0].Values[0].Corrected != 42.1 {
		t.Errorf("snapshot %+v: %v", snap, err)
	}
	datum := calibration.Correction{Sensor: "air-1", Quantity: reading.Distance, Kind: calibration.Datum, DatumM: 3.2, Author: "Sari", Reason: "pemasangan"}
	if v, err := c.SetCorrection(ctx, datum); v != 1 || err != nil {
		t.Errorf("set: version %d, %v", v, err)
	}
	if e, err := c.Undo(ctx, "air-1", reading.Distance, "Sari", "salah baca"); err != nil || e.Event != calibration.UndoEvent || e.Correction.Version != 2 {
		t.Errorf("undo: %+v, %v", e, err)
	}
	if err := c.Replace(ctx, "air-1", "Sari", "rusak"); err != nil {
		t.Errorf("replace: %v", err)
	}
	all, err := c.Calibrations(ctx)
	if err != nil || all.Version != 3 || len(all.Sensors["air-1"].Entries) != 3 {
		t.Errorf("calibrations %+v: %v", all, err)
	}
	datum.Sensor = "air-9"
	var refused *Refusal
	if _, err := c.SetCorrection(ctx, datum); !errors.As(err, &refused) || refused.Code != CodeRefused || !strings.Contains(err.Error(), "air-9") {
		t.Errorf("a sensor that there is not: %v", err)
	}
}

func TestDialWhereNobodyListens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	if _, err := Dial(path); !errors.Is(err, ErrNotRunning) {
		t.Errorf("no file: %v", err)
	}
	stale(t, path)
	if _, err := Dial(path); !errors.Is(err, ErrNotRunning) {
		t.Errorf("stale socket: %v", err)
	}
}

// stale leaves a socket at path as a killed process does.
func stale(t *testing.T, path string) {
	t.Helper()
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	ln.SetUnlinkOnClose(false)
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestListenOnSockets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	stale(t, path)
	ln, err := listen("unix", path)
	if err != nil {
		t.Fatalf("over a stale socket: %v", err)
	}
	if _, err := listen("unix", path); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("over a living one: %v", err)
	}
	if err := ln.Close(); err != nil {
		t.Error(err)
	}
	file := pinFile(t, "data", 0o600)
	if _, err := listen("unix", file); err == nil {
		t.Error("a file was taken for a stale socket")
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "data" {
		t.Errorf("the file is harmed: %q %v", b, err)
	}
}

// A node that does not read on must not keep Run from ending, nor one that
// cannot listen.
func TestRunEndsWithItsContext(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	s := newServer(t, func(o *Options) {
		o.Listen = busy.Addr().String()
		o.Socket = filepath.Join(t.TempDir(), "s")
		o.Scan = func(ctx context.Context) ([]scan.Finding, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	var c *Client
	for c == nil {
		if c, err = Dial(s.opt.Socket); err != nil && !errors.Is(err, ErrNotRunning) {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
	defer c.Close()
	asked := make(chan error)
	go func() { asked <- c.call(context.Background(), "POST", "/api/v1/scan", struct{}{}, &struct{}{}) }()
	for len(s.scanning) == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	<-done
	if err := <-asked; err == nil {
		t.Error("a scan that was broken off looks whole")
	}
}
