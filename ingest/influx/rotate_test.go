package influx

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// A secret that is replaced is shown with the next request, and a file that cannot
// be read for a moment costs nothing.
func TestSecretIsReadAnew(t *testing.T) {
	for name, tc := range map[string]struct {
		settings func(file string) Settings
		shown    string // before the secret
	}{
		"token":       {func(file string) Settings { return Settings{TokenFile: file} }, "Token "},
		"user of 1.8": {func(file string) Settings { return Settings{Username: "siaga", PasswordFile: file} }, "Token siaga:"},
	} {
		t.Run(name, func(t *testing.T) {
			var good atomic.Value
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if r.Header.Get("Authorization") != tc.shown+good.Load().(string) {
					w.WriteHeader(http.StatusUnauthorized)
					_, _ = io.WriteString(w, `{"message":"unauthorized access"}`)
					return
				}
				w.WriteHeader(http.StatusNoContent)
			}))
			t.Cleanup(srv.Close)
			file := filepath.Join(t.TempDir(), "secret")
			put := func(text string) {
				t.Helper()
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			put("rahasia-satu\n")
			s := tc.settings(file)
			s.URL, s.Database = srv.URL, "siaga"
			conf, err := s.Config()
			if err != nil {
				t.Fatal(err)
			}
			c := open(t, conf)
			hc, err := conf.HTTPClient() // which queries are made with
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(hc.CloseIdleConnections)
			write := func() error { return c.Write(context.Background(), []byte(twoLines)) }

			good.Store("rahasia-satu")
			if err := write(); err != nil {
				t.Error(err)
			}
			good.Store("rahasia-dua")
			var retry *RetryableError
			if err := write(); !errors.As(err, &retry) || retry.Status != http.StatusUnauthorized || !strings.Contains(err.Error(), "influx.token_file") {
				t.Errorf("with the old one: %v, want it retried, and told where the new one belongs", err)
			}
			put("")
			if err := write(); !errors.As(err, &retry) || !strings.Contains(err.Error(), "is empty") || strings.Contains(err.Error(), "rahasia") {
				t.Errorf("while it is written: %v", err)
			}
			put("rahasia-dua\n")
			if err := write(); err != nil {
				t.Errorf("with the new one: %v", err)
			}
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			if err := write(); err != nil {
				t.Errorf("the file is gone: %v", err)
			}
			if resp, err := hc.Get(srv.URL); err != nil || resp.Body.Close() != nil || resp.StatusCode != http.StatusNoContent {
				t.Errorf("a query: %+v, %v", resp, err)
			}
		})
	}
}

func TestCertificateEnds(t *testing.T) {
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(srv.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	writeCertificate(t, ca, srv)
	c := open(t, Config{URL: srv.URL, Bucket: "b", CAFile: ca})
	if at := c.CertificateEnds(); !at.IsZero() {
		t.Errorf("before it was shown: %v", at)
	}
	_ = c.Write(t.Context(), []byte(twoLines)) // 404
	if at := c.CertificateEnds(); !at.Equal(srv.Certificate().NotAfter) {
		t.Errorf("%v, want %v", at, srv.Certificate().NotAfter)
	}
}
