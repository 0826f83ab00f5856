package broker

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience ends a wait that would never end; no test depends on it.
const patience = 20 * time.Second

// message is what OnPublish got.
type message struct {
	Client, Topic, Payload string
	Retain                 bool
}

// start starts a broker for a test; what clients publish comes out of the
// channel.
func start(t testing.TB, opt Options) (*Broker, <-chan message) {
	t.Helper()
	got := make(chan message, 1000)
	opt.OnPublish = func(client, topic string, payload []byte, retain bool) {
		got <- message{client, topic, string(payload), retain}
		clear(payload) // it is the callee's
	}
	if opt.Addr == "" {
		opt.Addr = "127.0.0.1:0"
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	b, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b, got
}

// client is a paho client whose connection a test can cut.
type client struct {
	mqtt.Client
	lost chan struct{} // closed when the connection is lost

	mu   sync.Mutex
	conn net.Conn
}

// cut breaks the connection as a network does: without a DISCONNECT.
func (c *client) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.conn.Close()
}

func dial(t testing.TB, b *Broker, id string, change func(*mqtt.ClientOptions)) (*client, error) {
	t.Helper()
	c := &client{lost: make(chan struct{})}
	o := mqtt.NewClientOptions().AddBroker("tcp://" + b.Addr()).SetClientID(id).
		SetAutoReconnect(false).SetOrderMatters(true).SetConnectTimeout(patience).
		SetProtocolVersion(4).
		SetConnectionLostHandler(func(mqtt.Client, error) { close(c.lost) })
	o.SetCustomOpenConnectionFn(func(_ *url.URL, _ mqtt.ClientOptions) (net.Conn, error) {
		nc, err := net.Dial("tcp", b.Addr())
		c.mu.Lock()
		c.conn = nc
		c.mu.Unlock()
		return nc, err
	})
	if change != nil {
		change(o)
	}
	c.Client = mqtt.NewClient(o)
	tok := c.Connect()
	if !tok.WaitTimeout(patience) {
		t.Fatal("no answer to CONNECT")
	}
	t.Cleanup(func() { c.Disconnect(250) }) // at most: until it is said
	return c, tok.Error()
}

func connect(t testing.TB, b *Broker, id string, change func(*mqtt.ClientOptions)) *client {
	t.Helper()
	c, err := dial(t, b, id, change)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func wait(t testing.TB, tok mqtt.Token) {
	t.Helper()
	if !tok.WaitTimeout(patience) {
		t.Fatal("no answer")
	}
	if tok.Error() != nil {
		t.Fatal(tok.Error())
	}
}

// until waits for what happens by itself.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for limit := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("never: ", what)
		}
	}
}

func next[T any](t testing.TB, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Fatal("nothing came")
	}
	return v
}

// subscribe returns what c receives on filter.
func subscribe(t testing.TB, c *client, filter string, qos byte) <-chan message {
	t.Helper()
	got := make(chan message, 1000)
	wait(t, c.Subscribe(filter, qos, func(_ mqtt.Client, m mqtt.Message) {
		got <- message{"", m.Topic(), string(m.Payload()), m.Retained()}
	}))
	return got
}

func TestPublishReachesCallback(t *testing.T) {
	b, got := start(t, Options{})
	c := connect(t, b, "n1", nil)
	all := subscribe(t, connect(t, b, "reader", nil), "#", 1)
	want := []message{
		{"n1", "siaga/v1/n1/live", "a", false},
		{"n1", "siaga/v1/n1/fill", "b", false},
		{"n1", "siaga/v1/n1/state", "c", true},
		{"n1", "siaga/v1/n1/config/reported", "d", true},
		{"n1", "siaga/v1/n1/reply", "", false},
		{"n1", "zigbee2mqtt/pump", "e", false},
	}
	for i, m := range want {
		wait(t, c.Publish(m.Topic, byte(i%3), m.Retain, m.Payload))
	}
	for _, w := range want {
		if diff := cmp.Diff(w, next(t, got)); diff != "" {
			t.Errorf("callback (-want +got):\n%s", diff)
		}
		// The callback has cleared its payload; subscribers must not notice.
		if m := next(t, all); m.Topic != w.Topic || m.Payload != w.Payload {
			t.Errorf("subscriber got %+v, want %+v", m, w)
		}
	}
	late := subscribe(t, connect(t, b, "late", nil), "siaga/v1/+/state", 1)
	if m := next(t, late); m.Payload != "c" || !m.Retain {
		t.Errorf("retained state is %+v", m)
	}
	if s := b.Stats(); s.Messages != uint64(len(want)) || s.Clients != 3 || s.Refused != 0 || s.BytesReceived == 0 {
		t.Errorf("stats %+v", s)
	}
}

func TestCenterTopicsAreRefused(t *testing.T) {
	b, got := start(t, Options{})
	all := subscribe(t, connect(t, b, "reader", nil), "siaga/#", 1)
	refused := []string{
		"siaga/v1/n1/ack", "siaga/v1/other/ack", "siaga/v1/n1/config", "siaga/v1/n1/cmd",
		"siaga/v2/n1/ack", "siaga/center/v1/main/state", "siaga/center/x", "siaga/center",
	}
	for _, topic := range refused {
		quiet := connect(t, b, "quiet", nil)
		wait(t, quiet.Publish(topic, 0, true, "x"))
		// It is dropped, the connection stays.
		wait(t, quiet.Publish("siaga/v1/n1/live", 1, false, "after"))
		if m := next(t, got); m.Payload != "after" {
			t.Errorf("%s reached the callback: %+v", topic, m)
		}
		if m := next(t, all); m.Payload != "after" {
			t.Errorf("%s was published: %+v", topic, m)
		}
		loud := connect(t, b, "loud", nil)
		loud.Publish(topic, 1, false, "x")
		next(t, loud.lost)
		if _, err := dial(t, b, "dying", func(o *mqtt.ClientOptions) { o.SetWill(topic, "x", 1, true) }); err == nil {
			t.Errorf("a Will to %s was accepted", topic)
		}
	}
	if s := b.Stats(); s.Refused != uint64(3*len(refused)) {
		t.Errorf("stats %+v", s)
	}
	for _, topic := range refused {
		if err := b.Publish(topic, []byte("x"), false, 1); err != nil {
			t.Error(err)
		}
		if m := next(t, all); m.Topic != topic {
			t.Errorf("got %+v, want %s", m, topic)
		}
	}
}

