package gateway

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// authorityFile writes authorities that end when ends say.
func authorityFile(t *testing.T, ends ...time.Time) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var text []byte
	for i, end := range ends {
		c := &x509.Certificate{SerialNumber: big.NewInt(int64(i + 1)), NotBefore: end.Add(-time.Hour), NotAfter: end, IsCA: true, BasicConstraintsValid: true}
		der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	put(t, file, string(text))
	return file
}

func TestEndsInFiles(t *testing.T) {
	a, b := time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	file, other := authorityFile(t, a, b), authorityFile(t, b, a)
	if got := firstEnd(file); !got.Equal(a) {
		t.Errorf("its own ends %v", got)
	}
	if lastEnd(file) != lastEnd(other) || !lastEnd(file).Equal(a) {
		t.Errorf("the last ends %v and %v", lastEnd(file), lastEnd(other))
	}
	empty := filepath.Join(t.TempDir(), "empty.pem")
	put(t, empty, "nothing of that kind")
	for _, f := range []string{"", "/nonexistent.pem", empty} {
		if got := lastEnd(f); !got.IsZero() || !firstEnd(f).IsZero() {
			t.Errorf("%q ends %v", f, got)
		}
	}
}

// TestExpiriesOfOthers: an external InfluxDB's certificate and the authority behind
// it are told of, read anew each time.
func TestExpiriesOfOthers(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	t.Cleanup(srv.Close)
	file := filepath.Join(t.TempDir(), "ca.pem")
	put(t, file, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})))
	cfg := config(t.TempDir())
	cfg.Influx.URL, cfg.Influx.CAFile = srv.URL, file
	c := run(t, cfg)
	get[any](c, "/readyz") // it speaks to InfluxDB
	type expiry struct {
		What, Name string
		When       time.Time
		Soon       bool
	}
	find := func(what string) (found expiry) {
		t.Helper()
		var told struct{ Expiries []expiry }
		asAdmin(t, c, "/api/v1/status", &told)
		for _, e := range told.Expiries {
			if e.What == what {
				found = e
			}
		}
		return found
	}
	for what, name := range map[string]string{"file": "influx.ca_file", "peer": "influx.url"} {
		if e := find(what); e.Name != name || !e.When.Equal(srv.Certificate().NotAfter) || e.Soon {
			t.Errorf("%s: %+v", what, e)
		}
	}
	ends := time.Now().Add(20 * 24 * time.Hour).Truncate(time.Second)
	old, err := os.ReadFile(authorityFile(t, ends))
	if err != nil {
		t.Fatal(err)
	}
	put(t, file, string(old))
	if e := find("file"); !e.When.Equal(ends) || !e.Soon {
		t.Errorf("replaced: %+v", e)
	}
}

// asAdmin asks with the token in the data directory.
func asAdmin(t *testing.T, c *running, path string, answer any) {
	t.Helper()
	_, port, err := net.SplitHostPort(c.HTTPAddr())
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodGet, "http://127.0.0.1:"+port+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+ownToken(t, c.DataDir()))
	told(t, c.http, req, answer)
}
