//go:build integration

package parts

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Influxd is InfluxDB 1.8.10. It may be stopped and started again with the same
// port and data.
type Influxd struct {
	Database
	Proc *Process

	dir, conf string
}

// NewInfluxd starts InfluxDB with an empty database siaga and its data in dir.
func NewInfluxd(t testing.TB, dir string) *Influxd {
	t.Helper()
	db := &Influxd{Database: Database{Addr: FreeAddr(t)}, dir: dir, conf: filepath.Join(dir, "influxd.conf")}
	err := os.WriteFile(db.conf, fmt.Appendf(nil, `
reporting-disabled = true
bind-address = %q
[meta]
  dir = %q
[data]
  dir = %q
  wal-dir = %q
  query-log-enabled = false
[http]
  bind-address = %q
  log-enabled = false
[monitor]
  store-enabled = false
`, FreeAddr(t), dir+"/meta", dir+"/data", dir+"/wal", db.Addr), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	db.Start(t)
	if _, err := db.Query(`CREATE DATABASE "siaga"`); err != nil {
		t.Fatal(err)
	}
	return db
}

// Start starts InfluxDB (again) and waits until it answers.
func (db *Influxd) Start(t testing.TB) {
	t.Helper()
	db.Proc = Start(t, db.dir, "influxd", exec.Command(
		Find(t, "influxd", "go install github.com/influxdata/influxdb/cmd/influxd@v1.8.10"), "run", "-config", db.conf))
	Eventually(t, 30*time.Second, "InfluxDB", func() error {
		resp, err := http.Get(db.URL() + "/ping")
		if err != nil {
			return err
		}
		return resp.Body.Close()
	})
}
