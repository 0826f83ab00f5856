package secure

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"sync/atomic"
	"testing"
)

// Another certificate is shown from the next handshake on; who is connected stays.
func TestCertificateChangesWhileConnected(t *testing.T) {
	now := serverConfig(t)
	var shown atomic.Pointer[tls.Certificate]
	shown.Store(&now.Certificates[0])
	d := openWith(t, Options{TLS: &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: Protocols,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return shown.Load(), nil },
	}})
	enter := func() (client *tls.Conn, server net.Conn) {
		t.Helper()
		client, err := dial(t, d)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(client, "\x10"); err != nil {
			t.Fatal(err)
		}
		server, err = d.MQTT().Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Close() })
		return client, server
	}
	old, oldServer := enter()
	next := serverConfig(t)
	shown.Store(&next.Certificates[0])
	fresh, _ := enter()
	for name, tc := range map[string]struct {
		c    *tls.Conn
		want *tls.Config
	}{"before": {old, now}, "after": {fresh, next}} {
		if got := tc.c.ConnectionState().PeerCertificates[0].Raw; !bytes.Equal(got, tc.want.Certificates[0].Certificate[0]) {
			t.Errorf("%s: another certificate was shown", name)
		}
	}
	heard := make([]byte, 3)
	if _, err := io.WriteString(old, "\x0c\x00"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(oldServer, heard); err != nil || string(heard) != "\x10\x0c\x00" {
		t.Errorf("who was connected is heard no more: %q, %v", heard, err)
	}
}
