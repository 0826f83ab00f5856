package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

// maxCSR bounds a request for a certificate; ours take some 300 bytes.
const maxCSR = 4 << 10

// ErrCSR tells that a request for a certificate cannot be used.
var ErrCSR = errors.New("certificate request")

// request is whom a certificate is for: a key that its owner has shown to have.
type request struct {
	public *ecdsa.PublicKey
	digest [32]byte // SHA-256 of its SubjectPublicKeyInfo
}

// parseCSR reads a request. Of what it holds only the key counts: names and
// extensions are the center's to choose. The key must be ECDSA on P-256, which
// every node makes.
func parseCSR(der []byte) (request, error) {
	if len(der) == 0 || len(der) > maxCSR {
		return request{}, fmt.Errorf("%w: %d bytes: want 1 to %d", ErrCSR, len(der), maxCSR)
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return request{}, fmt.Errorf("%w: %w", ErrCSR, err)
	}
	public, ok := csr.PublicKey.(*ecdsa.PublicKey)
	if !ok || public.Curve != elliptic.P256() {
		return request{}, fmt.Errorf("%w: key is %v: want ECDSA on P-256", ErrCSR, csr.PublicKeyAlgorithm)
	}
	if err := csr.CheckSignature(); err != nil {
		return request{}, fmt.Errorf("%w: %w", ErrCSR, err)
	}
	spki, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return request{}, fmt.Errorf("%w: %w", ErrCSR, err)
	}
	return request{public, sha256.Sum256(spki)}, nil
}

// issue signs a node's certificate.
func (a *Authority) issue(node reading.NodeID, r request) (registry.Certificate, error) {
	all, now := a.now()
	uri, err := url.Parse(nodeURI + string(node))
	if err != nil {
		return registry.Certificate{}, fmt.Errorf("name node: %w", err)
	}
	leaf, err := all[all.issuer(now)].issue(x509.Certificate{
		Subject: pkix.Name{CommonName: string(node)}, URIs: []*url.URL{uri},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, r.public, now, nodeValidity)
	if err != nil {
		return registry.Certificate{}, err
	}
	return registry.Certificate{Serial: serial(leaf), Key: r.digest, NotBefore: leaf.NotBefore, NotAfter: leaf.NotAfter, PEM: string(certPEM(leaf))}, nil
}

// fresh says whether a certificate that a node has already is as good as a new
// one: it was issued by today's authority and needs no renewal yet.
func (a *Authority) fresh(c registry.Certificate) bool {
	leaf, err := parsePEM(c.PEM)
	if err != nil {
		return false
	}
	all, now := a.now()
	return leaf.CheckSignatureFrom(all[all.issuer(now)].cert) == nil && now.Before(renewAfter(leaf)) && now.After(leaf.NotBefore.Add(-time.Hour))
}
