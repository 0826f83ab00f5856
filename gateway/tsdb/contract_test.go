package tsdb

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// realEnv names a running influxd 1.8.10, for a run of the contract against it.
const realEnv = "SIAGA_TEST_INFLUX_URL"

// TestContract holds the engine to the answers of InfluxDB 1.8.10, word for
// word. With SIAGA_TEST_INFLUX_URL set the real one must give them too.
func TestContract(t *testing.T) {
	t.Run("embedded", func(t *testing.T) {
		runContract(t, open(t, Options{AdminToken: testToken}).URL(), nil)
	})
	t.Run("in process", func(t *testing.T) {
		e := open(t, Options{AdminToken: testToken})
		runContract(t, "http://influx.example", e.Transport())
	})
	real := os.Getenv(realEnv)
	if real == "" {
		return
	}
	t.Run("real", func(t *testing.T) {
		tr := &http.Transport{DisableKeepAlives: true}
		resp, err := (&http.Client{Transport: tr, Timeout: 5 * time.Second}).Get(real + "/ping")
		if err != nil {
			t.Fatalf("no InfluxDB answers at %s=%s (%v): install one with `go install github.com/influxdata/influxdb/cmd/influxd@v1.8.10`, start it with `influxd`, and set %s=http://127.0.0.1:8086", realEnv, real, err, realEnv)
		}
		_ = resp.Body.Close()
		runContract(t, real, nil)
	})
}

// exchange is one request of the contract and its answer.
type exchange struct {
	name   string
	method string // "" is GET with a q, POST otherwise
	path   string // "" is /query with a q, /write otherwise
	q      string
	form   url.Values // db is the contract's where not given
	header http.Header
	body   string
	code   int
	want   string
}

// runContract asks at base, by way where it is not nil.
func runContract(t *testing.T, base string, way http.RoundTripper) {
	admin := http.Header{"Authorization": {"Token " + testToken}}
	do := func(q string) {
		t.Helper()
		a := callBy(t, way, http.MethodPost, base, "/query", url.Values{"q": {q}}, nil, admin)
		if a.code != http.StatusOK || strings.Contains(a.body, "error") {
			t.Fatalf("%s: %d %s", q, a.code, a.body)
		}
	}
	do(`DROP DATABASE siaga_contract`)
	do(`CREATE DATABASE siaga_contract`)
	do(`CREATE RETENTION POLICY short ON siaga_contract DURATION 1h REPLICATION 1`)
	defer do(`DROP DATABASE siaga_contract`)

	for _, x := range contract {
		t.Run(x.name, func(t *testing.T) {
			form := url.Values{"db": {"siaga_contract"}}
			for k, v := range x.form {
				form[k] = v
			}
			method, path := http.MethodPost, "/write"
			if x.q != "" {
				method, path = http.MethodGet, "/query"
				form.Set("q", x.q)
			}
			if x.method != "" {
				method = x.method
			}
			if x.path != "" {
				path = x.path
			}
			var body io.Reader = strings.NewReader(x.body)
			if x.header.Get("Content-Encoding") == "gzip" {
				body = zipped(t, x.body)
			}
			a := callBy(t, way, method, base, path, form, body, x.header)
			if a.code != x.code {
				t.Errorf("status %d, want %d", a.code, x.code)
			}
			if diff := cmp.Diff(x.want, a.body); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if a.code >= 400 && a.header.Get("X-Influxdb-Error") == "" {
				t.Error("no X-Influxdb-Error header")
			}
		})
	}
}

func zipped(t *testing.T, s string) io.Reader {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}
