package secure

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of connections that have not yet said what they want.
const (
	// DefaultPending bounds them in all: beyond it the oldest goes. All nodes of a
	// large center may come at once, and one that had to go comes again.
	DefaultPending = 12_000
	// DefaultPendingPerAddress bounds those of one address. A district's villages
	// may share one behind their provider's translation. This machine's own are
	// not counted.
	DefaultPendingPerAddress = 256
	// DefaultPatience is how long handshake and first byte may take, together: nodes
	// wait as long, since there may be thousands before them, and a modem at the edge
	// of its cell needs some round trips of seconds.
	DefaultPatience = 30 * time.Second
	// DefaultRequesting bounds the connections on which HTTP is spoken, in all, and
	// DefaultRequestingPerAddress those of one address: who sends one request and
	// then nothing keeps a connection for minutes, and has shown nobody who he is.
	// Nodes' readings do not come by them. This machine's own are not counted by
	// address.
	DefaultRequesting           = 4096
	DefaultRequestingPerAddress = 256
)

// Protocols are what clients may say in the handshake (ALPN) that they speak here;
// many say nothing.
var Protocols = []string{"http/1.1", "mqtt"}

// Options say where to listen. Addrs and TLS are required.
type Options struct {
	// Addrs are host:port; port 0 takes a free one.
	Addrs []string
	// TLS is used for every connection, as it is. It is to offer Protocols.
	TLS *tls.Config
	// Pending, PendingPerAddress and Patience bound connections before their first
	// byte; 0 is the default.
	Pending, PendingPerAddress int
	Patience                   time.Duration
	// Requesting and RequestingPerAddress bound those that speak HTTP; 0 is the
	// default.
	Requesting, RequestingPerAddress int
	Logger                           *slog.Logger // nil is slog.Default
}

// Stats is what has happened since Listen.
type Stats struct {
	// Pending are connections that have not said what they want.
	Pending int
	// Accepted were taken in, Failed did not finish their handshake, Evicted were
	// closed for too many others, Strange spoke neither MQTT nor HTTP, Crowded were
	// turned away because too many speak HTTP.
	Accepted, Failed, Evicted, Strange, Crowded uint64
}

// Door is a set of secure addresses. Its methods are safe for concurrent use.
type Door struct {
	opt       Options
	listeners []net.Listener
	mqtt      *branch
	http      *branch
	waiting   waiting
	turns     turns
	asking    asking
	unheard   unheard
	working   sync.WaitGroup

	accepted, failed, strange, crowded atomic.Uint64
}

// Listen listens on every address, and accepts when Run is called. Nothing stays
// open where it returns an error.
func Listen(opt Options) (*Door, error) {
	if opt.Pending == 0 {
		opt.Pending = DefaultPending
	}
	if opt.PendingPerAddress == 0 {
		opt.PendingPerAddress = DefaultPendingPerAddress
	}
	if opt.Patience == 0 {
		opt.Patience = DefaultPatience
	}
	if opt.Requesting == 0 {
		opt.Requesting = DefaultRequesting
	}
	if opt.RequestingPerAddress == 0 {
		opt.RequestingPerAddress = DefaultRequestingPerAddress
	}
	if opt.Logger == nil {
		opt.Logger = slog.Default()
	}
	d := &Door{opt: opt, turns: turns{free: runtime.GOMAXPROCS(0)}}
	d.waiting.init(opt.Pending, opt.PendingPerAddress)
	d.asking.init(opt.Requesting, opt.RequestingPerAddress)
	for _, addr := range opt.Addrs {
		ln, err := net.Listen("tcp", addr)
		if err != nil {
			for _, open := range d.listeners {
				_ = open.Close()
			}
			return nil, fmt.Errorf("secure.addrs: %w: choose another port, or stop the program that has it", err)
		}
		d.listeners = append(d.listeners, ln)
	}
	if len(d.listeners) == 0 {
		return nil, errors.New("secure.addrs: none: name at least one, such as 0.0.0.0:8883")
	}
	d.mqtt, d.http = newBranch(d.listeners[0].Addr()), newBranch(d.listeners[0].Addr())
	return d, nil
}

