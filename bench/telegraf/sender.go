//go:build linux

package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/siaga-id/siaga/internal/wire"
)

// protocol is how a publisher makes sure that a message arrives.
type protocol int

const (
	// plain keeps a message until the broker's PUBACK, and sends it again after a
	// reconnect, in a session that the broker keeps: the best that MQTT gives.
	plain protocol = iota
	// siaga keeps it until the center's acknowledgement, and sends it again after a
	// reconnect or when none has come, as our nodes do.
	siaga
)

func (p protocol) keepsUntil() string {
	if p == plain {
		return "the broker's PUBACK"
	}
	return "the center's acknowledgement"
}

const (
	// maxWindow leaves room between packet ids, which come round.
	maxWindow = 4096
	// again is when a node sends what nobody acknowledged again.
	again = 3 * time.Second
	// reconnect is how long it waits before it tries to connect again.
	reconnect = 200 * time.Millisecond
)

// sender is one node's connection. It holds its messages in memory.
type sender struct {
	load  load
	n     int // which node
	addr  string
	topic map[bool][]byte // by whether it is sent again, as in a packet
	wake  chan struct{}

	mu     sync.Mutex
	next   int               // the first that was never sent
	open   map[int]time.Time // what is unconfirmed, and when it was sent
	resend []int
	checks []uint32 // of what was sent, to a center
	twice  int      // how many were sent again
}

func newSender(l load, n int, addr string) *sender {
	s := &sender{load: l, n: n, addr: addr, wake: make(chan struct{}, 1), open: map[int]time.Time{}}
	if l.protocol == plain {
		t := text("bench/" + string(nodeID(n)) + "/reading")
		s.topic = map[bool][]byte{false: t, true: t}
	} else {
		s.topic = map[bool][]byte{false: text(wire.Topic(nodeID(n), wire.Live)), true: text(wire.Topic(nodeID(n), wire.Fill))}
	}
	return s
}

// run returns when every message is confirmed, or ctx ends.
func (s *sender) run(ctx context.Context) error {
	for {
		err := s.session(ctx)
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		var broken *net.OpError
		if errors.As(err, &broken) || errors.Is(err, errHungUp) {
			select {
			case <-ctx.Done():
			case <-time.After(reconnect):
			}
			continue
		}
		return fmt.Errorf("%s: %w", nodeID(s.n), err)
	}
}

// errHungUp says that the broker ended the connection.
var errHungUp = errors.New("the broker has gone")

// session is one connection, until everything is confirmed.
func (s *sender) session(ctx context.Context) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	defer conn.Close()
	in := bufio.NewReader(conn)
	hello := appendConnect(nil, string(nodeID(s.n)), s.load.protocol == siaga)
	answers := []byte{typeConnack}
	if s.load.protocol == siaga {
		hello = appendSubscribe(hello, 65_535, wire.Topic(nodeID(s.n), wire.AckChannel))
		answers = append(answers, typeSuback)
	}
	if _, err := conn.Write(hello); err != nil {
		return err
	}
	var buf []byte
	for _, want := range answers {
		var p packet
		if p, buf, err = readPacket(in, buf); err != nil {
			return fmt.Errorf("%w: %w", errHungUp, err)
		}
		if p.first != want {
			return fmt.Errorf("the broker answers %#x, want %#x", p.first, want)
		}
	}
	s.mu.Lock()
	s.resend = s.resend[:0]
	for i := range s.open {
		s.resend = append(s.resend, i)
	}
	slices.Sort(s.resend)
	s.mu.Unlock()
	read := make(chan error, 1)
	go func() { read <- s.receive(in) }()
	err = s.send(conn, read)
	conn.Close()
	return err
}

