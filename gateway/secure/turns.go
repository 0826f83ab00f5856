package secure

import (
	"container/list"
	"net"
	"os"
	"sync"
	"time"
)

// turns bound how many handshakes are computed at a time. Without it thousands that
// come at once, as when the center was started again, share the processors evenly:
// all are done at one late moment, when their clients have given up, and the nodes
// that are connected wait as long for theirs. While a handshake waits for its peer
// it has no turn.
//
// Who has begun comes first, in order; of the others the newest, since who has
// waited longest is most likely to have given up.
type turns struct {
	mu    sync.Mutex
	free  int
	begun list.List // of chan struct{}: closed when it is that one's turn
	fresh list.List
}

// turnWithin is how long a connection may wait for its first turn: nodes give a
// connection up after 30 s, and the rest of it takes some round trips.
const turnWithin = 25 * time.Second

// take returns when it is the caller's turn, whose end is give. Where he has not
// begun, it returns false when that is not within the limit.
func (t *turns) take(begun bool, limit time.Duration) bool {
	t.mu.Lock()
	if t.free > 0 {
		t.free--
		t.mu.Unlock()
		return true
	}
	mine := make(chan struct{})
	if begun {
		t.begun.PushBack(mine)
		t.mu.Unlock()
		<-mine
		return true
	}
	at := t.fresh.PushBack(mine)
	t.mu.Unlock()
	late := time.NewTimer(limit)
	defer late.Stop()
	select {
	case <-mine:
		return true
	case <-late.C:
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case <-mine: // in the same moment
		return true
	default:
		t.fresh.Remove(at)
		return false
	}
}

// give ends a turn, and begins another's.
func (t *turns) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	next, from := t.begun.Front(), &t.begun
	if next == nil {
		next, from = t.fresh.Back(), &t.fresh
	}
	if next == nil {
		t.free++
		return
	}
	close(from.Remove(next).(chan struct{}))
}

// taking is a connection during its handshake, which has a turn but while it reads.
// It is for one goroutine until over was called.
type taking struct {
	net.Conn
	turns *turns // nil when the handshake is over
	has   bool   // a turn
	begun bool
}

// Read reads as net.Conn does. It returns os.ErrDeadlineExceeded where what was
// read was not to be looked at in time.
func (c *taking) Read(b []byte) (int, error) {
	if c.turns == nil {
		return c.Conn.Read(b)
	}
	c.leave()
	n, err := c.Conn.Read(b)
	if err != nil {
		return n, err
	}
	if c.has = c.turns.take(c.begun, turnWithin); !c.has {
		return 0, os.ErrDeadlineExceeded
	}
	c.begun = true
	return n, nil
}

// leave ends the turn, if there is one.
func (c *taking) leave() {
	if c.has {
		c.has = false
		c.turns.give()
	}
}

// over ends the handshake: from now on the connection reads as it is.
func (c *taking) over() {
	c.leave()
	c.turns = nil
}