// MQTT yields connections that began with a CONNECT, and HTTP those that began
// with a request. Their connections are *Conn. They end with Run.
func (d *Door) MQTT() net.Listener { return d.mqtt }

// HTTP yields connections that began with a request.
func (d *Door) HTTP() net.Listener { return d.http }

// Addrs are the addresses with the ports that were really taken.
func (d *Door) Addrs() []string {
	var all []string
	for _, ln := range d.listeners {
		all = append(all, ln.Addr().String())
	}
	return all
}

// Stats returns what has happened.
func (d *Door) Stats() Stats {
	pending, evicted := d.waiting.count()
	return Stats{
		Pending: pending, Evicted: evicted,
		Accepted: d.accepted.Load(), Failed: d.failed.Load(), Strange: d.strange.Load(), Crowded: d.crowded.Load(),
	}
}

// Run accepts until ctx ends, then closes the addresses and what has not yet said
// what it wants, and returns nil. Connections handed on are their takers' to
// close.
func (d *Door) Run(ctx context.Context) error {
	failed := make(chan error, len(d.listeners))
	for _, ln := range d.listeners {
		d.working.Go(func() { failed <- d.accept(ln) })
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	d.Close()
	d.working.Wait()
	return err
}

// Close closes the addresses, as the end of Run does. Further calls do nothing.
func (d *Door) Close() {
	for _, ln := range d.listeners {
		_ = ln.Close()
	}
	_ = d.mqtt.Close()
	_ = d.http.Close()
	d.waiting.closeAll()
}

// accept takes connections until the listener is closed.
func (d *Door) accept(ln net.Listener) error {
	for {
		nc, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			// Out of files, most likely: others may go, so that there are some again.
			d.opt.Logger.Warn("accept connection", "addr", ln.Addr().String(), "err", err)
			time.Sleep(100 * time.Millisecond)
			continue
		}
		if !d.waiting.add(nc) {
			_ = nc.Close()
			return nil
		}
		d.working.Go(func() { d.welcome(nc) })
	}
}

// welcome makes the handshake, waits for the first byte, and hands the connection
// on.
func (d *Door) welcome(nc net.Conn) {
	defer d.waiting.remove(nc)
	c, err := d.open(nc)
	if err != nil {
		d.failed.Add(1)
		d.opt.Logger.Debug("handshake failed", "remote", nc.RemoteAddr().String(), "err", err)
		if n := d.unheard.add(time.Now()); n > 0 {
			pending, _ := d.waiting.count()
			d.opt.Logger.Warn("connections were closed that finished no handshake or said nothing in time", "connections", n, "pending", pending,
				"last", nc.RemoteAddr().String(), "err", err)
		}
		_ = nc.Close()
		return
	}
	to := d.http
	switch first := c.first[0]; {
	case first == 0x10:
		to = d.mqtt
	case first < 'A' || first > 'Z':
		d.strange.Add(1)
		_ = c.Close()
		return
	default:
		if c.leave = d.asking.enter(address(nc)); c.leave == nil {
			d.crowded.Add(1)
			_ = c.Close()
			return
		}
	}
	d.accepted.Add(1)
	to.hand(c, d.opt.Patience)
}

func (d *Door) open(nc net.Conn) (*Conn, error) {
	if err := nc.SetDeadline(time.Now().Add(d.opt.Patience)); err != nil {
		return nil, err
	}
	turn := &taking{Conn: nc, turns: &d.turns}
	t := tls.Server(turn, d.opt.TLS)
	err := t.Handshake()
	turn.over()
	if err != nil {
		return nil, err
	}
	c := &Conn{Conn: t, made: t}
	if _, err := t.Read(c.first[:]); err != nil {
		return nil, err
	}
	c.held = true
	return c, nc.SetDeadline(time.Time{})
}
