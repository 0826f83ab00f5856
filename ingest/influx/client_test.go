package influx

import (
	"compress/gzip"
	"context"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const twoLines = "air,node=n1 pm1=1,pm1_qc=2i 1700000000000\nair,node=n1 pm1=2,pm1_qc=2i 1700000001000\n"

func open(t *testing.T, conf Config) *Client {
	t.Helper()
	c, err := New(conf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// answering returns a client of a server that always gives that answer.
func answering(t *testing.T, status int, header map[string]string, body string) *Client {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for k, v := range header {
			w.Header().Set(k, v)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(srv.Close)
	return open(t, Config{URL: srv.URL, Bucket: "siaga"})
}

func TestWhatIsSent(t *testing.T) {
	for _, tc := range []struct {
		name              string
		conf              Config
		auth, org, bucket string
		zipped            bool
	}{
		{"token", Config{Token: "s3cret", Org: "blitar", Bucket: "siaga"}, "Token s3cret", "blitar", "siaga", false},
		{"user of 1.8", Config{Username: "u", Password: "p", Database: "siaga"}, "Token u:p", "", "siaga", false},
		{"nobody, zipped", Config{Bucket: "siaga/autogen", GZip: true}, "", "", "siaga/autogen", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				q := r.URL.Query()
				if r.URL.Path != "/api/v2/write" || q.Get("precision") != "ms" || q.Get("org") != tc.org || q.Get("bucket") != tc.bucket {
					t.Errorf("request to %s", r.URL)
				}
				if got := r.Header.Get("Authorization"); got != tc.auth {
					t.Errorf("Authorization %q, want %q", got, tc.auth)
				}
				body := io.Reader(r.Body)
				if tc.zipped {
					z, err := gzip.NewReader(body)
					if err != nil {
						t.Error(err)
						return
					}
					body = z
				}
				if got, err := io.ReadAll(body); string(got) != twoLines || err != nil {
					t.Errorf("body %q, %v", got, err)
				}
				w.WriteHeader(http.StatusNoContent)
			}))
			defer srv.Close()
			tc.conf.URL = srv.URL
			if err := open(t, tc.conf).Write(context.Background(), []byte(twoLines)); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestRejected(t *testing.T) {
	js := map[string]string{"Content-Type": "application/json; charset=utf-8"}
	for _, tc := range []struct {
		name   string
		status int
		header map[string]string
		body   string
		want   string
	}{
		{"1.8", 400, js, `{"error":"partial write: field type conflict"}`, "partial write: field type conflict"},
		{"1.8 in plain text", 400, map[string]string{"X-Influxdb-Version": "1.8.10"}, "unable to\nparse", "unable to parse"},
		{"2", 422, js, `{"code":"unprocessable entity","message":"failure writing points"}`, "failure writing points"},
		{"2, numeric code", 400, js, `{"code":3,"message":"odd"}`, "odd"},
		{"3", 400, js, `{"error":"partial write","data":[{"original_line":"x","line_number":1,"error_message":"invalid tag"}]}`, "partial write: invalid tag"},
		{"3, clustered, took a part", 201, js, `{"error":"partial write"}`, "partial write"},
		{"says nothing", 400, js, "", "Bad Request"},
		{"says too much", 400, js, strings.Repeat("é", 100000), strings.Repeat("é", maxMessage/2) + "…"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := answering(t, tc.status, tc.header, tc.body).Write(context.Background(), []byte(twoLines))
			var rejected *RejectedError
			if !errors.As(err, &rejected) || rejected.Status != tc.status || rejected.Message != tc.want {
				t.Fatalf("got %#v, want rejected with %q", err, tc.want)
			}
		})
	}
}

func TestRetryable(t *testing.T) {
	js := map[string]string{"Content-Type": "application/json"}
	for _, tc := range []struct {
		name   string
		status int
		header map[string]string
		body   string
		after  time.Duration
		says   string
	}{
		{"wrong token", 401, js, `{"code":"unauthorized","message":"unauthorized access"}`, 0, "unauthorized access"},
		{"no right to write", 403, js, `{"message":"insufficient permissions"}`, 0, "insufficient"},
		{"no such bucket", 404, js, `{"code":"not found","message":"bucket \"siaga\" not found"}`, 0, "not found"},
		{"slow", 408, nil, "", 0, "Request Timeout"},
		{"quota", 429, map[string]string{"Retry-After": "7"}, "", 7 * time.Second, "Too Many"},
		{"quota for ever", 429, map[string]string{"Retry-After": "2000000000"}, "", maxWait, ""},
		{"quota, not understood", 429, map[string]string{"Retry-After": "-1"}, "", 0, ""},
		{"broken", 500, js, `{"error":"engine: cache-max-memory-size exceeded"}`, 0, "cache-max-memory-size"},
		{"full of series", 400, js, `{"error":"partial write: max-series-per-database limit exceeded: (1000) dropped=1"}`, 0, "raise that limit"},
		{"full of tag values", 400, js, `{"error":"partial write: max-values-per-tag limit exceeded (9/9): measurement=\"air\" tag=\"node\" value=\"n1\" dropped=1"}`, 0, "raise that limit"},
		{"broken, and talks of retention", 500, nil, "points beyond retention policy", 0, ""},
		{"away", 503, map[string]string{"Retry-After": "3"}, "", 3 * time.Second, ""},
		{"proxy's page", 400, map[string]string{"Content-Type": "text/html"}, "<h1>400 The plain HTTP request was sent to HTTPS port</h1>", 0, "plain HTTP"},
		{"plain HTTP to a TLS port", 400, map[string]string{"Content-Type": "text/plain"}, "Client sent an HTTP request to an HTTPS server.", 0, "HTTPS"},
		{"moved", 301, map[string]string{"Location": "https://elsewhere/"}, "", 0, "influx.url"},
		{"login page", 200, map[string]string{"Content-Type": "text/html"}, "<form>", 0, "influx.url"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := answering(t, tc.status, tc.header, tc.body).Write(context.Background(), []byte(twoLines))
			var retry *RetryableError
			if !errors.As(err, &retry) || retry.Status != tc.status || retry.RetryAfter != tc.after {
				t.Fatalf("got %#v", err)
			}
			if !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%q does not say %q", err, tc.says)
			}
		})
	}
}

func TestRetryAfterAsDate(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	a := answer{header: http.Header{"Retry-After": {now.Add(90 * time.Second).Format(http.TimeFormat)}}}
	if got := a.retryAfter(now); got != 90*time.Second {
		t.Errorf("got %v", got)
	}
	if got := a.retryAfter(now.Add(time.Hour)); got != 0 {
		t.Errorf("a date that has passed: got %v", got)
	}
}

func TestTooLarge(t *testing.T) {
	err := answering(t, 413, nil, "too big").Write(context.Background(), []byte(twoLines))
	var large *TooLargeError
	if !errors.As(err, &large) || large.Bytes != len(twoLines) {
		t.Fatalf("got %#v", err)
	}
}

func TestNobodyThere(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	c := open(t, Config{URL: srv.URL, Bucket: "siaga"})
	srv.Close()
	err := c.Write(context.Background(), []byte(twoLines))
	var retry *RetryableError
	if !errors.As(err, &retry) || retry.Status != 0 || errors.Unwrap(err) == nil {
		t.Fatalf("got %#v", err)
	}
}

// An answer that breaks off must not be taken for what its head said.
func TestBrokenAnswer(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error"`)
	}))
	defer srv.Close()
	err := open(t, Config{URL: srv.URL, Bucket: "siaga"}).Write(context.Background(), []byte(twoLines))
	var retry *RetryableError
	if !errors.As(err, &retry) || retry.Status != 0 {
		t.Fatalf("got %#v", err)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := answering(t, 204, nil, "").Write(ctx, []byte(twoLines)); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
}

