package enrolmenttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net/url"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
)

// Authority signs certificates. It is valid for ten years around the moment that
// it was made for.
type Authority struct {
	Cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// NewAuthority makes an authority of that name.
func NewAuthority(name string, now time.Time) *Authority {
	key := newKey()
	c := &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(10, 0, 0),
	}
	a := &Authority{Cert: c, key: key}
	a.Cert = a.sign(c, &key.PublicKey)
	return a
}

// Server is a certificate for the center, valid for 90 days, with the authority's
// own along.
func (a *Authority) Server(now time.Time) tls.Certificate {
	key := newKey()
	c := a.sign(&x509.Certificate{
		DNSNames: []string{enrolment.ServerName}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		NotBefore: now.Add(-time.Minute), NotAfter: now.AddDate(0, 0, 90),
	}, &key.PublicKey)
	return tls.Certificate{Certificate: [][]byte{c.Raw, a.Cert.Raw}, PrivateKey: key, Leaf: c}
}

// node is a certificate for a node's key.
func (a *Authority) node(node string, key any, now time.Time, valid time.Duration) *x509.Certificate {
	return a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: node}, URIs: []*url.URL{{Scheme: "siaga", Opaque: "node:" + node}},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		NotBefore:   now.Add(-time.Minute), NotAfter: now.Add(valid),
	}, key)
}

func (a *Authority) sign(c *x509.Certificate, key any) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic(err)
	}
	c.SerialNumber = serial
	der, err := x509.CreateCertificate(rand.Reader, c, a.Cert, key, a.key)
	if err != nil {
		panic(err)
	}
	signed, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return signed
}

func newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}
