package mqtt

import (
	"context"
	"crypto/tls"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/trust"
)

func TestTurns(t *testing.T) {
	var turn turns
	urls := []string{"a", "b", "c"}
	for i, want := range []string{"a", "b", "c", "a"} {
		if got, all := turn.next(urls); got != want || all != (i == 2) {
			t.Errorf("attempt %d: %s %v, want %s", i, got, all, want)
		}
	}
	turn.works("b")
	for _, want := range []string{"b", "c", "a", "b"} {
		if got, _ := turn.next(urls); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	turn.works("gone")
	if got, all := turn.next([]string{"d"}); got != "d" || !all {
		t.Errorf("another list: %s %v", got, all)
	}
}

// TestOtherAddresses: the one that answers is found, remembered, and left when it
// does not answer any more.
func TestOtherAddresses(t *testing.T) {
	first, second := newBroker(t), newBroker(t)
	first.start()
	second.start()
	first.stop()
	c := open(t, first, func(o *Options) { o.URLs = []string{"tcp://" + second.addr} })
	until(t, "the second", func() bool { return connected(c)() && c.Address() == "tcp://"+second.addr })
	second.cut()
	until(t, "the second again", connected(c))
	first.start()
	second.stop()
	until(t, "the first", func() bool { return connected(c)() && c.Address() == "tcp://"+first.addr })
}

// TestServerIsAskedAnew: addresses and certificates may change while the program
// runs, without harm to the connection that stands.
func TestServerIsAskedAnew(t *testing.T) {
	ours := newAuthority(t, "ours")
	server, _, _ := pair(t, ours)
	b := newBroker(t)
	b.tls = &tls.Config{Certificates: []tls.Certificate{server}}
	b.start()
	var now atomic.Pointer[Server]
	now.Store(&Server{})
	c := open(t, b, func(o *Options) {
		o.URL = ""
		o.Server = func() (Server, error) {
			s := *now.Load()
			if s.Name == "fails" {
				return s, errors.New("no identity")
			}
			return s, nil
		}
	})
	says := func(text string) func() bool {
		return func() bool { _, why := c.Connected(); return why != nil && strings.Contains(why.Error(), text) }
	}
	until(t, "no address", says("no address of the broker is known"))
	now.Store(&Server{Name: "fails"})
	until(t, "its error", says("no identity"))
	at := []string{"tls://" + b.addr}
	now.Store(&Server{URLs: at})
	until(t, "the system's authorities", says("unknown authority"))
	known := trust.Options{Authorities: certificates(encode("CERTIFICATE", ours.cert.Raw))}
	now.Store(&Server{URLs: at, Trust: known, Name: "another.example"})
	until(t, "another name", says("another.example"))
	now.Store(&Server{URLs: at, Trust: known, Name: "127.0.0.1"})
	until(t, "connected", connected(c))
	now.Store(&Server{Name: "fails"})
	if err := c.Publish(context.Background(), Message{Topic: "a", QoS: 1}); err != nil {
		t.Error(err)
	}
	b.cut()
	until(t, "the new one", says("no identity"))
}

// TestFilesAreReadAnew: a certificate that was replaced is used at the next
// connection.
func TestFilesAreReadAnew(t *testing.T) {
	ours, other := newAuthority(t, "ours"), newAuthority(t, "other")
	server, _, _ := pair(t, ours)
	b := newBroker(t)
	b.tls = &tls.Config{Certificates: []tls.Certificate{server}}
	b.start()
	c := open(t, b, func(o *Options) { o.URL, o.CAFile = "tls://"+b.addr, other.file })
	until(t, "refused", func() bool {
		_, why := c.Connected()
		return why != nil && strings.Contains(why.Error(), "unknown authority")
	})
	write(t, other.file, encode("CERTIFICATE", ours.cert.Raw))
	until(t, "connected", connected(c))
}

func TestReconnect(t *testing.T) {
	b := newBroker(t)
	b.start()
	ups := make(chan struct{}, 10)
	c := open(t, b, func(o *Options) { o.OnConnect = func() { ups <- struct{}{} } })
	next(t, ups)
	c.Reconnect()
	next(t, ups)
	b.stop()
	until(t, "offline", func() bool { return !connected(c)() })
	c.Reconnect() // there is nothing to leave
}

func TestServerName(t *testing.T) {
	ours := newAuthority(t, "ours")
	server, _, _ := pair(t, ours)
	b := newBroker(t)
	b.tls = &tls.Config{Certificates: []tls.Certificate{server}}
	b.start()
	c := open(t, b, func(o *Options) {
		o.URL, o.CAFile, o.ServerName = strings.Replace("tls://"+b.addr, "127.0.0.1", "localhost", 1), ours.file, "127.0.0.1"
		o.MaxBackoff = time.Millisecond
	})
	until(t, "connected", connected(c))
}
