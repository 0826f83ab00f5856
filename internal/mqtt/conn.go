package mqtt

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"sync"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
)

// ErrOffline says that there is no connection at the moment. It is retryable:
// the connection comes back by itself.
var ErrOffline = errors.New("no connection to the broker")

// Conn is a connection to a broker. All methods may be called concurrently.
type Conn struct {
	opt    Options
	cancel context.CancelFunc
	done   chan struct{}

	mu      sync.Mutex
	link    *link                   // nil while offline
	lost    error                   // why the last attempt or connection failed
	address string                  // of the last attempt
	end     context.CancelCauseFunc // of the connection that link is
	ends    time.Time               // of the certificate that the broker showed last
}

// link is one connection while it stands.
type link struct {
	client paho.Client
	// ended is closed when the connection is gone. Paho leaves the tokens of a
	// kept session open then, and nobody would wake up.
	ended <-chan struct{}
}

// Open checks the options and starts connecting in the background; it does not
// wait for the broker. The caller must Close it.
func Open(opt Options) (*Conn, error) {
	opt, err := opt.withDefaults()
	if err != nil {
		return nil, err
	}
	if opt.Server == nil {
		if _, err := opt.trust(); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	c := &Conn{opt: opt, cancel: cancel, done: make(chan struct{}), lost: ErrOffline}
	go c.run(ctx)
	return c, nil
}

// Connected reports whether the connection stands, and if not, why.
func (c *Conn) Connected() (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.link != nil, c.lost
}

// errAnew ends a connection that stands.
var errAnew = errors.New("to be made anew")

// Reconnect leaves the broker, where there is a connection, and connects anew as
// after any loss.
func (c *Conn) Reconnect() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.link != nil {
		c.end(errAnew)
	}
}

// Address is the URL of the broker that the connection stands to or, while it does
// not, that was tried last; "" before the first.
func (c *Conn) Address() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.address
}

// Publish sends m. At QoS 1 it returns when the broker has confirmed it, at
// QoS 0 when it was handed to the operating system. While offline it returns
// ErrOffline at once. An error means that the broker may or may not have m.
func (c *Conn) Publish(ctx context.Context, m Message) error {
	return c.PublishAsync(m)(ctx)
}

// PublishAsync starts sending m and returns a function that waits for what
// Publish waits for. It lets a caller keep many messages under way in order. To a
// broker that reads no more it takes some seconds, but no longer than until Close.
func (c *Conn) PublishAsync(m Message) func(ctx context.Context) error {
	c.mu.Lock()
	l := c.link
	c.mu.Unlock()
	if l == nil {
		return func(context.Context) error { return fmt.Errorf("publish %s: %w", m.Topic, ErrOffline) }
	}
	tok, ok := l.publish(m)
	if !ok {
		return func(context.Context) error {
			return fmt.Errorf("publish %s: connection lost before it was sent: %w", m.Topic, ErrOffline)
		}
	}
	return func(ctx context.Context) error {
		select {
		case <-tok.Done():
			err := tok.Error()
			if err != nil && !l.client.IsConnectionOpen() {
				return fmt.Errorf("publish %s: %w: %w", m.Topic, ErrOffline, err)
			}
			if err != nil {
				return fmt.Errorf("publish %s: %w", m.Topic, err)
			}
			return nil
		case <-l.ended:
			return fmt.Errorf("publish %s: connection lost before it was confirmed: %w", m.Topic, ErrOffline)
		case <-ctx.Done():
			return fmt.Errorf("publish %s: %w", m.Topic, ctx.Err())
		}
	}
}

// publish hands m to paho, or returns false when the connection ends first. Paho
// waits for the socket, for stallTimeout at most, and for nothing else: the
// goroutine that it keeps waiting is not worth waiting for.
func (l *link) publish(m Message) (tok paho.Token, ok bool) {
	handed := make(chan paho.Token, 1)
	go func() { handed <- l.client.Publish(m.Topic, m.QoS, m.Retain, m.Payload) }()
	select {
	case tok := <-handed:
		return tok, true
	case <-l.ended:
		return nil, false
	}
}

// Close says goodbye to the broker, so that the Will is not published, and
// waits until the connection's goroutines have ended.
func (c *Conn) Close() error {
	c.cancel()
	<-c.done
	return nil
}

