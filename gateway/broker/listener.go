package broker

import (
	"container/list"
	"context"
	"crypto/tls"
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
	// local says that only this machine reaches it.
	local      bool
	log        *slog.Logger
	complained time.Time // belongs to Accept

	mu sync.Mutex
	// silent are connections that have not said who they are, the oldest first.
	silent list.List
	conns  map[*conn]struct{}
	last   time.Time // when set, no write may go on after it
	closed bool
}

// peer is a connection that was encrypted before it came here.
type peer interface {
	TLS() tls.ConnectionState
}

// listen opens addr, which must be on this machine only unless beyond is set.
func listen(addr string, beyond bool, log *slog.Logger) (*listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, &ListenError{Addr: addr, Err: err}
	}
	local := isLoopback(host)
	if !local && !beyond {
		return nil, &NotLoopbackError{Addr: addr}
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, &ListenError{Addr: addr, Err: err}
	}
	return newListener(ln, local, log), nil
}

func newListener(ln net.Listener, local bool, log *slog.Logger) *listener {
	return &listener{Listener: ln, local: local, log: log, conns: make(map[*conn]struct{})}
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
	c := &conn{Conn: nc, l: l, local: l.local, ended: make(chan struct{})}
	if p, ok := nc.(peer); ok {
		state := p.TLS()
		c.peer, c.local = &state, false
	}
	if !c.local {
		c.paced, c.unpace = context.WithCancel(context.Background())
	}
	// It errs for a connection that is closed, which whoever reads it finds out.
	_ = c.SetReadDeadline(time.Now().Add(connectTimeout))
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = nc.Close()
		return nil, net.ErrClosed
	}
	l.conns[c] = struct{}{}
	c.silent = l.silent.PushBack(c)
	if l.silent.Len() > maxSilent {
		oldest := l.silent.Remove(l.silent.Front()).(*conn)
		oldest.silent = nil
		_ = oldest.Conn.Close()
	}
	return c, nil
}

// heard takes c from those that have not said who they are.
func (l *listener) heard(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.silent != nil {
		l.silent.Remove(c.silent)
		c.silent = nil
	}
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
	// local is set where nobody beyond this machine can be at the other end, peer
	// where the connection is encrypted.
	local bool
	peer  *tls.ConnectionState
	// silent is its place among those that have not said who they are, nil
	// afterwards; guarded by l.mu.
	silent *list.Element
	// spoke says that somebody has asked who it belongs to; it belongs to the
	// goroutine that reads the connection.
	spoke bool
	// who it belongs to, nil before that is known.
	who atomic.Pointer[party]
	// cuts is how many cuts there had been when it was asked who it belongs to.
	cuts uint64
	// order is that of what its client has not acknowledged.
	order order
	// pace bounds what is published from another machine; paced ends with it.
	pace   pace
	paced  context.Context
	unpace context.CancelFunc
	// replaced is set when another connection takes this one's client id, ended is
	// closed when mochi has done with this one, greeted is set when its CONNACK was
	// sent. While it takes a session over taking is set, and coming is its client id
	// until it is greeted; those belong to the goroutine that reads the connection.
	replaced, greeted atomic.Bool
	ended             chan struct{}
	taking            bool
	coming            string
	// device is the way of its messages on topics of devices, nil before the
	// first. It belongs to the goroutine that reads the connection.
	device *devicePath
	// wild says that what it asks for has a wildcard, looking is set while mochi looks
	// for retained messages for it then; they belong to the same goroutine.
	wild, looking bool
}

// SetDeadline sets the time until which the client has to say something, by the
// end of its certificate. mochi means the keep-alive by it, which is no time for
// writes, and asks for it after every packet.
func (c *conn) SetDeadline(t time.Time) error {
	if c.peer != nil && len(c.peer.PeerCertificates) > 0 {
		if end := c.peer.PeerCertificates[0].NotAfter; t.IsZero() || end.Before(t) {
			t = end
		}
	}
	return c.SetReadDeadline(t)
}

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
	c.l.heard(c)
	c.l.mu.Lock()
	delete(c.l.conns, c)
	c.l.mu.Unlock()
	if c.unpace != nil {
		c.unpace()
	}
	return c.Conn.Close()
}
