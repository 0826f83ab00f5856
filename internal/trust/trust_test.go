package trust

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"
)

const center = "center.siaga.internal"

var (
	now    = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	in1970 = time.Unix(17, 0)
)

type issuer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// issue makes a certificate for a new key, by itself where by is nil.
func issue(t *testing.T, by *issuer, c x509.Certificate) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c.SerialNumber = big.NewInt(1)
	if c.NotBefore.IsZero() {
		c.NotBefore = now.AddDate(0, 0, -1)
	}
	if c.NotAfter.IsZero() {
		c.NotAfter = now.AddDate(0, 3, 0)
	}
	if by == nil {
		by = &issuer{&c, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, &c, by.cert, &key.PublicKey, by.key)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &issuer{signed, key}
}

func authority(t *testing.T, name string) *issuer {
	return issue(t, nil, x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(9, 0, 0),
	})
}

// server is a certificate as the center has it, changed.
func server(t *testing.T, by *issuer, change func(*x509.Certificate)) *issuer {
	c := x509.Certificate{DNSNames: []string{center}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	if change != nil {
		change(&c)
	}
	return issue(t, by, c)
}

// meet is a handshake between a server with a chain and a client.
func meet(t *testing.T, o Options, name string, leaf *issuer, more ...*issuer) error {
	t.Helper()
	pair := tls.Certificate{Certificate: [][]byte{leaf.cert.Raw}, PrivateKey: leaf.key}
	for _, c := range more {
		pair.Certificate = append(pair.Certificate, c.cert.Raw)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		theirs, err := ln.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		defer theirs.Close()
		_ = tls.Server(theirs, &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert}).HandshakeContext(context.Background())
	}()
	ours, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	err = tls.Client(ours, Config(o, name)).HandshakeContext(t.Context())
	ours.Close()
	<-done
	return err
}

func TestWhoIsTrusted(t *testing.T) {
	ours, other := authority(t, "ours"), authority(t, "other")
	at := func(when time.Time) func() time.Time { return func() time.Time { return when } }
	pin := Fingerprint(ours.cert)
	good := server(t, ours, nil)
	pinOfLeaf := Fingerprint(good.cert)
	middle := issue(t, ours, x509.Certificate{Subject: pkix.Name{CommonName: "middle"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	notCA := issue(t, ours, x509.Certificate{Subject: pkix.Name{CommonName: "a node"}})
	known, pinned := Options{Authorities: []*x509.Certificate{ours.cert}}, Options{Pin: &pin}
	for _, tc := range []struct {
		what  string
		o     Options
		now   time.Time
		leaf  *issuer
		chain []*issuer
		want  string // "" is trusted
	}{
		{"a known authority", known, now, good, nil, ""},
		{"a known authority, in 1970", known, in1970, good, nil, ""},
		{"a pin", pinned, now, good, []*issuer{ours}, ""},
		{"a pin, in 1970", pinned, in1970, good, []*issuer{ours}, ""},
		{"one of several authorities", Options{Authorities: []*x509.Certificate{other.cert, ours.cert}}, now, good, nil, ""},
		{"below the authority", known, now, server(t, middle, nil), []*issuer{middle}, ""},
		{"below the pin", pinned, now, server(t, middle, nil), []*issuer{middle, ours}, ""},
		{"the authority is not shown", pinned, now, good, nil, ErrPin.Error()},
		{"another authority", pinned, now, server(t, other, nil), []*issuer{other}, ErrPin.Error()},
		{"the pinned authority shown by a stranger", pinned, now, server(t, other, nil), []*issuer{other, ours}, "unknown authority"},
		{"the pin of no authority", Options{Pin: &pinOfLeaf}, now, good, []*issuer{good}, ErrPin.Error()},
		{"a node as authority", pinned, now, server(t, notCA, nil), []*issuer{notCA, ours}, "parent certificate cannot sign"},
		{"not a known authority", known, now, server(t, other, nil), []*issuer{other}, "unknown authority"},
		{"the system's authorities", Options{}, now, good, []*issuer{ours}, "certificate signed by unknown authority"},
		{"another name", pinned, now, server(t, ours, func(c *x509.Certificate) { c.DNSNames = []string{"x"} }), []*issuer{ours}, "is valid for x"},
		{"a node's certificate", pinned, now, server(t, ours, func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		}), []*issuer{ours}, "incompatible key usage"},
		{"ended", pinned, now.AddDate(1, 0, 0), good, []*issuer{ours}, "expired"},
		{"ended, as was heard before", Options{Pin: &pin, Earliest: at(now.AddDate(1, 0, 0))}, in1970, good, []*issuer{ours}, "expired"},
		{"ended, as the own certificate tells", Options{Pin: &pin, Certificate: &tls.Certificate{
			Certificate: [][]byte{good.cert.Raw}, PrivateKey: good.key, Leaf: &x509.Certificate{NotBefore: now.AddDate(1, 0, 0)},
		}}, in1970, good, []*issuer{ours}, "expired"},
	} {
		tc.o.Now = at(tc.now)
		err := meet(t, tc.o, center, tc.leaf, tc.chain...)
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", tc.what, err, tc.want)
		}
		if _, late := TooLate(err); late != (tc.want == "expired") {
			t.Errorf("%s: too late: %v", tc.what, late)
		}
	}
}

func TestAddressesAreNames(t *testing.T) {
	ours := authority(t, "ours")
	o := Options{Authorities: []*x509.Certificate{ours.cert}, Now: func() time.Time { return now }}
	leaf := server(t, ours, func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(10, 0, 0, 5)} })
	if err := meet(t, o, "10.0.0.5", leaf); err != nil {
		t.Error(err)
	}
	if err := meet(t, o, "10.0.0.6", leaf); err == nil {
		t.Error("another address was trusted")
	}
}

func TestAuthorities(t *testing.T) {
	ours := authority(t, "ours")
	all, err := Authorities([][]byte{ours.cert.Raw})
	if err != nil || len(all) != 1 || !all[0].Equal(ours.cert) {
		t.Error(all, err)
	}
	for _, bad := range [][]byte{{1, 2}, server(t, ours, nil).cert.Raw} {
		if _, err := Authorities([][]byte{ours.cert.Raw, bad}); err == nil || !strings.Contains(err.Error(), "authority 2") {
			t.Error(err)
		}
	}
}