// run keeps one connection after another until ctx ends.
func (c *Conn) run(ctx context.Context) {
	defer close(c.done)
	least := min(minBackoff, c.opt.MaxBackoff)
	pause := least
	var turn turns
	for ctx.Err() == nil {
		began := time.Now()
		address, all, err := c.attempt(ctx, &turn)
		if ctx.Err() != nil {
			return
		}
		c.mu.Lock()
		c.lost = err
		c.mu.Unlock()
		if time.Since(began) > c.opt.MaxBackoff {
			pause = least
		}
		// A broker that does not answer in time has too much to do, and whoever
		// asks again at once makes it more.
		if slow(err) {
			pause = c.opt.MaxBackoff
		}
		// Full jitter on the upper half: a district's nodes that lost one broker
		// together must not come back together. Other addresses of it come soon.
		of := least
		if all {
			of, pause = pause, min(2*pause, c.opt.MaxBackoff)
		}
		wait := of/2 + rand.N(of/2+1)
		c.opt.Logger.Warn("broker connection down", "broker", address, "client", c.opt.ClientID, "err", err, "retry_in", wait.Round(time.Millisecond))
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// attempt is a session with the address whose turn it is; all says that there is
// no other to try before a longer pause.
func (c *Conn) attempt(ctx context.Context, turn *turns) (address string, all bool, err error) {
	s, err := c.opt.server()
	if err != nil {
		return "", true, err
	}
	address, all = turn.next(s.URLs)
	c.mu.Lock()
	c.address = address
	c.mu.Unlock()
	err = c.session(ctx, s, address, func() { turn.works(address) })
	return address, all || turn.tried == 0, err
}

// session connects, subscribes, and returns when the connection has ended. A
// fresh client for each session leaves nothing behind of the one before.
func (c *Conn) session(ctx context.Context, s Server, address string, works func()) error {
	standing, end := context.WithCancelCause(ctx)
	defer end(nil)
	// Closing the socket ends what paho's goroutines still wait for: it would
	// wait long for a broker that takes connections and says nothing.
	open, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	po, outdated := c.pahoOptions(address)
	po.SetConnectionLostHandler(func(_ paho.Client, err error) {
		end(fmt.Errorf("connection to broker lost: %w", err))
	})
	po.SetCustomOpenConnectionFn(func(*url.URL, paho.ClientOptions) (net.Conn, error) {
		conn, err := c.opt.dial(standing, s, address)
		if err == nil {
			context.AfterFunc(open, func() { _ = conn.Close() })
			c.shown(conn)
		}
		return conn, err
	})
	cl := paho.NewClient(po)
	connect := cl.Connect()
	defer func() {
		end(nil)
		// Disconnect says goodbye, waits for what is under way and ends paho's
		// goroutines.
		cl.Disconnect(goodbye)
		hangUp()
		<-connect.Done()
	}()
	if err := wait(ctx, connect, c.opt.handshake); err != nil {
		return errors.Join(fmt.Errorf("connect to broker: %w", err), outdated)
	}
	if err := c.subscribe(ctx, cl); err != nil {
		return err
	}
	works()
	c.mu.Lock()
	c.link, c.lost, c.end = &link{client: cl, ended: standing.Done()}, nil, end
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.link, c.lost = nil, context.Cause(standing)
		c.mu.Unlock()
	}()
	c.opt.Logger.Info("broker connected", "broker", address, "client", c.opt.ClientID)
	if c.opt.OnConnect != nil {
		c.opt.OnConnect()
	}
	<-standing.Done()
	return context.Cause(standing)
}

func (c *Conn) subscribe(ctx context.Context, cl paho.Client) error {
	for _, s := range c.opt.Subscriptions {
		tok := cl.Subscribe(s.Filter, s.QoS, nil)
		if err := wait(ctx, tok, c.opt.handshake); err != nil {
			return fmt.Errorf("subscribe to %s: %w", s.Filter, err)
		}
		if st, ok := tok.(*paho.SubscribeToken); ok {
			// A broker refuses a subscription by a return code of 0x80 (MQTT 3.1.1
			// §3.9.3), which is no protocol error. Paho files the code under a name
			// of its own making where the filter is a share.
			for _, code := range st.Result() {
				if code >= 0x80 {
					return fmt.Errorf("subscribe to %s: the broker refused it: check this client's topic rights", s.Filter)
				}
			}
		}
	}
	return nil
}

// errSilent is why a connection ends whose broker takes it and says nothing.
var errSilent = errors.New("the broker did not answer in time")

// slow says whether err is about an answer that did not come in time.
func slow(err error) bool {
	return errors.Is(err, errSilent) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
}

func wait(ctx context.Context, tok paho.Token, limit time.Duration) error {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-tok.Done():
		return tok.Error()
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return errSilent
	}
}
