package gateway

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/trust"
	"github.com/siaga-id/siaga/internal/wire"
)

// signedBy is a node's certificate by the only authority of a center, whose key was
// stolen.
func signedBy(t *testing.T, dataDir, id string) *tls.Certificate {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dataDir, "ca", "ca-*.pem"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	stolen, err := tls.X509KeyPair(text, text)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: id}, URIs: []*url.URL{{Scheme: "siaga", Opaque: "node:" + id}},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, stolen.Leaf, key.Public(), stolen.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// anotherCA is the authority of another center, in PEM.
func anotherCA(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "pusat lain"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// TestTheEndOfAnAuthorityReachesEverybody: all sessions end, also of whoever speaks
// under a name that nobody knows, and nodes are told to trust it no more, and what else
// they trust they go on trusting.
func TestTheEndOfAnAuthorityReachesEverybody(t *testing.T) {
	cfg := config(t.TempDir())
	cfg.Secure.Addrs = []string{"127.0.0.1:0"}
	c := run(t, cfg)
	addr := c.SecureAddrs()[0]
	first, _ := enrolled(t, c, "desa-a")
	untold, _ := enrolled(t, c, "desa-b")
	ghost := signedBy(t, c.DataDir(), "hantu-01")
	const elsewhere = "10.0.0.2:8883"
	old, other := c.authority.CAs()[0], anotherCA(t)
	if err := c.registry.ReportConfiguration(t.Context(), "desa-a", wire.ReportedConfig{
		ConfigChange: wire.ConfigChange{Version: 1, Origin: wire.FromNode, Author: "sari", Reason: "pindah"},
		Body:         wire.ConfigBody{"pack_interval": "30s", "center": map[string]any{"addresses": []any{elsewhere}, "cas": []any{other, old.PEM}}},
	}, time.Now()); err != nil {
		t.Fatal(err)
	}
	order(t, c, "/api/v1/ca/rotate?now=true", `{}`, nil)
	until(t, "the new one issues", func() bool { return c.authority.CAs()[1].Issues }) // it is a second younger
	again, err := enrolBy(t, tokenOf(t, c, "desa-a"))
	if err != nil {
		t.Fatal(err)
	}
	sessions := map[string]*tls.Conn{}
	session := func(what, id string, opt trust.Options) {
		conn, code, err := connect(t, addr, id, opt)
		if err != nil || code != 0 {
			t.Fatalf("%s: code %d, %v", what, code, err)
		}
		if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		sessions[what] = conn
	}
	session("with a certificate of the new one", "desa-a", again)
	session("with one of the old", "desa-b", untold)
	session("with a forged one", "hantu-01", trust.Options{Authorities: first.Authorities, Certificate: ghost})

	req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, "http://"+c.HTTPAddr()+"/api/v1/ca/"+old.ID+"?strand=true", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+ownToken(t, c.DataDir()))
	told(t, c.http, req, nil)
	for what, conn := range sessions {
		if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a session %s goes on", what)
		}
	}
	if _, code, err := connect(t, addr, "desa-a", again); err != nil || code != 0 {
		t.Errorf("a node of the new one does not come back: code %d, %v", code, err)
	}
	var desired *registry.Configuration
	until(t, "a configuration is made", func() bool {
		_, desired, _, err = c.registry.ConfigurationStanding(t.Context(), "desa-a")
		return err == nil && desired != nil
	})
	says, err := desired.Body.Center()
	want := enrolment.Center{Addresses: []string{elsewhere}, CAs: []string{c.authority.CAs()[0].PEM, other}}
	if err != nil || !slices.Equal(says.CAs, want.CAs) || !slices.Equal(says.Addresses, want.Addresses) || desired.Body["pack_interval"] != "30s" {
		t.Errorf("%+v, %v", desired.Body, err)
	}
	if _, desired, _, err := c.registry.ConfigurationStanding(t.Context(), "desa-b"); err != nil || desired != nil {
		t.Errorf("a node that has told nothing gets a configuration: %+v, %v", desired, err)
	}
	until(t, "nobody is left to be told", func() bool {
		_, err := os.Stat(filepath.Join(c.DataDir(), "ca", "untold"))
		return errors.Is(err, os.ErrNotExist)
	})
}
