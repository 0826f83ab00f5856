package mqtt

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// open opens a connection that comes back quickly, and closes it at the end.
func open(t *testing.T, b *broker, change func(*Options)) *Conn {
	t.Helper()
	opt := Options{URL: "tcp://" + b.addr, ClientID: "n1", MaxBackoff: 5 * time.Millisecond, Logger: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&opt)
	}
	c, err := Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, c) })
	return c
}

func shut(t *testing.T, c *Conn) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// until waits for what must happen in the end.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for limit := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("never: %s", what)
		}
	}
}

func connected(c *Conn) func() bool {
	return func() bool { ok, _ := c.Connected(); return ok }
}

func next[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Fatal("nothing came")
	}
	return v
}

func TestConnectSaysWhatTheOptionsSay(t *testing.T) {
	b := newBroker(t)
	b.start()
	open(t, b, func(o *Options) {
		o.Username, o.Password, o.Persistent, o.KeepAlive = "desa", "rahasia", true, 7*time.Second
		o.Will = &Message{Topic: "siaga/v1/n1/state", Payload: []byte("gone"), QoS: 1, Retain: true}
		o.Subscriptions = []Subscription{{"siaga/v1/n1/ack", 0}, {"siaga/v1/n1/cmd", 1}}
	})
	c := await[*packets.ConnectPacket](b)
	if c.ClientIdentifier != "n1" || c.Username != "desa" || string(c.Password) != "rahasia" || c.CleanSession || c.Keepalive != 7 || c.ProtocolVersion != 4 {
		t.Errorf("connect %v", c)
	}
	if !c.WillFlag || c.WillTopic != "siaga/v1/n1/state" || string(c.WillMessage) != "gone" || c.WillQos != 1 || !c.WillRetain {
		t.Errorf("will %v", c)
	}
	for i, filter := range []string{"siaga/v1/n1/ack", "siaga/v1/n1/cmd"} {
		if s := await[*packets.SubscribePacket](b); s.Topics[0] != filter || s.Qoss[0] != byte(i) {
			t.Errorf("subscribe %v, want %s", s, filter)
		}
	}
}

func TestComesBackAndSubscribesAgain(t *testing.T) {
	b := newBroker(t)
	b.start()
	ups, got := make(chan struct{}, 10), make(chan Message, 10)
	c := open(t, b, func(o *Options) {
		o.Subscriptions = []Subscription{{"siaga/v1/n1/ack", 1}}
		o.OnConnect = func() { ups <- struct{}{} }
		o.OnMessage = func(m Message) { got <- m }
	})
	for range 3 {
		next(t, ups)
		await[*packets.SubscribePacket](b)
		b.publish("siaga/v1/n1/ack", "ok")
		if m := next(t, got); m.Topic != "siaga/v1/n1/ack" || string(m.Payload) != "ok" {
			t.Errorf("message %+v", m)
		}
		if err := c.Publish(context.Background(), Message{Topic: "siaga/v1/n1/live", Payload: []byte("x"), QoS: 1}); err != nil {
			t.Error(err)
		}
		b.cut()
	}
}

func TestSurvivesARestartOfTheBroker(t *testing.T) {
	b := newBroker(t)
	b.start()
	c := open(t, b, func(o *Options) { o.Subscriptions = []Subscription{{"a", 1}} })
	until(t, "connected", connected(c))
	await[*packets.SubscribePacket](b)
	b.stop()
	until(t, "an attempt that was refused", func() bool {
		ok, why := c.Connected()
		return !ok && why != nil && strings.Contains(why.Error(), "connect to broker")
	})
	if err := c.Publish(context.Background(), Message{Topic: "a", QoS: 1}); !errors.Is(err, ErrOffline) {
		t.Errorf("publish while offline: %v", err)
	}
	b.start()
	await[*packets.SubscribePacket](b)
	until(t, "connected again", connected(c))
}

// TestPublishEndsWithTheConnection cuts the connection instead of confirming.
// With a kept session paho itself would never tell.
func TestPublishEndsWithTheConnection(t *testing.T) {
	for _, persistent := range []bool{false, true} {
		b := newBroker(t)
		b.answer = func(p packets.ControlPacket) ([]packets.ControlPacket, bool, bool) {
			_, publish := p.(*packets.PublishPacket)
			return nil, publish, publish
		}
		b.start()
		c := open(t, b, func(o *Options) { o.Persistent = persistent })
		until(t, "connected", connected(c))
		err := c.Publish(context.Background(), Message{Topic: "siaga/v1/n1/live", Payload: []byte("x"), QoS: 1})
		if !errors.Is(err, ErrOffline) || !strings.Contains(err.Error(), "siaga/v1/n1/live") {
			t.Errorf("persistent %v: %v", persistent, err)
		}
	}
}

// TestPublishInOnConnectEndsWithTheConnection does it where the connection's own
// goroutine is the one that waits.
func TestPublishInOnConnectEndsWithTheConnection(t *testing.T) {
	b := newBroker(t)
	b.answer = func(p packets.ControlPacket) ([]packets.ControlPacket, bool, bool) {
		_, publish := p.(*packets.PublishPacket)
		return nil, publish, publish
	}
	b.start()
	errs := make(chan error, 100)
	var c *Conn
	ready := make(chan struct{})
	c = open(t, b, func(o *Options) {
		o.Persistent = true
		o.OnConnect = func() {
			<-ready
			select {
			case errs <- c.Publish(context.Background(), Message{Topic: "a", QoS: 1}):
			default: // two are enough
			}
		}
	})
	close(ready)
	for range 2 {
		if err := next(t, errs); !errors.Is(err, ErrOffline) {
			t.Errorf("publish: %v", err)
		}
	}
}