func TestWills(t *testing.T) {
	b, got := start(t, Options{})
	will := func(o *mqtt.ClientOptions) { o.SetWill("siaga/v1/n1/state", "gone", 1, true) }
	want := message{"n1", "siaga/v1/n1/state", "gone", true}

	connect(t, b, "n1", will).cut()
	if diff := cmp.Diff(want, next(t, got)); diff != "" {
		t.Errorf("callback (-want +got):\n%s", diff)
	}
	late := subscribe(t, connect(t, b, "late", nil), "siaga/v1/+/state", 1)
	if m := next(t, late); m.Payload != "gone" || !m.Retain {
		t.Errorf("retained %+v", m)
	}

	// A connection that takes the other's place: the node is not gone.
	old := connect(t, b, "n1", will)
	again := connect(t, b, "n1", will)
	next(t, old.lost)
	wait(t, again.Publish("siaga/v1/n1/state", 1, true, "here"))
	if m := next(t, got); m.Payload != "here" {
		t.Errorf("after taking over: %+v", m)
	}
	// Nor is it when it says goodbye, or when the center goes.
	again.Disconnect(uint(patience.Milliseconds())) // until it is said
	last := connect(t, b, "n1", will)
	wait(t, last.Publish("siaga/v1/n1/live", 1, false, "last"))
	if m := next(t, got); m.Payload != "last" {
		t.Errorf("after goodbye: %+v", m)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case m := <-got:
		t.Errorf("after closing: %+v", m)
	default:
	}
	if s := b.Stats(); s.Wills != 1 {
		t.Errorf("stats %+v", s)
	}
}

func TestInlinePublish(t *testing.T) {
	b, got := start(t, Options{})
	if err := b.Publish("siaga/v1/n1/config", []byte("v1"), true, 1); err != nil {
		t.Fatal(err)
	}
	c := connect(t, b, "n1", nil)
	in := subscribe(t, c, "siaga/v1/n1/#", 1)
	if m := next(t, in); m.Payload != "v1" || !m.Retain {
		t.Errorf("retained %+v", m)
	}
	if err := b.Publish("siaga/v1/n1/config", nil, true, 1); err != nil {
		t.Fatal(err)
	}
	if m := next(t, in); m.Payload != "" {
		t.Errorf("cleared %+v", m)
	}
	if err := b.Publish("siaga/v1/n1/ack", []byte("ok"), false, 0); err != nil {
		t.Fatal(err)
	}
	if m := next(t, in); m.Topic != "siaga/v1/n1/ack" || m.Payload != "ok" {
		t.Errorf("ack %+v", m)
	}
	for topic, want := range map[string]error{"": ErrTopic, "siaga/+/x": ErrTopic, "$SYS/x": ErrTopic} {
		if err := b.Publish(topic, nil, false, 0); !errors.Is(err, want) {
			t.Errorf("publish to %q: %v, want %v", topic, err, want)
		}
	}
	if err := b.Publish("x", nil, false, 3); !errors.Is(err, ErrQoS) {
		t.Errorf("QoS 3: %v", err)
	}
	if len(got) != 0 {
		t.Errorf("own message came back: %+v", <-got)
	}
}

func TestPacketTooLarge(t *testing.T) {
	b, got := start(t, Options{MaxPacketBytes: 1024})
	c := connect(t, b, "n1", func(o *mqtt.ClientOptions) { o.SetWill("siaga/v1/n1/state", "gone", 1, false) })
	wait(t, c.Publish("siaga/v1/n1/live", 1, false, strings.Repeat("x", 900)))
	next(t, got)
	c.Publish("siaga/v1/n1/live", 1, false, strings.Repeat("x", 1100))
	next(t, c.lost)
	if m := next(t, got); m.Payload != "gone" {
		t.Errorf("the packet came through: %.20s", m.Payload)
	}
	if err := b.Close(); err != nil { // waits for the connection's goroutine
		t.Fatal(err)
	}
	if s := b.Stats(); s.TooLarge != 1 {
		t.Errorf("stats %+v", s)
	}
}

func TestListenErrors(t *testing.T) {
	for _, addr := range []string{":1883", "0.0.0.0:1883", "[::]:1883", "192.0.2.1:1883", "siaga.example:1883"} {
		b, err := New(Options{Addr: addr})
		if err != nil {
			t.Fatal(err)
		}
		err = b.Start()
		var beyond *NotLoopbackError
		if !errors.As(err, &beyond) || !strings.Contains(err.Error(), "secure.addrs") {
			t.Errorf("%s: %v, want *NotLoopbackError with its remedy", addr, err)
		}
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	b, err := New(Options{Addr: ln.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	err = b.Start()
	var le *ListenError
	if !errors.As(err, &le) || !errors.Is(err, syscall.EADDRINUSE) {
		t.Fatalf("error %v, want *ListenError of a taken port", err)
	}
	for _, part := range []string{ln.Addr().String(), "--mqtt", "mqtt.url"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not name %s", err, part)
		}
	}
	if err := b.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}
