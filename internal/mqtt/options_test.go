package mqtt

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestBadOptions(t *testing.T) {
	dir := t.TempDir()
	notPEM := write(t, filepath.Join(dir, "not.pem"), []byte("not a certificate"))
	good := Options{URL: "tcp://127.0.0.1:1883", ClientID: "n1"}
	for _, tc := range []struct {
		change func(*Options)
		want   string
	}{
		{func(o *Options) { o.URL = "tcp://%zz" }, "parse broker url"},
		{func(o *Options) { o.URL = "127.0.0.1:1883" }, "parse broker url"},
		{func(o *Options) { o.URL = "" }, `broker url "": want tcp://host:port or tls://host:port`},
		{func(o *Options) { o.URL = "http://host:1883" }, `broker url "http://host:1883": want tcp://host:port or tls://host:port`},
		{func(o *Options) { o.URL = "tcp://host" }, "want a host and a port, such as tcp://127.0.0.1:1883"},
		{func(o *Options) { o.URL = "tcp://:1883" }, "want a host and a port"},
		{func(o *Options) { o.URL = "tcp://desa:rahasia@host:1883" }, "give user and password by their own settings, not in the url"},
		{func(o *Options) { o.ClientID = "" }, "no client id"},
		{func(o *Options) { o.KeepAlive = time.Millisecond }, "keep-alive 1ms: want at least 1s"},
		{func(o *Options) { o.MaxBackoff = -time.Second }, "back-off -1s: want more than 0"},
		{func(o *Options) { o.CAFile = filepath.Join(dir, "none.pem") }, "read broker ca: open"},
		{func(o *Options) { o.CAFile = notPEM }, "no PEM certificate in it"},
		{func(o *Options) { o.CertFile, o.KeyFile = notPEM, notPEM }, "read broker client certificate"},
		{func(o *Options) { o.CertFile = notPEM }, "read broker client certificate"},
	} {
		opt := good
		tc.change(&opt)
		c, err := Open(opt)
		if err == nil {
			_ = c.Close()
			t.Errorf("%+v was opened, want %q", opt, tc.want)
			continue
		}
		if !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "rahasia") {
			t.Errorf("error %q, want %q", err, tc.want)
		}
	}
}

func TestConfig(t *testing.T) {
	dir := t.TempDir()
	secret := write(t, filepath.Join(dir, "password"), []byte(" ra hasia\r\n"))
	o, err := Config{URL: "tcp://h:1", Username: "desa", PasswordFile: secret}.Options()
	if word, wordErr := o.Secret(); wordErr != nil || word != " ra hasia" {
		t.Errorf("password %q, %v", word, wordErr)
	}
	if err != nil || o.Username != "desa" || o.URL != "tcp://h:1" {
		t.Errorf("options %+v, %v", o, err)
	}
	for _, tc := range []struct {
		conf Config
		want string
	}{
		{Config{PasswordFile: filepath.Join(dir, "none")}, "mqtt.password_file: open"},
		{Config{CAFile: secret}, "mqtt: read broker ca"},
		{Config{CertFile: secret, KeyFile: secret}, "mqtt: read broker client certificate"},
	} {
		if _, err := tc.conf.Options(); err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "hasia") {
			t.Errorf("%+v: %v, want %q", tc.conf, err, tc.want)
		}
	}
}

// authority is a certificate authority of the test's own.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // its certificate
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{}
	a.cert, a.key = sign(t, &x509.Certificate{Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil)
	a.file = write(t, filepath.Join(t.TempDir(), name+".pem"), encode("CERTIFICATE", a.cert.Raw))
	return a
}

// sign makes a certificate for a new key, by itself where by is nil.
func sign(t *testing.T, c *x509.Certificate, by *authority) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c.SerialNumber = big.NewInt(1)
	c.NotBefore = time.Now().Add(-time.Hour)
	if c.NotAfter.IsZero() {
		c.NotAfter = time.Now().Add(time.Hour)
	}
	if by == nil {
		by = &authority{cert: c, key: key}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by.cert, &key.PublicKey, by.key)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return signed, key
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func write(t *testing.T, file string, b []byte) string {
	t.Helper()
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// pair is a certificate with its key, as the two files that a client reads.
func pair(t *testing.T, by *authority) (cert tls.Certificate, certFile, keyFile string) {
	t.Helper()
	c, key := sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "n1"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, by)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile = write(t, filepath.Join(dir, "cert.pem"), encode("CERTIFICATE", c.Raw))
	keyFile = write(t, filepath.Join(dir, "key.pem"), encode("PRIVATE KEY", der))
	return tls.Certificate{Certificate: [][]byte{c.Raw}, PrivateKey: key}, certFile, keyFile
}

func TestTLS(t *testing.T) {
	ours, other := newAuthority(t, "ours"), newAuthority(t, "other")
	server, _, _ := pair(t, ours)
	_, certFile, keyFile := pair(t, ours)
	clients := x509.NewCertPool()
	clients.AddCert(ours.cert)
	b := newBroker(t)
	b.tls = &tls.Config{Certificates: []tls.Certificate{server}, ClientCAs: clients, ClientAuth: tls.RequireAndVerifyClientCert}
	b.start()

	c := open(t, b, func(o *Options) {
		o.URL, o.CAFile, o.CertFile, o.KeyFile = "tls://"+b.addr, ours.file, certFile, keyFile
	})
	until(t, "connected", connected(c))
	if err := c.Publish(context.Background(), Message{Topic: "a", QoS: 1}); err != nil {
		t.Error(err)
	}
	leaf, err := x509.ParseCertificate(server.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	if at := c.CertificateEnds(); !at.Equal(leaf.NotAfter) {
		t.Errorf("the broker's certificate ends %v, want %v", at, leaf.NotAfter)
	}

	for name, tc := range map[string]struct {
		change func(*Options)
		want   string
	}{
		"another CA":     {func(o *Options) { o.CAFile = other.file }, "certificate signed by unknown authority"},
		"system's roots": {func(o *Options) { o.CAFile = "" }, "certificate signed by unknown authority"},
		"no certificate": {func(o *Options) { o.CertFile, o.KeyFile = "", "" }, "certificate required"},
		"another name": {func(o *Options) {
			o.URL = strings.Replace(o.URL, "127.0.0.1", "localhost", 1)
		}, "certificate is not valid for any names"},
		"plain": {func(o *Options) { o.URL = "tcp://" + b.addr }, "connect to broker"},
	} {
		t.Run(name, func(t *testing.T) {
			c := open(t, b, func(o *Options) {
				o.URL, o.CAFile, o.CertFile, o.KeyFile = "mqtts://"+b.addr, ours.file, certFile, keyFile
				o.OnConnect = func() { t.Error("connected") }
				tc.change(o)
			})
			until(t, tc.want, func() bool { _, why := c.Connected(); return why != nil && strings.Contains(why.Error(), tc.want) })
		})
	}
}
