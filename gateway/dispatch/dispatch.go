package dispatch

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/wire"
)

const (
	// inboxSize bounds what nodes said and is not kept yet: more than all nodes of a
	// large center say that connect at once. When it is full the newest is dropped:
	// reports come again with each connect, and a command times out.
	inboxSize = 16_384
	// lookEvery is how often it is looked for commands whose time has passed.
	lookEvery = time.Second
	// keepLimit bounds one write to the registry.
	keepLimit = 5 * time.Second
)

// DefaultTimeout is how long a command may take, and MaxTimeout the longest that may
// be asked for.
const (
	DefaultTimeout = time.Minute
	MaxTimeout     = 10 * time.Minute
)

// Options are what a Dispatcher is given; Now and Logger may be nil.
type Options struct {
	Registry *registry.Registry
	// Publish hands a message to the broker with QoS 1.
	Publish func(topic string, payload []byte, retain bool) error
	Now     func() time.Time
	Logger  *slog.Logger
}

// Dispatcher is the center's side of configurations and commands. Its methods may be
// called concurrently.
type Dispatcher struct {
	opt      Options
	inbox    chan message
	announce chan struct{}
	share    share
	seldom   rate.Sometimes
}

type message struct {
	node     reading.NodeID
	channel  wire.Channel
	payload  []byte
	received time.Time
}

// New returns a Dispatcher. Run makes it work.
func New(opt Options) *Dispatcher {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	opt.Logger = cmp.Or(opt.Logger, slog.Default())
	return &Dispatcher{opt: opt, inbox: make(chan message, inboxSize), announce: make(chan struct{}, 1), seldom: rate.Sometimes{First: 20, Interval: time.Second}}
}

// Set makes a version of a node's configuration and sends it. seen is the newest
// version that its author knew; nil is whatever there is. Errors: *InvalidError, and
// those of registry.Desire. A broker that cannot be reached is none: it gets the
// version when it can.
func (d *Dispatcher) Set(ctx context.Context, by registry.Actor, node reading.NodeID, seen *uint64, reason string, body wire.ConfigBody) (registry.Configuration, error) {
	if body == nil {
		return registry.Configuration{}, &InvalidError{errors.New("configuration: missing")}
	}
	if err := body.Validate(); err != nil {
		return registry.Configuration{}, &InvalidError{err}
	}
	c, err := d.opt.Registry.Desire(ctx, by, node, seen, reason, body)
	if err != nil {
		return c, err
	}
	if err := d.send(c); err != nil {
		d.opt.Logger.Warn("configuration not sent yet", "node", node, "version", c.Version, "err", err)
	}
	return c, nil
}

// InvalidError is what is wrong with a configuration or a command. Each line of it
// begins with a key.
type InvalidError struct{ Err error }

func (e *InvalidError) Error() string { return e.Err.Error() }
func (e *InvalidError) Unwrap() error { return e.Err }

func (d *Dispatcher) send(c registry.Configuration) error {
	b, err := wire.DesiredConfig{
		Version: c.Version, Based: c.Based, Author: c.Author, Reason: c.Reason, TimeMS: c.Time.UnixMilli(), Body: c.Body,
	}.Encode()
	if err != nil {
		return err
	}
	return d.opt.Publish(wire.Topic(c.Node, wire.Config), b, true)
}

// Do gives a node a command, which ends within timeout, 0 for DefaultTimeout. Of c it
// takes Node, Name, Sensor and Lines. Errors: *InvalidError, and those of
// registry.AddCommand.
func (d *Dispatcher) Do(ctx context.Context, by registry.Actor, c registry.NodeCommand, timeout time.Duration) (registry.NodeCommand, error) {
	timeout = cmp.Or(timeout, DefaultTimeout)
	if timeout < time.Second || timeout > MaxTimeout {
		return c, &InvalidError{fmt.Errorf("timeout: %v is outside 1s to %v", timeout, MaxTimeout)}
	}
	c.ID = strings.ToLower(rand.Text())
	c.Expires = d.opt.Now().Add(timeout)
	order := wire.Command{ID: c.ID, Name: c.Name, Sensor: c.Sensor, Lines: c.Lines, By: by.Name, ExpiresMS: c.Expires.UnixMilli()}
	b, err := order.Encode()
	if err != nil {
		return c, &InvalidError{cmp.Or(order.Validate(), err)}
	}
	if c, err = d.opt.Registry.AddCommand(ctx, by, c); err != nil {
		return c, err
	}
	if err := d.opt.Publish(wire.Topic(c.Node, wire.Cmd), b, false); err != nil {
		if ferr := d.opt.Registry.FailCommand(ctx, c, "the broker did not take it: "+err.Error()); ferr != nil {
			return c, ferr
		}
		return d.opt.Registry.NodeCommand(ctx, c.Node, c.ID)
	}
	return c, nil
}

// Take takes what a node said on wire.ConfigReported or wire.Reply. It never blocks.
func (d *Dispatcher) Take(node reading.NodeID, channel wire.Channel, payload []byte, received time.Time) {
	if !d.share.allows(node, received) {
		d.complain("what a node said was dropped: it says more than any node has to", "node", node, "channel", channel)
		return
	}
	select {
	case d.inbox <- message{node, channel, payload, received}:
	default:
		d.complain("what a node said was dropped: the registry is slow", "node", node, "channel", channel)
	}
}

// complain logs what nodes can cause, at most once a second: one that is stolen
// shall not fill the disk.
func (d *Dispatcher) complain(what string, args ...any) {
	d.seldom.Do(func() { d.opt.Logger.Warn(what, args...) })
}

// Announce makes Run send all configurations again: the broker may have none.
func (d *Dispatcher) Announce() {
	select {
	case d.announce <- struct{}{}:
	default:
	}
}

// Run works until ctx ends, and returns nil.
func (d *Dispatcher) Run(ctx context.Context) error {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	d.Announce()
	for {
		select {
		case <-ctx.Done():
			return nil
		case m := <-d.inbox:
			d.keep(ctx, m)
		case <-d.announce:
			if err := d.sendAll(ctx); err != nil && ctx.Err() == nil {
				d.opt.Logger.Error("configurations not sent again", "err", err)
			}
		case <-look.C:
			if err := d.opt.Registry.TimeOutCommands(ctx); err != nil && ctx.Err() == nil {
				d.opt.Logger.Error("late commands not given up", "err", err)
			}
		}
	}
}

func (d *Dispatcher) sendAll(ctx context.Context) error {
	all, err := d.opt.Registry.DesiredConfigurations(ctx)
	if err != nil {
		return err
	}
	for _, c := range all {
		if err := d.send(c); err != nil {
			return fmt.Errorf("configuration of %s: %w", c.Node, err)
		}
	}
	return nil
}

// keep writes down what a node said. What is garbled, or was not asked, is logged and
// left.
func (d *Dispatcher) keep(ctx context.Context, m message) {
	ctx, cancel := context.WithTimeout(ctx, keepLimit)
	defer cancel()
	if len(m.payload) == 0 {
		return
	}
	var err error
	switch m.channel {
	case wire.ConfigReported:
		var r wire.ReportedConfig
		if r, err = wire.ParseReportedConfig(m.payload); err == nil {
			err = d.opt.Registry.ReportConfiguration(ctx, m.node, r, m.received)
		}
	case wire.Reply:
		var a wire.Answer
		if a, err = wire.ParseAnswer(m.payload); err == nil {
			err = d.opt.Registry.AnswerCommand(ctx, m.node, a, m.received)
		}
	}
	if err != nil {
		d.complain("what a node said was not kept", "node", m.node, "channel", m.channel, "err", err)
	}
}
