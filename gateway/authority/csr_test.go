package authority

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
)

// TestGreedyCSR: whatever a request asks for, the certificate is for the node of
// the token, and for nothing else.
func TestGreedyCSR(t *testing.T) {
	c := open(t)
	key := newKey(t)
	uri, err := url.Parse("siaga:node:" + string(other))
	must(t, err)
	ca, err := asn1.Marshal(struct{ IsCA bool }{true})
	must(t, err)
	greedy, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: string(other), Organization: []string{"x"}}, URIs: []*url.URL{uri},
		DNSNames: []string{enrolment.ServerName}, IPAddresses: []net.IP{net.IPv4(10, 20, 0, 2)},
		ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 19}, Critical: true, Value: ca}},
	}, key)
	must(t, err)
	answer, err := c.Enrol(t.Context(), home, enrolment.Request{Token: c.token(node).String(), CSR: greedy})
	must(t, err)
	f := &field{c: c, key: key, answer: answer}
	leaf := f.leaf()
	if leaf.Subject.String() != "CN=sutojayan-01" || len(leaf.DNSNames)+len(leaf.IPAddresses) > 0 || len(leaf.URIs) != 1 || leaf.IsCA {
		t.Errorf("%+v", leaf)
	}
	if got, _, err := c.Node(f.state()); got != node || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}

func TestWeakCSR(t *testing.T) {
	c := open(t)
	rsaKey := func(bits int) crypto.Signer {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		must(t, err)
		return key
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	must(t, err)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	must(t, err)
	forged := csrOf(t, newKey(t))
	forged[len(forged)-1] ^= 1
	for name, der := range map[string][]byte{
		"RSA 1024": csrOf(t, rsaKey(1024)), "RSA 2048": csrOf(t, rsaKey(2048)), "Ed25519": csrOf(t, ed), "P-224": csrOf(t, p224), "P-384": csrOf(t, p384),
		"another's key": forged, "none": nil, "noise": []byte("\x30\x82\xff\xff"), "long": make([]byte, maxCSR+1), "PEM": []byte("-----BEGIN CERTIFICATE REQUEST-----"),
	} {
		if _, err := c.Enrol(t.Context(), name, enrolment.Request{Token: c.token(node).String(), CSR: der}); code(err) != enrolment.BadRequest {
			t.Errorf("%s: %v", name, err)
		}
		c.withdrawAll()
	}
}

// TestNotANode is the part of the attack table that is about certificates.
func TestNotANode(t *testing.T) {
	c := open(t)
	f := c.enrol(node)
	// Another authority of the very same names and numbers.
	twin, err := newCA(c.clock(), nil)
	must(t, err)
	same := *c.cas[0].cert
	same.PublicKey, same.Signature = nil, nil
	twin.cert, err = sign(&same, &same, twin.key.Public(), twin.key)
	must(t, err)
	by := func(by *ca, change func(*x509.Certificate)) *x509.Certificate {
		uri, err := url.Parse("siaga:node:sutojayan-01")
		must(t, err)
		template := x509.Certificate{
			Subject: pkix.Name{CommonName: string(node)}, URIs: []*url.URL{uri},
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		}
		change(&template)
		leaf, err := by.issue(template, f.key.Public(), c.clock(), nodeValidity)
		must(t, err)
		return leaf
	}
	ours := c.cas[0]
	own, err := c.ownNow()
	must(t, err)
	for name, tc := range map[string]struct {
		leaf *x509.Certificate
		want error
	}{
		"as it should be":               {f.leaf(), nil},
		"none":                          {nil, ErrNoCertificate},
		"another CA with equal names":   {by(twin, func(*x509.Certificate) {}), ErrUnknownCA},
		"signed by a node":              {by(&ca{cert: f.leaf(), key: f.key}, func(*x509.Certificate) {}), ErrUnknownCA},
		"the center's own":              {own.Leaf, ErrNotNode},
		"the authority's":               {ours.cert, ErrNotNode},
		"no node":                       {by(ours, func(c *x509.Certificate) { c.URIs = nil }), ErrNotNode},
		"name and URI differ":           {by(ours, func(c *x509.Certificate) { c.Subject.CommonName = string(other) }), ErrNotNode},
		"two nodes":                     {by(ours, func(c *x509.Certificate) { c.URIs = append(c.URIs, c.URIs[0]) }), ErrNotNode},
		"a node that cannot be":         {by(ours, func(c *x509.Certificate) { c.URIs[0].Opaque, c.Subject.CommonName = "node:+", "+" }), ErrNotNode},
		"for servers":                   {by(ours, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }), ErrNotNode},
		"an authority that is a node's": {by(ours, func(c *x509.Certificate) { c.IsCA = true }), ErrNotNode},
	} {
		var state tls.ConnectionState
		if tc.leaf != nil {
			state.PeerCertificates = []*x509.Certificate{tc.leaf, twin.cert}
		}
		got, _, err := c.Node(state)
		if !errors.Is(err, tc.want) || (err == nil) != (got == node) {
			t.Errorf("%s: %q, %v, want %v", name, got, err, tc.want)
		}
		if _, err := c.Renew(t.Context(), name, state, enrolment.Request{CSR: csrOf(t, f.key)}); (err == nil) != (tc.want == nil) {
			t.Errorf("%s: renewal: %v", name, err)
		}
	}
}

func FuzzParseCSR(f *testing.F) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{"a"}}, key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(der)
	f.Add([]byte{0x30, 0x80})
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, der []byte) {
		r, err := parseCSR(der)
		if err != nil {
			if !errors.Is(err, ErrCSR) {
				t.Errorf("%v", err)
			}
			return
		}
		if r.public == nil || r.public.Curve != elliptic.P256() {
			t.Error("taken, and no key")
		}
	})
}

func FuzzDecodeCA(f *testing.F) {
	c, err := newCA(time.Unix(1764576000, 0), nil)
	if err != nil {
		f.Fatal(err)
	}
	b, err := c.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := decodeCA(b); err == nil && (c.key == nil || c.cert == nil || !c.cert.IsCA) {
			t.Error("taken, and not whole")
		}
	})
}
