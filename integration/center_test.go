//go:build integration

package integration

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// center is `siaga up`. It may be killed and started again on the same data.
type center struct {
	http   string // address
	mqtt   string // address of the embedded broker
	dir    string // what DIR stands for in its configuration
	influx database
	args   []string
	proc   *process
}

// newCenter starts a demo center with both parts embedded, and as many villages
// of its own.
func newCenter(t *testing.T, villages int) *center {
	t.Helper()
	c := &center{http: freeAddr(t), mqtt: freeAddr(t), influx: database{addr: freeAddr(t)}}
	c.args = []string{
		"up", "--demo", fmt.Sprint(villages), "--data", t.TempDir(),
		"--http", c.http, "--mqtt", c.mqtt, "--influx", c.influx.addr,
	}
	c.start(t)
	return c
}

// newConfiguredCenter starts a demo center without villages by a configuration
// file; ADDR in it stands for the address of the API, DIR for a directory.
func newConfiguredCenter(t *testing.T, text string) *center {
	t.Helper()
	c := &center{http: freeAddr(t), dir: t.TempDir()}
	text = strings.NewReplacer("ADDR", c.http, "DIR", c.dir).Replace(text)
	c.args = []string{"up", "--demo", "0", "--config", write(t, "siaga.yaml", text)}
	c.start(t)
	return c
}

// start starts the center (again) and waits until it is ready.
func (c *center) start(t *testing.T) {
	t.Helper()
	c.proc = start(t, "siaga", c.args...)
	began := time.Now()
	eventually(t, 30*time.Second, "center ready", func() error {
		var body struct {
			Ready bool `json:"ready"`
		}
		select {
		case <-c.proc.ended:
			t.Fatalf("center ended: %v\n%s", c.proc.err, c.proc.stderr())
		default:
		}
		err := c.call(http.MethodGet, "/readyz", &body)
		if err == nil && !body.Ready {
			err = fmt.Errorf("%+v", body)
		}
		return err
	})
	t.Logf("center is ready after %v", time.Since(began).Round(time.Millisecond))
}

func (c *center) url() string { return "http://" + c.http }

func (c *center) call(method, path string, answer any) error {
	req, err := http.NewRequest(method, c.url()+path, http.NoBody)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, b)
	}
	return json.Unmarshal(b, answer)
}

// node is what the API says of a node.
type node struct {
	ID     string `json:"id"`
	Online bool   `json:"online"`
	Site   struct {
		Code string `json:"code"`
	} `json:"site"`
	OpenGaps int `json:"open_gaps"`
}

func (c *center) nodes(t *testing.T) []node {
	t.Helper()
	var body struct {
		Nodes []node `json:"nodes"`
	}
	if err := c.call(http.MethodGet, "/api/v1/nodes", &body); err != nil {
		t.Fatal(err)
	}
	return body.Nodes
}

// noGaps wants every one of n nodes known and, in the end, without a gap: the
// ledger has seen all packs that the nodes say they made.
func (c *center) noGaps(t *testing.T, n int) {
	t.Helper()
	eventually(t, 30*time.Second, "no gaps", func() error {
		all := c.nodes(t)
		if len(all) != n {
			return fmt.Errorf("%d nodes, want %d", len(all), n)
		}
		for _, one := range all {
			if one.OpenGaps > 0 {
				var body struct {
					Gaps []map[string]any `json:"gaps"`
				}
				err := c.call(http.MethodGet, "/api/v1/nodes/"+one.ID, &body)
				return fmt.Errorf("%s has gaps: %v (%v)", one.ID, body.Gaps, err)
			}
		}
		return nil
	})
}

// entry is one refused payload.
type entry struct {
	ID       int64  `json:"id"`
	Node     string `json:"node"`
	Topic    string `json:"topic"`
	Source   string `json:"source"`
	Reason   string `json:"reason"`
	Detail   string `json:"detail"`
	Length   int    `json:"length"`
	Seq      uint64 `json:"seq"`
	Replayed string `json:"replayed"`
	Dropped  string `json:"dropped"`
}

type quarantine struct {
	Total   int     `json:"total"`
	Entries []entry `json:"entries"`
}

func (c *center) quarantine(t *testing.T) quarantine {
	t.Helper()
	var q quarantine
	if err := c.call(http.MethodGet, "/api/v1/quarantine", &q); err != nil {
		t.Fatal(err)
	}
	return q
}

// metric returns the value of one line of /metrics, 0 where there is none.
func (c *center) metric(t *testing.T, line string) float64 {
	t.Helper()
	resp, err := http.Get(c.url() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	for l := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(l, line+" "); ok {
			v, err := json.Number(strings.TrimSpace(rest)).Float64()
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
	}
	return 0
}
