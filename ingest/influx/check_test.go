package influx

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	const found = `{"results":[{"statement_id":0,"series":[{"name":"siaga_check","columns":["time","written"],"values":[[1,1]]}]}]}`
	for _, tc := range []struct {
		name         string
		ping, write  int
		query        int
		answer, says string
	}{
		{"all well", 204, 204, 200, found, ""},
		{"not there", 502, 204, 200, found, "ping"},
		{"may not write", 204, 401, 200, found, "write"},
		{"may not read", 204, 204, 401, `{"error":"denied"}`, "denied"},
		{"no mapping", 204, 204, 200, `{"results":[{"error":"database not found: siaga"}]}`, "DBRP"},
		{"not JSON", 204, 204, 200, `<html>`, "answer"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Influxdb-Version", "9.9")
				switch r.URL.Path {
				case "/ping":
					w.WriteHeader(tc.ping)
				case "/api/v2/write":
					w.WriteHeader(tc.write)
				case "/query":
					if q := r.URL.Query(); q.Get("db") != "siaga" || q.Get("rp") != "year" {
						t.Errorf("query %s", r.URL)
					}
					w.WriteHeader(tc.query)
					_, _ = io.WriteString(w, tc.answer)
				}
			}))
			defer srv.Close()
			version, err := open(t, Config{URL: srv.URL, Bucket: "siaga/year"}).Check(context.Background())
			if tc.says == "" {
				if err != nil || version != "9.9" {
					t.Fatalf("version %q, %v", version, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Fatalf("%v does not say %q", err, tc.says)
			}
		})
	}
}

// A server that takes a write slower into its queries than into its log.
func TestCheckWaitsForTheRead(t *testing.T) {
	asked := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/query" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		answer := `{"results":[{"statement_id":0}]}`
		if asked++; asked > 1 {
			answer = `{"results":[{"series":[{}]}]}`
		}
		_, _ = io.WriteString(w, answer)
	}))
	defer srv.Close()
	if _, err := open(t, Config{URL: srv.URL, Bucket: "siaga"}).Check(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// TestRealInfluxDB holds the client to a real server, and the answers that the
// tests above assume to what that server says.
func TestRealInfluxDB(t *testing.T) {
	target := os.Getenv("SIAGA_TEST_INFLUX_URL")
	if target == "" {
		t.Skip("SIAGA_TEST_INFLUX_URL is not set: go install github.com/influxdata/influxdb/cmd/influxd@v1.8.10, " +
			"start influxd, CREATE DATABASE siaga_test, and set it to http://127.0.0.1:8086")
	}
	ctx := context.Background()
	c := open(t, Config{URL: target, Database: "siaga_test"})
	version, err := c.Check(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("InfluxDB %s", version)

	if err := c.Write(ctx, []byte(twoLines)); err != nil {
		t.Errorf("good lines: %v", err)
	}
	for name, bad := range map[string]string{
		"no field":      "air,node=n1 1700000000000\n",
		"type conflict": "air,node=n1 pm1=\"text\" 1700000000000\n",
	} {
		err := c.Write(ctx, []byte(twoLines+bad))
		if _, ok := err.(*RejectedError); !ok {
			t.Errorf("%s: %#v", name, err)
		}
	}
	err = open(t, Config{URL: target, Database: "siaga_no_such_database"}).Write(ctx, []byte(twoLines))
	if retry, ok := err.(*RetryableError); !ok || retry.Status != http.StatusNotFound {
		t.Errorf("no such database: %#v", err)
	}
}
