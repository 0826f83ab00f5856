package secure

import (
	"crypto/tls"
	"net"
	"sync"
	"time"
)

// Conn is a connection whose handshake is made. It gives back the byte that was
// read to learn what it speaks.
type Conn struct {
	net.Conn
	made  *tls.Conn // is Conn
	first [1]byte
	held  bool // first has not been given back; only the reader touches it
	// leave gives back its place among those of its kind; nil where it has none.
	leave func()
	left  sync.Once
}

// Close closes the connection.
func (c *Conn) Close() error {
	if c.leave != nil {
		c.left.Do(c.leave)
	}
	return c.Conn.Close()
}

// TLS is what the handshake told, with the peer's certificates, which nobody has
// verified.
func (c *Conn) TLS() tls.ConnectionState { return c.made.ConnectionState() }

// Read reads as net.Conn does.
func (c *Conn) Read(b []byte) (int, error) {
	if c.held && len(b) > 0 {
		b[0], c.held = c.first[0], false
		return 1, nil
	}
	return c.Conn.Read(b)
}

// branch is a listener of connections that are handed to it.
type branch struct {
	addr  net.Addr
	conns chan net.Conn
	once  sync.Once
	ended chan struct{}
}

func newBranch(addr net.Addr) *branch {
	return &branch{addr: addr, conns: make(chan net.Conn), ended: make(chan struct{})}
}

// hand waits until somebody takes c, and closes it where nobody does in time.
func (b *branch) hand(c net.Conn, patience time.Duration) {
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case b.conns <- c:
	case <-b.ended:
		_ = c.Close()
	case <-late.C:
		_ = c.Close()
	}
}

// Accept returns the next connection.
func (b *branch) Accept() (net.Conn, error) {
	select {
	case c := <-b.conns:
		return c, nil
	case <-b.ended:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (b *branch) Close() error {
	b.once.Do(func() { close(b.ended) })
	return nil
}

// Addr is the first of the secure addresses.
func (b *branch) Addr() net.Addr { return b.addr }
