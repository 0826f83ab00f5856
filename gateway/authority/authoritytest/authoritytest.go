// Package authoritytest makes authorities and enrolled nodes for other packages'
// tests. It must not be used outside of tests.
package authoritytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"path/filepath"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/authority"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/password"
	"github.com/siaga-id/siaga/internal/reading"
)

// Site is where Node puts nodes.
const Site reading.SiteCode = "35.05.12.1001"

// New opens an authority by opt, whose Registry is required, in a directory of its
// own. It listens nowhere but says 127.0.0.1:8883, and looks at passwords in no time.
func New(t testing.TB, opt authority.Options) *authority.Authority {
	t.Helper()
	opt.Dir, opt.Addrs, opt.Cost = filepath.Join(t.TempDir(), "ca"), []string{"127.0.0.1:8883"}, password.Least
	a, err := authority.Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Node claims a node and enrols it, and returns its certificate with its key.
func Node(t testing.TB, a *authority.Authority, reg *registry.Registry, node reading.NodeID) tls.Certificate {
	t.Helper()
	if err := reg.Claim(t.Context(), node, Site); err != nil {
		t.Fatal(err)
	}
	_, token, err := a.NewToken(t.Context(), registry.Actor{Name: "system"}, node, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	key, csr := CSR(t)
	answer, err := a.Enrol(t.Context(), "127.0.0.1", enrolment.Request{Token: token.String(), CSR: csr})
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(answer.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
}

// CSR makes a key, and a request for its certificate as nodes do, in DER.
func CSR(t testing.TB) (*ecdsa.PrivateKey, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, new(x509.CertificateRequest), key)
	if err != nil {
		t.Fatal(err)
	}
	return key, csr
}
