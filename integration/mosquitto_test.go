//go:build integration

package integration

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// mosquitto is Debian's broker. It may be stopped and started again with the
// same port and data.
type mosquitto struct {
	addr string
	conf string
	proc *process
}

// newMosquitto starts a broker with the settings that Siaga asks for.
func newMosquitto(t *testing.T) *mosquitto {
	t.Helper()
	sample, err := os.ReadFile("../configs/mosquitto.conf")
	if err != nil {
		t.Fatal(err)
	}
	addr := freeAddr(t)
	const listener = "listener 1883 127.0.0.1\n"
	if !strings.Contains(string(sample), listener) {
		t.Fatalf("configs/mosquitto.conf has no line %q", listener)
	}
	return startMosquitto(t, addr, strings.Replace(string(sample), listener, listenerLine(addr), 1))
}

// newStockMosquitto starts a broker with its own defaults.
func newStockMosquitto(t *testing.T) *mosquitto {
	t.Helper()
	addr := freeAddr(t)
	return startMosquitto(t, addr, listenerLine(addr)+"allow_anonymous true\n")
}

func listenerLine(addr string) string {
	host, port, _ := net.SplitHostPort(addr)
	return fmt.Sprintf("listener %s %s\n", port, host)
}

// startMosquitto adds to settings only where to keep data, and, where the test
// is root, that it may write there.
func startMosquitto(t *testing.T, addr, settings string) *mosquitto {
	t.Helper()
	settings += "persistence_location " + t.TempDir() + "/\n"
	if os.Getuid() == 0 {
		settings += "user root\n"
	}
	m := &mosquitto{addr: addr, conf: write(t, "mosquitto.conf", settings)}
	m.start(t)
	return m
}

func (m *mosquitto) url() string { return "tcp://" + m.addr }

// start starts the broker (again) and waits until it listens.
func (m *mosquitto) start(t *testing.T) {
	t.Helper()
	m.proc = startCommand(t, "mosquitto", exec.Command(find(t, "mosquitto", "apt-get install mosquitto"), "-c", m.conf))
	listens(t, m.addr)
}

// restart stops the broker in order, so that it saves its sessions.
func (m *mosquitto) restart(t *testing.T) {
	t.Helper()
	m.proc.signalled(t, syscall.SIGTERM, 10*time.Second)
	m.start(t)
}

// crash kills the broker; what it had not saved is gone.
func (m *mosquitto) crash(t *testing.T) {
	t.Helper()
	m.proc.kill()
	m.start(t)
}

// find returns the path of a program that is no part of Siaga.
func find(t *testing.T, program, install string) string {
	t.Helper()
	gopath, err := exec.Command("go", "env", "GOPATH").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{program, "/usr/sbin/" + program, filepath.Join(strings.TrimSpace(string(gopath)), "bin", program)} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatalf("%s is missing: install it with: %s", program, install)
	return ""
}

// listens waits until somebody listens at addr.
func listens(t *testing.T, addr string) {
	t.Helper()
	eventually(t, 20*time.Second, "listening on "+addr, func() error {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			return err
		}
		return c.Close()
	})
}
