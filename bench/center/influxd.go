//go:build linux

package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/siaga-id/siaga/bench/process"
)

// influxdSettings is as InfluxDB 1.8 comes, but for addresses, folders, logs of each
// request, which cost, and compactions, which are paced as the embedded engine has them.
const influxdSettings = `reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
  dir = "%[1]s/meta"
[data]
  dir = "%[1]s/data"
  wal-dir = "%[1]s/wal"
  query-log-enabled = false
  compact-throughput = "4m"
  compact-throughput-burst = "8m"
[http]
  bind-address = "%[2]s"
  log-enabled = false
[monitor]
  store-enabled = false
`

// influxd is a running InfluxDB 1.8 with an empty database "siaga".
type influxd struct {
	url string
	cmd *exec.Cmd
	log *os.File
}

// startInfluxd starts the program, whose data and log lie in dir.
func startInfluxd(ctx context.Context, program, dir string) (db *influxd, err error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "influxd.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, influxdSettings, dir, addr), 0o600); err != nil {
		return nil, err
	}
	db = &influxd{url: "http://" + addr, cmd: process.Command(program, "-config", file)}
	if db.log, err = os.Create(filepath.Join(dir, "log")); err != nil {
		return nil, err
	}
	db.cmd.Stderr = db.log
	if err := db.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start influxd: %w: CONTRIBUTING.md says where it comes from", err)
	}
	for until := time.Now().Add(time.Minute); ; {
		if err = db.create(ctx); err == nil {
			return db, nil
		}
		if time.Now().After(until) || process.Wait(ctx, 100*time.Millisecond) != nil {
			return nil, fmt.Errorf("influxd does not answer: %w, its log is %s", err, db.log.Name())
		}
	}
}

func (db *influxd) create(ctx context.Context) error {
	form := url.Values{"q": {"CREATE DATABASE siaga"}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, db.url+"/query", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("create database: %s", resp.Status)
	}
	return nil
}

// end ends it; its data is thrown away.
func (db *influxd) end() error {
	err := db.cmd.Process.Kill()
	_ = db.cmd.Wait() // it says that it was killed
	db.log.Close()
	return err
}

// freeAddr is an address that nobody listens at.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
