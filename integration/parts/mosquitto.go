//go:build integration

package parts

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Mosquitto is Debian's broker. It may be stopped and started again with the same
// port and data.
type Mosquitto struct {
	Addr string
	Proc *Process

	dir, conf string
}

// NewMosquitto starts a broker by a configuration in which the listener stands as
// in configs/mosquitto.conf, with a free port and its data in dir.
func NewMosquitto(t testing.TB, dir, config string) *Mosquitto {
	t.Helper()
	m := &Mosquitto{Addr: FreeAddr(t), dir: dir, conf: filepath.Join(dir, "mosquitto.conf")}
	const listener = "listener 1883 127.0.0.1\n"
	if !strings.Contains(config, listener) {
		t.Fatalf("the configuration has no line %q", listener)
	}
	host, port, _ := net.SplitHostPort(m.Addr)
	config = strings.Replace(config, listener, fmt.Sprintf("listener %s %s\n", port, host), 1)
	config += "persistence_location " + dir + "/\n"
	if os.Getuid() == 0 {
		config += "user root\n" // it gives its rights up otherwise, and cannot write to dir
	}
	if err := os.WriteFile(m.conf, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	m.Start(t)
	return m
}

// Start starts the broker (again) and waits until it listens.
func (m *Mosquitto) Start(t testing.TB) {
	t.Helper()
	m.Proc = Start(t, m.dir, "mosquitto", exec.Command(Find(t, "mosquitto", "apt-get install mosquitto"), "-c", m.conf))
	Eventually(t, 20*time.Second, "listening on "+m.Addr, func() error {
		c, err := net.Dial("tcp", m.Addr)
		if err != nil {
			return err
		}
		return c.Close()
	})
}

// Forget removes what the dead broker had saved: sessions, queued and retained
// messages.
func (m *Mosquitto) Forget() error {
	err := os.Remove(filepath.Join(m.dir, "mosquitto.db"))
	if os.IsNotExist(err) {
		return nil
	}
	return err
}
