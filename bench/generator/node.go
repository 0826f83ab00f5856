//go:build unix

package generator

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/siaga-id/siaga/internal/wire"
)

// node is one of a pace. Its goroutine writes to the connection, another reads.
type node struct {
	pace  *pace
	n     int
	conn  net.Conn
	in    *bufio.Reader
	pack  wire.Pack
	next  uint64 // the next pack's number
	id    uint16 // of the last packet
	wrote time.Time
	told  time.Time // when its state is due

	mu      sync.Mutex
	pending map[uint64]*underway
	heard   chan struct{} // something was acknowledged, or the connection is gone
	gone    error
}

// underway is a pack that is not acknowledged yet.
type underway struct {
	payload []byte
	check   uint32
	due     time.Time
	sent    time.Time
}

// errSilent tells that packs were not acknowledged, however often they were sent.
var errSilent = errors.New("packs were not acknowledged")

// join connects the node, which tells its state.
func (p *pace) join(addr string, number int) (*node, error) {
	n := &node{pace: p, n: number, next: 1, pending: map[uint64]*underway{}, heard: make(chan struct{}, 1)}
	will, err := n.state(false)
	if err != nil {
		return nil, err
	}
	id := NodeID(number)
	n.conn, n.in, err = dial(addr, number, uint16(keepAlive/time.Second), &will, wire.Topic(id, wire.AckChannel), wire.CenterFilter)
	if err != nil {
		return nil, err
	}
	go n.listen()
	return n, n.tell()
}

// run waits for the word to begin, sends the node's packs, and leaves.
func (n *node) run() error {
	defer n.conn.Close()
	if err := n.await(); err != nil {
		return err
	}
	p, begin := n.pace, n.pace.begin
	phase := p.Every * time.Duration(n.n) / time.Duration(p.All)
	n.told = begin.Add(time.Duration(rand.Int64N(int64(stateEvery))))
	for k := 0; ; k++ {
		due := begin.Add(phase + time.Duration(k)*p.Every)
		if due.Sub(begin) >= p.For {
			break
		}
		if p.Jitter > 0 {
			due = due.Add(rand.N(p.Jitter))
		}
		// Ready before it is due, so that it is not the delay's.
		u, err := n.seal(due)
		if err != nil {
			return err
		}
		if err := n.rest(time.Until(due)); err != nil {
			return err
		}
		if err := n.hold(p.Window); err != nil {
			return err
		}
		if err := n.send(u); err != nil {
			return err
		}
		if time.Now().After(n.told) {
			if err := n.tell(); err != nil {
				return err
			}
		}
	}
	if err := n.hold(1); err != nil {
		return err
	}
	return n.write(bare(disconnect))
}

// seal makes the next pack.
func (n *node) seal(due time.Time) (*underway, error) {
	p := n.pace
	at := times{begin: p.BeginMS + int64(n.next-1)*Samples*p.StepMS, step: p.StepMS, sealed: due.UnixMilli()}
	fill(&n.pack, n.n, n.next, at, true)
	b, err := n.pack.AppendCBOR(nil)
	return &underway{payload: b, check: wire.Check(b), due: due}, err
}

// await waits for the word to begin.
func (n *node) await() error {
	for {
		select {
		case <-n.pace.begun:
			return nil
		case <-time.After(keepAlive / 4):
			if err := n.ping(); err != nil {
				return err
			}
		}
	}
}

// rest sleeps.
func (n *node) rest(d time.Duration) error {
	for until := time.Now().Add(d); ; {
		left := time.Until(until)
		if left <= 0 {
			return nil
		}
		time.Sleep(min(left, keepAlive/4))
		if err := n.ping(); err != nil {
			return err
		}
	}
}

// ping keeps the connection alive where nothing else has for long.
func (n *node) ping() error {
	if time.Since(n.wrote) < keepAlive/2 {
		return nil
	}
	return n.write(bare(pingreq))
}

// hold waits until fewer than so many packs are under way, and sends again what
// has waited for long.
func (n *node) hold(most int) error {
	waited := false
	for began := time.Now(); ; {
		n.mu.Lock()
		left, gone := len(n.pending), n.gone
		n.mu.Unlock()
		if gone != nil {
			return gone
		}
		if err := n.repeat(); err != nil {
			return err
		}
		if left < most {
			return nil
		}
		if time.Since(began) > settle {
			return fmt.Errorf("%s: %d %w", NodeID(n.n), left, errSilent)
		}
		if !waited && most > 1 {
			n.pace.note(func(r *Report) { r.Held++ })
		}
		waited = true
		select {
		case <-n.heard:
		case <-time.After(time.Second):
		}
	}
}

// repeat sends what has not been acknowledged for long.
func (n *node) repeat() error {
	n.mu.Lock()
	var late []*underway
	for _, u := range n.pending {
		if time.Since(u.sent) > again {
			u.sent = time.Now()
			late = append(late, u)
		}
	}
	n.mu.Unlock()
	for _, u := range late {
		n.pace.note(func(r *Report) { r.Again++ })
		if err := n.publish(wire.Fill, u.payload, false); err != nil {
			return err
		}
	}
	return nil
}

// send sends the next pack for the first time.
func (n *node) send(u *underway) error {
	u.sent = time.Now()
	n.mu.Lock()
	n.pending[n.next] = u
	n.mu.Unlock()
	n.next++
	late := time.Since(u.due)
	n.pace.note(func(r *Report) {
		r.Packs++
		r.Bytes += len(u.payload)
		r.Late.add(late)
	})
	return n.publish(wire.Live, u.payload, false)
}

// tell publishes the node's state.
func (n *node) tell() error {
	m, err := n.state(true)
	if err != nil {
		return err
	}
	n.told = time.Now().Add(stateEvery)
	return n.publish(wire.State, m.payload, m.retain)
}

func (n *node) publish(to wire.Channel, payload []byte, retain bool) error {
	if n.id++; n.id == 0 {
		n.id = 1
	}
	return n.write(publishPacket(n.id, message{wire.Topic(NodeID(n.n), to), payload, retain}))
}

func (n *node) write(b []byte) error {
	n.wrote = time.Now()
	_, err := n.conn.Write(b)
	return err
}
