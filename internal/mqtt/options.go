package mqtt

import (
	"errors"
	"fmt"
	"log/slog"
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
	// URLs are further addresses of it. All are tried in turn, URL first, and after
	// a loss the one that worked last.
	URLs []string
	// ServerName is whose certificate a broker must show; "" is the host in its
	// address.
	ServerName string
	// ClientID must be the same after every restart where Persistent is set, and
	// no two connections may share one.
	ClientID string
	// Username and Password are sent when Username is not empty.
	Username, Password string
	// Secret, where not nil, takes the place of Password. It is asked for every
	// connection, on the connection's own goroutine; with an error it says the last
	// that was known.
	Secret func() (string, error)
	// CAFile replaces the system's roots for TLS; CertFile and KeyFile are the
	// client's own certificate. All are PEM files, read anew for every connection;
	// empty means none.
	CAFile, CertFile, KeyFile string
	// Server, where not nil, takes the place of all of these but Username, Password
	// and Secret. It is asked before every attempt, on the connection's own goroutine;
	// its error is the attempt's.
	Server func() (Server, error)
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

	// clock and handshake replace the system's clock and handshakeTimeout in tests.
	clock     func() time.Time
	handshake time.Duration
}

const (
	defaultKeepAlive  = 20 * time.Second
	defaultMaxBackoff = 15 * time.Second
	minBackoff        = 250 * time.Millisecond
	// stallTimeout is for an address to take the connection, and for its socket to
	// take a packet. handshakeTimeout is for the broker that has taken it to say yes:
	// it may have thousands to greet, and who leaves its line stands at the end of it
	// again.
	stallTimeout     = 10 * time.Second
	handshakeTimeout = 30 * time.Second
	// goodbye is how many milliseconds leaving may take: what is under way then
	// is sent again by whoever keeps it.
	goodbye = 250
)

// withDefaults checks o and fills in what it leaves open.
func (o Options) withDefaults() (Options, error) {
	if o.Server == nil {
		for _, text := range o.urls() {
			if _, err := parseURL(text); err != nil {
				return o, err
			}
		}
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
	if o.handshake == 0 {
		o.handshake = handshakeTimeout
	}
	return o, nil
}
