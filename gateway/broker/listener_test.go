package broker

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// exhausted is a listener on a system that has no more files for a while.
type exhausted struct {
	until time.Time
	conn  net.Conn // accepted once
}

func (e *exhausted) Accept() (net.Conn, error) {
	if time.Now().Before(e.until) {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: syscall.EMFILE}
	}
	c := e.conn
	if e.conn = nil; c == nil {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: net.ErrClosed}
	}
	return c, nil
}

func (*exhausted) Close() error   { return nil }
func (*exhausted) Addr() net.Addr { return &net.TCPAddr{} }

func TestAcceptOutlivesALackOfFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer far.Close()
		var said bytes.Buffer
		l := &listener{
			Listener: &exhausted{until: time.Now().Add(90 * time.Second), conn: near},
			log:      slog.New(slog.NewTextHandler(&said, nil)), conns: make(map[*conn]struct{}),
		}
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if n := strings.Count(said.String(), "level=ERROR"); n != 2 {
			t.Errorf("told %d times in a minute and a half, want 2: %s", n, said.String())
		}
		if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a closed listener accepts: %v", err)
		}
	})
}
