//go:build integration

package tour

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/integration/parts"
)

// patience is for machines that have much else to do.
const patience = 3 * time.Minute

// center is a Command Center that other machines reach by TLS alone.
type center struct {
	url, data string
	proc      *parts.Process
}

func newCenter(t *testing.T, l *line) *center {
	t.Helper()
	dir := t.TempDir()
	web := parts.FreeAddr(t)
	config := filepath.Join(dir, "siaga.yaml")
	text := fmt.Sprintf("secure: {addrs: [%q]}\nhttp: {addr: %q}\nmqtt: {addr: \"127.0.0.1:0\"}\ninflux: {addr: \"127.0.0.1:0\"}\n", l.door(), web)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &center{url: "http://" + web, data: filepath.Join(dir, "data")}
	c.proc = parts.Start(t, dir, "siaga", exec.Command(filepath.Join(programs, "siaga"), "up", "--config", config, "--data", c.data))
	parts.Eventually(t, patience, "the center answers", func() error { return c.get("/api/v1/nodes", new(any)) })
	return c
}

// try runs a command of an operator.
func (c *center) try(args ...string) (out string, err error) {
	b, err := exec.Command(filepath.Join(programs, "siaga"), append(args, "--center", c.url, "--data", c.data)...).CombinedOutput()
	return string(b), err
}

func (c *center) run(t *testing.T, args ...string) (out string) {
	t.Helper()
	out, err := c.try(args...)
	if err != nil {
		t.Fatalf("siaga %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// get asks as somebody on the center's own machine, who may read.
func (c *center) get(path string, answer any) error {
	req, err := http.NewRequest(http.MethodGet, c.url+path, nil)
	if err != nil {
		return err
	}
	if token, err := os.ReadFile(filepath.Join(c.data, "admin.token")); err == nil {
		req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", path, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(answer)
}

// nodeAnswer is what the center says of a node.
type nodeAnswer struct {
	Online  bool       `json:"online"`
	Retired *time.Time `json:"retired"`
}

func (c *center) node(t *testing.T, id string) (n nodeAnswer) {
	t.Helper()
	if err := c.get("/api/v1/nodes/"+id, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// serials are those of the certificates that the center gave a node.
func (c *center) serials(t *testing.T, id string) (all []string) {
	t.Helper()
	var a struct {
		Certificates []struct {
			Serial string `json:"serial"`
		} `json:"certificates"`
	}
	if err := c.get("/api/v1/nodes/"+id+"/certificates", &a); err != nil {
		t.Fatal(err)
	}
	for _, cert := range a.Certificates {
		all = append(all, cert.Serial)
	}
	return all
}

// reading is a newest value as the wall has it.
type reading struct {
	Node    string    `json:"node"`
	Time    time.Time `json:"time"`
	Quality string    `json:"quality"`
	Stale   bool      `json:"stale"`
}

// latest returns the newest of a node's readings.
func (c *center) latest(id string) (r reading, err error) {
	var a struct {
		Readings []reading `json:"readings"`
	}
	if err := c.get("/api/v1/readings/latest", &a); err != nil {
		return r, err
	}
	of := slices.DeleteFunc(a.Readings, func(r reading) bool { return r.Node != id })
	if len(of) == 0 {
		return r, fmt.Errorf("no reading of %s", id)
	}
	return slices.MaxFunc(of, func(a, b reading) int { return a.Time.Compare(b.Time) }), nil
}

// good waits for a reading that was examined and is current.
func (c *center) good(t *testing.T, id string) reading {
	t.Helper()
	var r reading
	parts.Eventually(t, patience, "a good reading of "+id, func() (err error) {
		if r, err = c.latest(id); err == nil && (r.Quality != "good" || r.Stale) {
			err = fmt.Errorf("the newest is %+v", r)
		}
		return err
	})
	return r
}
