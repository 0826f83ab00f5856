package local

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections are made by the test.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error   { close(p.closed); return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// Somebody who sends his request a byte at a time, or never ends it, must not
// keep a connection.
func TestSlowRequestsAreCutOff(t *testing.T) {
	for name, begin := range map[string]string{
		"nothing":     "",
		"half a head": "GET / HTTP/1.1\r\nHost: 10.0.0.1\r\nX-Slow: ",
		"half a body": "POST /api/v1/session HTTP/1.1\r\nHost: 10.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			s := newServer(t, nil)
			ln := pipes{make(chan net.Conn), make(chan struct{})}
			served := make(chan error)
			go func() { served <- s.serve(ctx, ln, s.pageHandler()) }()
			here, there := net.Pipe()
			ln.conns <- there
			go func() { _, _ = io.WriteString(here, begin) }() // cut off at the latest by Close
			began := time.Now()
			answer, err := io.ReadAll(here)
			if took := time.Since(began); err != nil || took > 2*answerLimit || strings.Contains(string(answer), "200 OK") {
				t.Errorf("%s: held for %v: %q %v", name, took, answer, err)
			}
			here.Close()
			cancel()
			if err := <-served; err != nil {
				t.Errorf("serve: %v", err)
			}
		})
	}
}