// writeCertificate writes a server's own certificate to a file.
func writeCertificate(t *testing.T, file string, srv *httptest.Server) {
	t.Helper()
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	if err := os.WriteFile(file, block, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestTLS(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))
	defer srv.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	writeCertificate(t, ca, srv)
	if err := open(t, Config{URL: srv.URL, Bucket: "b", CAFile: ca}).Write(context.Background(), []byte(twoLines)); err != nil {
		t.Errorf("with its CA: %v", err)
	}
	err := open(t, Config{URL: srv.URL, Bucket: "b"}).Write(context.Background(), []byte(twoLines))
	var retry *RetryableError
	if !errors.As(err, &retry) {
		t.Errorf("without its CA: %v", err)
	}
}

func TestBadConfig(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		conf Config
		says string
	}{
		{Config{Bucket: "b"}, "url"},
		{Config{URL: "127.0.0.1:8086", Bucket: "b"}, "url"},
		{Config{URL: "http://u:secret@host", Bucket: "b"}, "username"},
		{Config{URL: "http://host?db=x", Bucket: "b"}, "url"},
		{Config{URL: "http://host"}, "bucket"},
		{Config{URL: "http://host", Bucket: "b", Token: "t", Username: "u"}, "token"},
		{Config{URL: "http://host", Bucket: "b", Timeout: -1}, "timeout"},
		{Config{URL: "http://host", Bucket: "b", CAFile: "/nowhere.pem"}, "ca_file"},
		{Config{URL: "http://host", Bucket: "b", CAFile: empty}, "ca_file"},
	} {
		_, err := New(tc.conf)
		if err == nil || !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%+v: %v", tc.conf, err)
		}
	}
}
