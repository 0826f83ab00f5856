//go:build unix

package watchdog

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// systemd listens where systemd would, and returns what it is told next.
func systemd(t *testing.T, watchdogUSec int) func() string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", strconv.Itoa(watchdogUSec))
	t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))
	heard := make(chan string, 10_000) // the kernel keeps ten, and then who tells waits
	go func() {
		defer close(heard)
		b := make([]byte, 256)
		for {
			n, err := conn.Read(b)
			if err != nil {
				return // closed
			}
			heard <- string(b[:n])
		}
	}()
	t.Cleanup(func() {
		conn.Close()
		for range heard { // until nobody listens
		}
	})
	return func() string {
		said, ok := <-heard
		if !ok {
			t.Fatal("nothing is heard any more")
		}
		return said
	}
}

func TestTellsSystemdWhatItWantsToKnow(t *testing.T) {
	for _, tc := range []struct {
		alive bool
		want  string
	}{{true, "WATCHDOG=1"}, {false, "STOPPING=1"}} {
		told := systemd(t, 2000)
		asked := make(chan struct{}, 1)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- Run(ctx, func() bool {
				select {
				case asked <- struct{}{}:
				default:
				}
				return tc.alive
			}, slog.New(slog.DiscardHandler))
		}()
		if got := told(); got != "READY=1" {
			t.Errorf("alive %v: first %q", tc.alive, got)
		}
		for range 4 {
			<-asked
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if got := told(); got != tc.want {
			t.Errorf("alive %v: then %q, want %q", tc.alive, got, tc.want)
		}
	}
}

func TestWithoutSystemdNothingHappens(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	if err := Run(t.Context(), func() bool { t.Error("asked"); return true }, slog.New(slog.DiscardHandler)); err != nil {
		t.Error(err)
	}
}
