//go:build integration

package chaos

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/siaga-id/siaga/integration/parts"
)

// trouble is what a link does to the bytes on it.
type trouble string

const (
	none trouble = ""
	// refuse closes what is open and takes no new connection.
	refuse trouble = "refuse"
	// cut resets what is open; new connections are fine.
	cut trouble = "cut"
	// stall lets no byte pass, in one direction or both, and goes on afterwards.
	stall     trouble = "stall"
	stallUp   trouble = "stall-up"
	stallDown trouble = "stall-down"
	// halfOpen forgets what is open, as a router does that lost its table: neither
	// side is told, now or ever. New connections are fine.
	halfOpen trouble = "half-open"
	// slow passes some kilobytes a second, late.
	slow trouble = "slow"
)

const (
	slowBytes = 4 << 10 // in each slowPause
	slowPause = 400 * time.Millisecond
)

// link is a network between two programs: who wants to reach the target connects
// to Addr. It notices nothing by itself, and ends no connection that neither side
// ends.
type link struct {
	Addr, target string

	mu      sync.Mutex
	changed *sync.Cond // of trouble, or of closed
	trouble trouble
	closed  bool
	ln      net.Listener
	open    map[*pipe]bool
	running sync.WaitGroup
}

// pipe is one connection over the link.
type pipe struct {
	client, server net.Conn
	forgotten      bool // by a half-open link; guarded by the link's mu
}

// newLink makes a link that listens at an address of this machine.
func newLink(t *testing.T, host, target string) *link {
	t.Helper()
	l := &link{Addr: onHost(parts.FreeAddr(t), host), target: target, open: map[*pipe]bool{}}
	l.changed = sync.NewCond(&l.mu)
	if err := l.listen(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	return l
}

// onHost gives an address another host.
func onHost(addr, host string) string {
	_, port, _ := net.SplitHostPort(addr)
	return net.JoinHostPort(host, port)
}

// listen needs mu, or nobody else yet.
func (l *link) listen() error {
	ln, err := (&net.ListenConfig{KeepAlive: -1}).Listen(context.Background(), "tcp", l.Addr)
	if err != nil {
		return err
	}
	l.ln = ln
	l.running.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			l.running.Go(func() { l.carry(c) })
		}
	})
	return nil
}

// carry connects a client through and returns when both directions have ended.
func (l *link) carry(client net.Conn) {
	server, err := (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: -1}).Dial("tcp", l.target)
	if err != nil {
		reset(client)
		return
	}
	p := &pipe{client: client, server: server}
	l.mu.Lock()
	if l.closed || l.trouble == refuse {
		l.mu.Unlock()
		reset(client)
		reset(server)
		return
	}
	l.open[p] = true
	l.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { l.copy(p, server, client, stallUp) })
	both.Go(func() { l.copy(p, client, server, stallDown) })
	both.Wait()
	l.mu.Lock()
	delete(l.open, p)
	l.mu.Unlock()
	client.Close()
	server.Close()
}

// copy moves bytes until one side ends; held is the trouble that holds this
// direction alone.
func (l *link) copy(p *pipe, to, from net.Conn, held trouble) {
	buf := make([]byte, 32<<10)
	for {
		most := len(buf)
		if l.is(slow) {
			most = slowBytes
		}
		n, err := from.Read(buf[:most])
		if !l.pass(p, held) {
			return
		}
		if l.is(slow) {
			time.Sleep(slowPause)
		}
		if n > 0 {
			if _, werr := to.Write(buf[:n]); werr != nil {
				reset(from)
				return
			}
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				if c, ok := to.(*net.TCPConn); ok {
					_ = c.CloseWrite() // it may be gone
				}
				return
			}
			reset(to)
			return
		}
	}
}

// pass waits while the direction is held; it reports false when the link is
// closed. A forgotten connection waits for that.
func (l *link) pass(p *pipe, held trouble) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.closed && (p.forgotten || l.trouble == stall || l.trouble == held) {
		l.changed.Wait()
	}
	return !l.closed
}

func (l *link) is(t trouble) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.trouble == t
}

// set brings trouble, or none.
func (l *link) set(to trouble) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var err error
	if l.trouble == refuse && to != refuse {
		err = l.listen()
	}
	l.trouble = to
	switch to {
	case refuse:
		l.ln.Close()
		l.resetAll()
	case cut:
		l.resetAll()
		l.trouble = none
	case halfOpen:
		for p := range l.open {
			p.forgotten = true
		}
		l.trouble = none
	}
	l.changed.Broadcast()
	return err
}

// resetAll needs mu.
func (l *link) resetAll() {
	for p := range l.open {
		if !p.forgotten {
			reset(p.client)
			reset(p.server)
		}
	}
}

func (l *link) close() {
	l.mu.Lock()
	l.closed = true
	l.ln.Close()
	for p := range l.open {
		reset(p.client)
		reset(p.server)
	}
	l.changed.Broadcast()
	l.mu.Unlock()
	l.running.Wait()
}

// reset closes a connection as a broken one, not as one that has said all.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // then it is closed in order instead
	}
	c.Close()
}
