package secure

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"testing"
	"time"
)

// serverConfig is TLS with a certificate that signed itself.
func serverConfig(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"center"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12, NextProtos: Protocols}
}

// open starts a door for a test; it is shut at the end.
func open(t *testing.T, opt Options) *Door {
	t.Helper()
	opt.TLS = serverConfig(t)
	return openWith(t, opt)
}

// openWith is open with a TLS configuration of the test's own.
func openWith(t *testing.T, opt Options) *Door {
	t.Helper()
	opt.Addrs = []string{"127.0.0.1:0"}
	opt.Logger = slog.New(slog.DiscardHandler)
	d, err := Listen(opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- d.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ran; err != nil {
			t.Error(err)
		}
	})
	return d
}

// dial makes the handshake as a client; the certificate is the test's own.
func dial(t *testing.T, d *Door, protocols ...string) (*tls.Conn, error) {
	t.Helper()
	c, err := tls.Dial("tcp", d.Addrs()[0], &tls.Config{InsecureSkipVerify: true, NextProtos: protocols})
	if err == nil {
		t.Cleanup(func() { _ = c.Close() })
	}
	return c, err
}

// One port speaks both, with and without ALPN, and nothing of what was sent is
// lost.
func TestFirstByteTells(t *testing.T) {
	for _, tc := range []struct {
		name      string
		protocols []string
		say       string
		mqtt      bool
	}{
		{"paho", nil, "\x10\x0c\x00\x04MQTT", true},
		{"a node", []string{"mqtt"}, "\x10\x0c\x00\x04MQTT", true},
		{"curl", []string{"h2", "http/1.1"}, "GET / HTTP/1.1\r\n", false},
		{"an old browser", nil, "POST / HTTP/1.1\r\n", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := open(t, Options{})
			c, err := dial(t, d, tc.protocols...)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(c, tc.say); err != nil {
				t.Fatal(err)
			}
			from := d.HTTP()
			if tc.mqtt {
				from = d.MQTT()
			}
			got, err := from.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer got.Close()
			heard := make([]byte, len(tc.say))
			if _, err := io.ReadFull(got, heard); err != nil || string(heard) != tc.say {
				t.Errorf("heard %q, %v", heard, err)
			}
			if state := got.(*Conn).TLS(); !state.HandshakeComplete || state.Version < tls.VersionTLS12 {
				t.Errorf("state %+v", state)
			}
		})
	}
}

func TestHTTPServerOverTheDoor(t *testing.T) {
	d := open(t, Options{})
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }), ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(d.HTTP()) }()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	resp, err := client.Get("https://" + d.Addrs()[0] + "/")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil || string(body) != "hello" {
		t.Errorf("%q, %v", body, err)
	}
	_ = resp.Body.Close()
	client.CloseIdleConnections()
	if err := srv.Close(); err != nil {
		t.Error(err)
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

// What speaks neither, nothing, or no TLS is closed, and counted.
func TestOthersAreClosed(t *testing.T) {
	d := open(t, Options{Patience: 200 * time.Millisecond})
	strange, err := dial(t, d)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := strange.Write([]byte{0x00, 0x01}); err != nil {
		t.Fatal(err)
	}
	ended(t, strange)
	silent, err := dial(t, d)
	if err != nil {
		t.Fatal(err)
	}
	ended(t, silent)
	plain, err := net.Dial("tcp", d.Addrs()[0])
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	if _, err := io.WriteString(plain, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	ended(t, plain)
	if s := d.Stats(); s.Strange != 1 || s.Failed != 2 || s.Accepted != 0 {
		t.Errorf("stats %+v", s)
	}
}

// ended waits until the other side has closed c.
func ended(t *testing.T, c net.Conn) {
	t.Helper()
	if _, err := io.Copy(io.Discard, bufio.NewReader(c)); errors.Is(err, net.ErrClosed) {
		t.Fatal(err)
	}
}

// Idlers push each other out, the oldest first, and a node gets through.
func TestIdlersAreEvicted(t *testing.T) {
	const most = 8
	d := open(t, Options{Pending: most})
	for range 5 * most {
		c, err := net.Dial("tcp", d.Addrs()[0])
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	c, err := dial(t, d, "mqtt")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte{0x10}); err != nil {
		t.Fatal(err)
	}
	got, err := d.MQTT().Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer got.Close()
	if s := d.Stats(); s.Pending > most || s.Evicted < 4*most {
		t.Errorf("stats %+v", s)
	}
}

func TestEachAddressHasItsShare(t *testing.T) {
	var w waiting
	w.init(100, 2)
	var conns []*fakeConn
	for _, addr := range []string{"10.0.0.1:1", "10.0.0.2:1", "10.0.0.1:2", "[2001:db8::1]:1", "[2001:db8::2]:1", "10.0.0.1:3", "[2001:db8::3]:1"} {
		c := &fakeConn{addr: addr}
		conns = append(conns, c)
		if !w.add(c) {
			t.Fatal("not taken")
		}
	}
	for i, closed := range []bool{true, false, false, true, false, false, false} {
		if conns[i].closed != closed {
			t.Errorf("%s closed %v", conns[i].addr, conns[i].closed)
		}
	}
	for _, c := range conns {
		w.remove(c)
	}
	if n, evicted := w.count(); n != 0 || evicted != 2 || len(w.each) != 0 || len(w.places) != 0 {
		t.Errorf("%d left, %d evicted, %d addresses", n, evicted, len(w.each))
	}
}

// fakeConn comes from an address.
type fakeConn struct {
	net.Conn
	addr   string
	closed bool
}

func (c *fakeConn) RemoteAddr() net.Addr { return fakeAddr(c.addr) }
func (c *fakeConn) Close() error         { c.closed = true; return nil }

type fakeAddr string

func (a fakeAddr) Network() string { return "tcp" }
func (a fakeAddr) String() string  { return string(a) }

func TestListenErrors(t *testing.T) {
	if _, err := Listen(Options{TLS: serverConfig(t)}); err == nil {
		t.Error("no address taken")
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	if _, err := Listen(Options{Addrs: []string{"127.0.0.1:0", taken.Addr().String()}, TLS: serverConfig(t)}); err == nil {
		t.Error("taken port taken")
	}
}