// send sends what is due until everything is confirmed, or reading ends.
func (s *sender) send(conn net.Conn, read <-chan error) error {
	out := bufio.NewWriterSize(conn, 32<<10)
	var frame []byte
	for {
		i, repeated, wait, done := s.pick(time.Now())
		if i >= 0 {
			payload := s.load.payload(s.n, i)
			s.sent(i, payload)
			frame = appendPublish(frame[:0], s.topic[repeated], packetID(i), repeated && s.load.protocol == plain, payload)
			if _, err := out.Write(frame); err != nil {
				conn.Close()
				<-read
				return err
			}
			continue
		}
		if err := out.Flush(); err != nil || done {
			conn.Close()
			<-read
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case err := <-read:
			timer.Stop()
			return err
		case <-s.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// sent notes the check of what goes now.
func (s *sender) sent(i int, payload []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.load.protocol == siaga && i == len(s.checks) {
		s.checks = append(s.checks, wire.Check(payload))
	}
}

// packetID names a message to the broker, from 1.
func packetID(i int) uint16 { return uint16(i%60_000) + 1 }

// pick returns the message to send now; -1 is none, for as long as wait.
func (s *sender) pick(now time.Time) (i int, repeated bool, wait time.Duration, done bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.resend) > 0 {
		i, s.resend = s.resend[0], s.resend[1:]
		if _, waits := s.open[i]; waits {
			s.open[i] = now
			s.twice++
			return i, true, 0, false
		}
	}
	wait = again
	if s.next < s.load.each && len(s.open) < s.load.window {
		if wait = s.due(s.next).Sub(now); wait <= 0 {
			s.open[s.next] = now
			s.next++
			return s.next - 1, false, 0, false
		}
	}
	if s.load.protocol == siaga {
		wait = min(wait, again/4)
		for i, sent := range s.open {
			if now.Sub(sent) >= again {
				s.resend = append(s.resend, i)
			}
		}
		if len(s.resend) > 0 {
			slices.Sort(s.resend)
			wait = 0
		}
	}
	return -1, false, wait, s.next == s.load.each && len(s.open) == 0
}

// due is when message i is to go: with its last point. Nodes do not all send at once.
func (s *sender) due(i int) time.Time {
	if !s.load.paced {
		return time.Time{}
	}
	return time.UnixMilli(s.load.timeMS((i+1)*s.load.points-1) + int64(s.n)*s.load.stepMS/int64(s.load.nodes))
}

// receive takes confirmations until the connection ends.
func (s *sender) receive(in *bufio.Reader) error {
	var buf []byte
	for {
		var p packet
		var err error
		if p, buf, err = readPacket(in, buf); err != nil {
			return fmt.Errorf("%w: %w", errHungUp, err)
		}
		switch {
		case p.first == typePuback && s.load.protocol == plain:
			err = s.confirmed(p.body)
		case p.first&0xF0 == typePublish && s.load.protocol == siaga:
			err = s.acknowledged(p)
		}
		if err != nil {
			return err
		}
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

// confirmed takes a PUBACK. The window is far below the numbers of ids.
func (s *sender) confirmed(body []byte) error {
	if len(body) < 2 {
		return io.ErrUnexpectedEOF
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i := int(binary.BigEndian.Uint16(body)) - 1
	for newest := s.next - 1; i+60_000 <= newest; {
		i += 60_000
	}
	delete(s.open, i)
	return nil
}

// acknowledged takes a center's acknowledgement, which names what it means by its
// bytes' check.
func (s *sender) acknowledged(p packet) error {
	_, payload, err := p.message()
	if err != nil {
		return err
	}
	a, err := wire.ParseAck(payload)
	if err != nil {
		return err
	}
	if len(a.Refused) > 0 {
		return errors.New("the center refused a pack: " + a.Refused[0].Reason)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range a.Ranges {
		if r.Epoch != epoch || r.To > uint64(len(s.checks)) {
			return fmt.Errorf("an acknowledgement of packs that were not sent: %+v", r)
		}
		check := uint32(0)
		for _, c := range s.checks[r.From-1 : r.To] {
			check ^= c
		}
		if check != r.Check {
			return fmt.Errorf("an acknowledgement of other bytes: %+v", r)
		}
		for seq := r.From; seq <= r.To; seq++ {
			delete(s.open, int(seq-1))
		}
	}
	return nil
}
