package gateway

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/trust"
)

// silence opens connections that say nothing, before and after the handshake, and
// reports whether they keep a node out: as many as this process may have, since both
// ends of each are its own.
func silence(s *siege) bool {
	s.Helper()
	n := min(10_000, most(s.T))
	s.Logf("%d connections", n)
	gone := `siaga_secure_connections_total{outcome="evicted"}`
	before := s.metric(gone)
	for i := range n {
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			s.Fatal(err)
		}
		defer conn.Close()
		if i%64 == 0 {
			conn = tls.Client(conn, trust.Config(trust.Options{Authorities: s.a.Authorities}, enrolment.ServerName))
			if err := conn.(*tls.Conn).Handshake(); err != nil {
				s.Fatal(err)
			}
		}
		if i%128 == 0 {
			_, _ = conn.Write([]byte{0x10}) // the first byte of a CONNECT, and no more
		}
	}
	handed := n/128 + 1
	until(s.T, "they wait, or have gone", func() bool {
		return s.metric("siaga_secure_pending")+s.metric(gone)-before >= float64(n-handed)
	})
	return !s.connects("desa-a", s.a)
}

// slowly sends headers and never their end, at the secure and at the plain address,
// and reports whether the connections stay.
func slowly(s *siege) (stay bool) {
	s.Helper()
	began := time.Now()
	known := trust.Config(trust.Options{Authorities: s.a.Authorities}, enrolment.ServerName)
	over, err := tls.Dial("tcp", s.addr, known)
	if err != nil {
		s.Fatal(err)
	}
	plain, err := net.Dial("tcp", s.c.HTTPAddr())
	if err != nil {
		s.Fatal(err)
	}
	for _, conn := range []net.Conn{over, plain} {
		defer conn.Close()
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n"); err != nil {
			s.Fatal(err)
		}
	}
	for _, conn := range []net.Conn{over, plain} {
		for {
			_, err := io.WriteString(conn, "X: y\r\n")
			if err == nil {
				_ = conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
				_, err = io.Copy(io.Discard, conn)
				if err == nil {
					break // closed
				}
			}
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				break
			}
			if time.Since(began) > patience {
				return true
			}
		}
	}
	return false
}