func TestPublishEndsWithItsContextAndWithClose(t *testing.T) {
	b := newBroker(t)
	b.answer = func(p packets.ControlPacket) ([]packets.ControlPacket, bool, bool) {
		_, publish := p.(*packets.PublishPacket)
		return nil, false, publish // never confirmed
	}
	b.start()
	c := open(t, b, nil)
	until(t, "connected", connected(c))
	ctx, cancel := context.WithCancel(context.Background())
	wait := c.PublishAsync(Message{Topic: "a", QoS: 1})
	cancel()
	if err := wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	wait = c.PublishAsync(Message{Topic: "a", QoS: 1})
	shut(t, c)
	if err := wait(context.Background()); !errors.Is(err, ErrOffline) {
		t.Errorf("closed: %v", err)
	}
	if err := c.Publish(context.Background(), Message{Topic: "a"}); !errors.Is(err, ErrOffline) {
		t.Errorf("after close: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		filter string
		code   byte // of CONNACK
		want   string
	}{
		"filter":      {"siaga/v1/+/live", packets.Accepted, "subscribe to siaga/v1/+/live: the broker refused it: check this client's topic rights"},
		"share":       {"$share/siaga/siaga/v1/+/live", packets.Accepted, "subscribe to $share/siaga/siaga/v1/+/live: the broker refused it"},
		"credentials": {"a", packets.ErrRefusedBadUsernameOrPassword, "bad user name or password"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBroker(t)
			b.answer = func(p packets.ControlPacket) ([]packets.ControlPacket, bool, bool) {
				switch p := p.(type) {
				case *packets.SubscribePacket:
					return []packets.ControlPacket{suback(p, 0x80)}, false, true
				case *packets.ConnectPacket:
					if p.ProtocolVersion != 4 {
						t.Errorf("tried version %d", p.ProtocolVersion)
					}
					return []packets.ControlPacket{connack(tc.code)}, false, true
				}
				return nil, false, false
			}
			b.start()
			c := open(t, b, func(o *Options) {
				o.Subscriptions = []Subscription{{tc.filter, 1}}
				o.OnConnect = func() { t.Error("connected") }
			})
			until(t, tc.want, func() bool {
				ok, why := c.Connected()
				return !ok && why != nil && strings.Contains(why.Error(), tc.want)
			})
			await[*packets.ConnectPacket](b) // it tries again: rights can be given
			await[*packets.ConnectPacket](b)
		})
	}
}

// TestMessagesBeforeTheSubscription has the broker deliver what it kept for the
// session before it has heard of any subscription.
func TestMessagesBeforeTheSubscription(t *testing.T) {
	b := newBroker(t)
	b.answer = func(p packets.ControlPacket) ([]packets.ControlPacket, bool, bool) {
		_, connect := p.(*packets.ConnectPacket)
		return []packets.ControlPacket{connack(packets.Accepted), message("a", "kept")}, false, connect
	}
	b.start()
	got := make(chan Message, 10)
	open(t, b, func(o *Options) {
		o.Persistent, o.Subscriptions = true, []Subscription{{"a", 1}}
		o.OnMessage = func(m Message) { got <- m }
	})
	if m := next(t, got); string(m.Payload) != "kept" {
		t.Errorf("message %+v", m)
	}
}

func TestCloseSaysGoodbye(t *testing.T) {
	b := newBroker(t)
	b.start()
	c := open(t, b, func(o *Options) { o.Will = &Message{Topic: "siaga/v1/n1/state", Payload: []byte("gone")} })
	until(t, "connected", connected(c))
	await[*packets.ConnectPacket](b)
	shut(t, c)
	// A DISCONNECT is what keeps the broker from publishing the Will.
	if p := next(t, b.got); p == nil {
		t.Error("the connection ended without a DISCONNECT")
	} else if _, ok := p.(*packets.DisconnectPacket); !ok {
		t.Errorf("got %v", p)
	}
	shut(t, c) // again
	if ok, why := c.Connected(); ok || why == nil {
		t.Errorf("connected %v, %v", ok, why)
	}
}

// TestCloseDuringTheHandshake closes while the broker says nothing, at every
// step; goleak sees whether a goroutine stays.
func TestCloseDuringTheHandshake(t *testing.T) {
	for _, silent := range []string{"CONNECT", "SUBSCRIBE"} {
		b := newBroker(t)
		b.answer = func(p packets.ControlPacket) ([]packets.ControlPacket, bool, bool) {
			return nil, false, strings.HasPrefix(p.String(), silent)
		}
		b.start()
		c := open(t, b, func(o *Options) { o.Subscriptions = []Subscription{{"a", 1}} })
		if silent == "CONNECT" {
			await[*packets.ConnectPacket](b)
		} else {
			await[*packets.SubscribePacket](b)
		}
		shut(t, c)
	}
}

func TestCloseBetweenAttempts(t *testing.T) {
	b := newBroker(t)
	b.start()
	b.stop() // nobody listens there
	c := open(t, b, func(o *Options) { o.MaxBackoff = time.Hour })
	until(t, "a failed attempt", func() bool { _, why := c.Connected(); return why != nil && !errors.Is(why, ErrOffline) })
	shut(t, c)
}
