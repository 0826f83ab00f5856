package enrolmenttest

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
)

// Session is a client that connected by MQTT, and whose certificate it showed; ""
// for none.
type Session struct{ ClientID, Certificate string }

// sorter hands connections whose first byte is that of an MQTT CONNECT to the
// center's broker, and the others on.
type sorter struct {
	net.Listener
	config *tls.Config
	broker func(*tls.Conn, *bufio.Reader)
	others chan net.Conn
	ended  chan struct{}
	wg     sync.WaitGroup
	mu     sync.Mutex
	open   map[net.Conn]bool
}

func newSorter(ln net.Listener, config *tls.Config, broker func(*tls.Conn, *bufio.Reader)) *sorter {
	s := &sorter{Listener: ln, config: config, broker: broker, others: make(chan net.Conn), ended: make(chan struct{}), open: map[net.Conn]bool{}}
	s.wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.open[conn] = true
			s.mu.Unlock()
			s.wg.Go(func() { s.sort(conn) })
		}
	})
	return s
}

func (s *sorter) sort(conn net.Conn) {
	secure := tls.Server(conn, s.config)
	r := bufio.NewReader(secure)
	first, err := r.Peek(1)
	if err == nil && first[0] != 0x10 {
		s.mu.Lock()
		delete(s.open, conn) // it is the HTTP server's to close
		s.mu.Unlock()
		select {
		case s.others <- peeked{secure, r}:
			return
		case <-s.ended:
		}
	} else if err == nil {
		s.broker(secure, r)
	}
	_ = secure.Close()
}

// Accept is net.Listener's.
func (s *sorter) Accept() (net.Conn, error) {
	select {
	case conn := <-s.others:
		return conn, nil
	case <-s.ended:
		return nil, net.ErrClosed
	}
}

// Close ends everything that was not handed on.
func (s *sorter) Close() error {
	select {
	case <-s.ended:
		return nil
	default:
		close(s.ended)
	}
	err := s.Listener.Close()
	s.mu.Lock()
	for conn := range s.open {
		_ = conn.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
	return err
}

// peeked is a connection of which some bytes were read.
type peeked struct {
	*tls.Conn
	r *bufio.Reader
}

func (p peeked) Read(b []byte) (int, error) { return p.r.Read(b) }

// broker answers MQTT 3.1.1 as far as a node speaks it, and keeps nothing.
func (c *Center) broker(conn *tls.Conn, r *bufio.Reader) {
	for {
		kind, body, err := packet(r)
		if err != nil {
			return
		}
		var answer []byte
		switch kind >> 4 {
		case 1: // CONNECT: protocol name, level, flags, keep-alive, client id
			if len(body) < 12 {
				return
			}
			s := Session{ClientID: text(body[10:])}
			if certs := conn.ConnectionState().PeerCertificates; len(certs) > 0 {
				s.Certificate = certs[0].Subject.CommonName
			}
			c.Do(func() { c.Sessions = append(c.Sessions, s) })
			answer = []byte{0x20, 2, 0, 0}
		case 3: // PUBLISH
			if kind&6 == 0 {
				continue
			}
			at := 2 + int(binary.BigEndian.Uint16(body))
			answer = []byte{0x40, 2, body[at], body[at+1]}
		case 8: // SUBSCRIBE, one filter each
			answer = []byte{0x90, 3, body[0], body[1], 0}
		case 12:
			answer = []byte{0xD0, 0}
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

func packet(r *bufio.Reader) (kind byte, body []byte, err error) {
	if kind, err = r.ReadByte(); err != nil {
		return 0, nil, err
	}
	n, err := binary.ReadUvarint(r) // the same encoding for lengths up to 4 bytes
	if err != nil || n > 1<<20 {
		return 0, nil, errors.Join(err, errors.New("too long"))
	}
	body = make([]byte, n)
	_, err = io.ReadFull(r, body)
	return kind, body, err
}

func text(b []byte) string {
	n := int(binary.BigEndian.Uint16(b))
	if n > len(b)-2 {
		return ""
	}
	return string(b[2 : 2+n])
}
