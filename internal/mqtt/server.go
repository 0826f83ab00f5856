package mqtt

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/siaga-id/siaga/internal/trust"
)

// Server is a broker and how it is known.
type Server struct {
	// URLs are its addresses, as in Options.URL; at least one.
	URLs []string
	// Name is as Options.ServerName.
	Name string
	// Trust is for TLS. Options.Earliest counts besides its own.
	Trust trust.Options
}

// urls are the addresses that stand in the options.
func (o Options) urls() []string {
	if o.URL == "" && len(o.URLs) > 0 {
		return o.URLs
	}
	return append([]string{o.URL}, o.URLs...)
}

// parseURL checks a broker's address. Errors hold no password.
func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("parse broker url: %w", err)
	}
	switch u.Scheme {
	case "tcp", "mqtt", "tls", "mqtts", "ssl":
	default:
		return nil, fmt.Errorf("broker url %q: want tcp://host:port or tls://host:port", u.Redacted())
	}
	if u.Port() == "" || u.Hostname() == "" {
		return nil, fmt.Errorf("broker url %q: want a host and a port, such as tcp://127.0.0.1:1883", u.Redacted())
	}
	if u.User != nil {
		return nil, errors.New("broker url: give user and password by their own settings, not in the url")
	}
	return u, nil
}

// server is what the next attempt goes to.
func (o Options) server() (Server, error) {
	if o.Server != nil {
		s, err := o.Server()
		if err == nil && len(s.URLs) == 0 {
			err = errors.New("no address of the broker is known")
		}
		return s, err
	}
	t, err := o.trust()
	return Server{URLs: o.urls(), Name: o.ServerName, Trust: t}, err
}

// trust reads the certificates that o names.
func (o Options) trust() (t trust.Options, err error) {
	if o.CAFile != "" {
		text, err := os.ReadFile(o.CAFile)
		if err != nil {
			return t, fmt.Errorf("read broker ca: %w", err)
		}
		if t.Authorities = certificates(text); t.Authorities == nil {
			return t, fmt.Errorf("read broker ca %s: no PEM certificate in it", o.CAFile)
		}
	}
	if o.CertFile != "" || o.KeyFile != "" {
		pair, err := tls.LoadX509KeyPair(o.CertFile, o.KeyFile)
		if err != nil {
			return t, fmt.Errorf("read broker client certificate: %w", err)
		}
		t.Certificate = &pair
	}
	return t, nil
}

// certificates are those of a PEM file that can be read.
func certificates(text []byte) (all []*x509.Certificate) {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return all
		}
		if c, err := x509.ParseCertificate(block.Bytes); err == nil {
			all = append(all, c)
		}
	}
}

// dial opens a connection to one of the server's addresses, encrypted where that
// says so.
func (o Options) dial(ctx context.Context, s Server, address string) (net.Conn, error) {
	u, err := parseURL(address)
	if err != nil {
		return nil, err
	}
	conn, err := (&net.Dialer{Timeout: stallTimeout}).DialContext(ctx, "tcp", u.Host)
	if err != nil || u.Scheme == "tcp" || u.Scheme == "mqtt" {
		return conn, err
	}
	ctx, cancel := context.WithTimeout(ctx, o.handshake)
	defer cancel()
	encrypted := tls.Client(conn, trust.Config(o.timed(s.Trust), cmp.Or(s.Name, u.Hostname())))
	if err := encrypted.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return encrypted, nil
}

// shown remembers the certificate that a broker has shown, where it has.
func (c *Conn) shown(conn net.Conn) {
	encrypted, ok := conn.(*tls.Conn)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ends = encrypted.ConnectionState().PeerCertificates[0].NotAfter
}

// CertificateEnds is when the certificate ends that the broker showed last, zero
// where it has shown none.
func (c *Conn) CertificateEnds() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ends
}

// timed lets t know what is known of the time here.
func (o Options) timed(t trust.Options) trust.Options {
	own := t.Earliest
	t.Earliest = o.Earliest
	if own != nil {
		t.Earliest = func() time.Time {
			a, b := own(), o.Earliest()
			if a.After(b) {
				return a
			}
			return b
		}
	}
	if t.Now == nil {
		t.Now = o.clock
	}
	return t
}

// turns is whose turn it is among several addresses: from the one that worked
// last, round and round.
type turns struct {
	worked string
	tried  int // since then
}

// next returns the next address of a list, which may be another one each time, and
// whether all have had their turn then.
func (t *turns) next(urls []string) (address string, all bool) {
	first := max(0, slices.Index(urls, t.worked))
	address = urls[(first+t.tried)%len(urls)]
	t.tried++
	return address, t.tried%len(urls) == 0
}

// works says that an address has answered as a broker does.
func (t *turns) works(address string) { t.worked, t.tried = address, 0 }
