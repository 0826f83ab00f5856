package mqtt

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"time"
)

// Message is one MQTT application message.
type Message struct {
	Topic   string
	Payload []byte
	// QoS is 0 or 1.
	QoS    byte
	Retain bool
}

// Subscription is a topic filter and the quality of service asked for it.
type Subscription struct {
	Filter string
	QoS    byte
}

// Options say where the broker is and what to do with what it sends.
type Options struct {
	// URL is the broker's address: tcp:// or mqtt:// (plain), tls:// or mqtts://
	// (TLS), with host and port.
	URL string
	// ClientID must be the same after every restart where Persistent is set, and
	// no two connections may share one.
	ClientID string
	// Username and Password are sent when Username is not empty.
	Username, Password string
	// CAFile replaces the system's roots for TLS; CertFile and KeyFile are the
	// client's own certificate. All are PEM files; empty means none.
	CAFile, CertFile, KeyFile string
	// Persistent asks the broker to keep the session (subscriptions and queued
	// QoS 1 messages) while this client is away.
	Persistent bool
	// KeepAlive is how often an idle connection is probed, at least 1 s; 0 means
	// 20 s. A dead link is noticed after at most one and a half of it.
	KeepAlive time.Duration
	// MaxBackoff bounds the pause between two attempts; 0 means 15 s.
	MaxBackoff time.Duration
	// Will is what the broker publishes when this connection breaks; nil for none.
	Will *Message
	// Subscriptions are made again after every connect.
	Subscriptions []Subscription
	// OnMessage gets every message, in order, on the connection's own goroutine:
	// it must not block. The payload is the callee's to keep.
	OnMessage func(Message)
	// OnDelivery takes the place of OnMessage where the broker must not forget a
	// message before it is safe: a message of QoS 1 is confirmed when ack is
	// called, and sent again after a reconnect when it was not. ack may be called
	// from any goroutine, also after the connection is gone, when it does nothing;
	// it may wait for the socket.
	OnDelivery func(m Message, ack func())
	// OnConnect is called after each connect, once the subscriptions stand, on
	// the connection's own goroutine. It may publish.
	OnConnect func()
	// Earliest is a lower bound of the present for a machine whose clock may be
	// wrong, such as the last time that a server told; nil knows none. It is called
	// for every connection, on the connection's own goroutine.
	Earliest func() time.Time
	// Logger gets connects, losses and refusals; nil means slog.Default().
	Logger *slog.Logger

	// clock replaces the system's in tests.
	clock func() time.Time
}

const (
	defaultKeepAlive  = 20 * time.Second
	defaultMaxBackoff = 15 * time.Second
	minBackoff        = 250 * time.Millisecond
	handshakeTimeout  = 10 * time.Second
	// goodbye is how many milliseconds leaving may take: what is under way then
	// is sent again by whoever keeps it.
	goodbye = 250
)

// withDefaults checks o and fills in what it leaves open.
func (o Options) withDefaults() (Options, error) {
	u, err := url.Parse(o.URL)
	if err != nil {
		return o, fmt.Errorf("parse broker url: %w", err)
	}
	switch u.Scheme {
	case "tcp", "mqtt", "tls", "mqtts", "ssl":
	default:
		return o, fmt.Errorf("broker url %q: want tcp://host:port or tls://host:port", u.Redacted())
	}
	if u.Port() == "" || u.Hostname() == "" {
		return o, fmt.Errorf("broker url %q: want a host and a port, such as tcp://127.0.0.1:1883", u.Redacted())
	}
	if u.User != nil {
		return o, errors.New("broker url: give user and password by their own settings, not in the url")
	}
	if o.ClientID == "" {
		return o, errors.New("broker connection: no client id")
	}
	if o.KeepAlive == 0 {
		o.KeepAlive = defaultKeepAlive
	}
	if o.KeepAlive < time.Second {
		// The protocol counts in seconds, and 0 would mean never.
		return o, fmt.Errorf("broker connection: keep-alive %v: want at least 1s", o.KeepAlive)
	}
	if o.MaxBackoff == 0 {
		o.MaxBackoff = defaultMaxBackoff
	}
	if o.MaxBackoff < 0 {
		return o, fmt.Errorf("broker connection: back-off %v: want more than 0", o.MaxBackoff)
	}
	if o.Earliest == nil {
		o.Earliest = func() time.Time { return time.Time{} }
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.clock == nil {
		o.clock = time.Now
	}
	return o, nil
}

// dial opens a connection to the broker, encrypted where the URL says so.
func (o Options) dial(ctx context.Context) (net.Conn, error) {
	u, err := url.Parse(o.URL)
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: handshakeTimeout}
	switch u.Scheme {
	case "tcp", "mqtt":
		return dialer.DialContext(ctx, "tcp", u.Host)
	}
	// Read anew each time: certificates are renewed while the program runs.
	cfg, err := o.tlsConfig()
	if err != nil {
		return nil, err
	}
	return (&tls.Dialer{NetDialer: dialer, Config: cfg}).DialContext(ctx, "tcp", u.Host)
}

// tlsConfig reads the certificates that o names. A board without a battery thinks
// that it is 1970, when no certificate was valid yet: verified is at the latest of
// the times that it cannot be before. That is the system's clock, what Earliest
// says, and the first moment of the pinned authorities and of the client's own
// certificate, which exist.
func (o Options) tlsConfig() (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	var since time.Time
	if o.CAFile != "" {
		text, err := os.ReadFile(o.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read broker ca: %w", err)
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("read broker ca %s: no PEM certificate in it", o.CAFile)
		}
		since = youngest(text)
	}
	if o.CertFile != "" || o.KeyFile != "" {
		pair, err := tls.LoadX509KeyPair(o.CertFile, o.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("read broker client certificate: %w", err)
		}
		cfg.Certificates = []tls.Certificate{pair}
		since = later(since, pair.Leaf.NotBefore)
	}
	cfg.Time = func() time.Time { return later(o.clock(), later(since, o.Earliest())) }
	return cfg, nil
}

// youngest is the latest first moment of the certificates in a PEM file.
func youngest(text []byte) (at time.Time) {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return at
		}
		if c, err := x509.ParseCertificate(block.Bytes); err == nil {
			at = later(at, c.NotBefore)
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
