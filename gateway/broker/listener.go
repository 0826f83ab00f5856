package broker

import (
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// listener accepts connections and remembers them, because mochi knows only
// those that have sent a CONNECT: one that never does would hold up its Close
// for ever.
type listener struct {
	net.Listener
	log        *slog.Logger
	complained time.Time // belongs to Accept

	mu     sync.Mutex
	conns  map[*conn]struct{}
	last   time.Time // when set, no write may go on after it
	closed bool
}

// listen opens addr, which must be on this machine only.
func listen(addr string, log *slog.Logger) (*listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, &ListenError{Addr: addr, Err: err}
	}
	if !isLoopback(host) {
		return nil, &NotLoopbackError{Addr: addr}
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, &ListenError{Addr: addr, Err: err}
	}
	return &listener{Listener: ln, log: log, conns: make(map[*conn]struct{})}, nil
}

// isLoopback says whether host is this machine as seen by itself. Only literal
// addresses and "localhost" are: any other name may be pointed anywhere.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

const (
	// acceptPause is between two attempts to accept while the system cannot.
	acceptPause = 100 * time.Millisecond
	// complainEvery is how often it is told that it cannot.
	complainEvery = time.Minute
)

// Accept returns the next connection, which has to say CONNECT soon. mochi
// sets the deadline anew when it has. While the system has no more files it goes
// on trying, since mochi takes any error for the end.
func (l *listener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	for err != nil && !errors.Is(err, net.ErrClosed) {
		if now := time.Now(); now.Sub(l.complained) >= complainEvery {
			l.complained = now
			l.log.Error("no connection can be accepted, tried again until one can: allow the center more open files (LimitNOFILE, ulimit -n)", "err", err)
		}
		time.Sleep(acceptPause)
		nc, err = l.Listener.Accept()
	}
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: nc, l: l}
	// It errs for a connection that is closed, which whoever reads it finds out.
	_ = c.SetReadDeadline(time.Now().Add(connectTimeout))
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = nc.Close()
		return nil, net.ErrClosed
	}
	l.conns[c] = struct{}{}
	return c, nil
}

// hurry gives all writes, also those that are stuck, until last.
func (l *listener) hurry(last time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = last
	for c := range l.conns {
		// A connection that is closed already needs no deadline.
		_ = c.Conn.SetWriteDeadline(last)
	}
}

// Close stops accepting and closes every connection.
func (l *listener) Close() error {
	err := l.Listener.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		_ = c.Conn.Close()
	}
	clear(l.conns)
	l.closed = true
	return err
}

// conn is a connection whose writes end in time.
type conn struct {
	net.Conn
	l *listener
	// replaced is set when another connection takes this one's client id.
	replaced atomic.Bool
	// device is the way of its messages on topics of devices, nil before the
	// first. It belongs to the goroutine that reads the connection.
	device *devicePath
	// looking is set while mochi looks for retained messages for it; it belongs to
	// the same goroutine.
	looking bool
}

// SetDeadline sets the time until which the client has to say something.
// mochi means the keep-alive by it, which is no time for writes.
func (c *conn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// Write writes b in writeTimeout at the most.
func (c *conn) Write(b []byte) (int, error) {
	by := time.Now().Add(writeTimeout)
	c.l.mu.Lock()
	if last := c.l.last; !last.IsZero() && last.Before(by) {
		by = last
	}
	c.l.mu.Unlock()
	if err := c.SetWriteDeadline(by); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

// Close closes the connection and forgets it.
func (c *conn) Close() error {
	c.l.mu.Lock()
	delete(c.l.conns, c)
	c.l.mu.Unlock()
	return c.Conn.Close()
}
