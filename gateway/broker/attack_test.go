package broker

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/siaga-id/siaga/internal/reading"
)

// late is a gate whose answer comes after something else has happened.
type late struct {
	*guard
	meanwhile func()
}

func (l *late) Node(peer tls.ConnectionState) (reading.NodeID, error) {
	node, err := l.guard.Node(peer)
	l.meanwhile()
	return node, err
}

// A node that is retired while it connects does not stay: the cut comes too early
// to find it, and its certificate was looked at too early to be refused.
func TestRevokedWhileItConnects(t *testing.T) {
	g := &guard{}
	l := &late{guard: g, meanwhile: func() {}}
	b := startGated(t, l)
	l.meanwhile = func() {
		l.meanwhile = func() {}
		g.mu.Lock()
		g.revoked = []string{"n1"}
		g.mu.Unlock()
		b.CutNode("n1")
	}
	c, err := dial(t, b.Broker, "n1", b.shows("n1"))
	if err == nil {
		next(t, c.lost)
	}
	if b.refusals.counts[badCertificate].Load() != 1 {
		t.Error("not counted")
	}
	l.meanwhile = func() { b.CutNode("n1") }
	wait(t, connect(t, b.Broker, "n2", b.shows("n2")).Publish("siaga/v1/n2/live", 1, false, "x"))
}

// One account cannot take all the room that there is for nodes.
func TestTooManySessions(t *testing.T) {
	b := startGated(t, &guard{accounts: []Account{{Name: "meter", Publish: []string{"meter/#"}}, {Name: "pump", Publish: []string{"pump/#"}}}})
	as := func(account string) func(*mqtt.ClientOptions) {
		return func(o *mqtt.ClientOptions) {
			signsIn(account, account, plain)(o)
			o.SetCleanSession(false)
		}
	}
	for i := range maxSessions {
		c := connect(t, b.Broker, fmt.Sprint("c", i), as("meter"))
		if i%2 == 0 {
			c.Disconnect(0) // its session stays
		}
	}
	if _, err := dial(t, b.Broker, "one-more", as("meter")); err == nil {
		t.Error("one more got in")
	}
	connect(t, b.Broker, "c0", as("meter"))
	connect(t, b.Broker, "one-more", as("pump"))
	if b.refusals.counts[tooManySessions].Load() != 1 {
		t.Error("not counted")
	}
}

// A topic of ten thousand levels, or many retained messages, would cost the memory
// of the whole center.
func TestTopicsAreBounded(t *testing.T) {
	b := startGated(t, &guard{accounts: []Account{{Name: "meter", Publish: []string{"meter/#"}, Subscribe: []string{"meter/#"}}}})
	c := connect(t, b.Broker, "x", signsIn("meter", "meter", plain))
	deep := "meter" + strings.Repeat("/x", maxLevels)
	tok := c.Subscribe(deep, 0, nil)
	tok.WaitTimeout(patience)
	if codes := tok.(*mqtt.SubscribeToken).Result(); codes[deep] < 0x80 {
		t.Errorf("subscribed: %v", codes)
	}
	c.Publish(deep, 0, true, "x")
	c.Publish("meter/"+strings.Repeat("x", maxTopic), 0, true, "x")
	wait(t, c.Publish("meter/1", 1, true, "x"))
	if m := next(t, b.got); m.Topic != "meter/1" {
		t.Errorf("%d bytes of topic came through", len(m.Topic))
	}
}

func TestRetainedIsBounded(t *testing.T) {
	b := startGated(t, &guard{accounts: []Account{{Name: "meter", Publish: []string{"meter/#"}, Subscribe: []string{"meter/#"}}}})
	c := connect(t, b.Broker, "x", signsIn("meter", "meter", plain))
	big := strings.Repeat("x", DefaultMaxPacketBytes/2)
	const room = maxRetainedBytes / (DefaultMaxPacketBytes/2 + 16)
	for i := range room + 20 {
		wait(t, c.Publish(fmt.Sprintf("meter/%010d", i), 1, true, big))
		next(t, b.got)
	}
	n := 0
	for topic := range b.server.Topics.Retained.GetAll() {
		if strings.HasPrefix(topic, "meter/") {
			n++
		}
	}
	if n == 0 || n > room {
		t.Errorf("%d of %d bytes are retained", n, len(big))
	}
	if b.refusals.counts[tooMuchRetained].Load() < 20 {
		t.Error("not counted")
	}
	wait(t, c.Publish("meter/0000000000", 1, true, "")) // makes room
	wait(t, c.Publish("meter/new", 1, true, "x"))
	if _, ok := b.server.Topics.Retained.Get("meter/new"); !ok {
		t.Error("no room after one was taken away")
	}
}

// Who spoke for a node before it was enrolled does not do so by his Will after.
func TestWillOfBeforeTheEnrolment(t *testing.T) {
	g := &guard{}
	b := startGated(t, g)
	c := connect(t, b.Broker, "x", func(o *mqtt.ClientOptions) { o.SetWill("siaga/v1/n1/state", "gone", 1, true) })
	wait(t, c.Publish("siaga/v1/n1/live", 1, false, "x"))
	next(t, b.got)
	g.mu.Lock()
	g.enrolled = []reading.NodeID{"n1"}
	g.mu.Unlock()
	c.cut()
	until(t, "counted", func() bool { return b.refusals.counts[badWill].Load() > 0 })
	wait(t, connect(t, b.Broker, "y", nil).Publish("other", 1, false, "x"))
	if m := next(t, b.got); m.Topic != "other" {
		t.Errorf("the Will was sent: %+v", m)
	}
}
