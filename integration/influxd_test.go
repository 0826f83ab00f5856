//go:build integration

package integration

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// influxd is InfluxDB 1.8.10. It may be stopped and started again with the same
// port and data.
type influxd struct {
	database
	conf string
	proc *process
}

// newInfluxd starts InfluxDB with an empty database siaga. With a password, it
// lets nobody in but the user siaga.
func newInfluxd(t *testing.T, password string) *influxd {
	t.Helper()
	dir, addr := t.TempDir(), freeAddr(t)
	db := &influxd{
		database: database{addr: addr, password: password},
		conf: write(t, "influxd.conf", fmt.Sprintf(`
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
  auth-enabled = %t
[monitor]
  store-enabled = false
`, freeAddr(t), dir+"/meta", dir+"/data", dir+"/wal", addr, password != "")),
	}
	db.start(t)
	if password != "" {
		db.must(t, fmt.Sprintf(`CREATE USER "siaga" WITH PASSWORD '%s' WITH ALL PRIVILEGES`, password))
	}
	db.must(t, `CREATE DATABASE "siaga"`)
	return db
}

func (db *influxd) start(t *testing.T) {
	t.Helper()
	db.proc = startCommand(t, "influxd", exec.Command(
		find(t, "influxd", "go install github.com/influxdata/influxdb/cmd/influxd@v1.8.10"), "run", "-config", db.conf))
	eventually(t, 20*time.Second, "InfluxDB", func() error {
		resp, err := http.Get(db.url() + "/ping")
		if err != nil {
			return err
		}
		return resp.Body.Close()
	})
}

func (db *influxd) stop(t *testing.T) {
	t.Helper()
	db.proc.signalled(t, syscall.SIGTERM, 20*time.Second)
}

// database answers InfluxQL: influxd, or the engine inside a center.
type database struct {
	addr     string
	password string // of the user siaga; "" asks without
}

func (db database) url() string { return "http://" + db.addr }

// series is one series of an InfluxQL answer.
type series struct {
	Name    string            `json:"name"`
	Tags    map[string]string `json:"tags"`
	Columns []string          `json:"columns"`
	Values  [][]any           `json:"values"`
}

// query asks for the database siaga, times in milliseconds.
func (db database) query(q string) ([]series, error) {
	req, err := http.NewRequest(http.MethodPost, db.url()+"/query", strings.NewReader(url.Values{"db": {"siaga"}, "epoch": {"ms"}, "q": {q}}.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if db.password != "" {
		req.SetBasicAuth("siaga", db.password)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var answer struct {
		Error   string `json:"error"`
		Results []struct {
			Error  string   `json:"error"`
			Series []series `json:"series"`
		} `json:"results"`
	}
	dec := json.NewDecoder(resp.Body)
	dec.UseNumber()
	if err := dec.Decode(&answer); err != nil {
		return nil, fmt.Errorf("query %q: %s: %w", q, resp.Status, err)
	}
	if answer.Error != "" || len(answer.Results) != 1 || answer.Results[0].Error != "" {
		return nil, fmt.Errorf("query %q: %s: %+v", q, resp.Status, answer)
	}
	return answer.Results[0].Series, nil
}

func (db database) must(t *testing.T, q string) []series {
	t.Helper()
	s, err := db.query(q)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
