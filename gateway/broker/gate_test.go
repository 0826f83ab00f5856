package broker

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/siaga-id/siaga/internal/reading"
)

// guard is a gate for tests: certificates are valid by their common name, unless
// it is among the revoked. An account's password is its name.
type guard struct {
	mu       sync.Mutex
	revoked  []string
	enrolled []reading.NodeID
	accounts []Account
}

func (g *guard) Node(peer tls.ConnectionState) (reading.NodeID, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	name := peer.PeerCertificates[0].Subject.CommonName
	if slices.Contains(g.revoked, name) {
		return "", errors.New("revoked")
	}
	return reading.NodeID(name), nil
}

func (g *guard) Account(name, password, _ string) (Account, error) {
	for _, a := range g.accounts {
		if a.Name == name && password == name {
			return a, nil
		}
	}
	return Account{}, errors.New("no such account")
}

func (g *guard) Enrolled(node reading.NodeID) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Contains(g.enrolled, node)
}

// door yields connections that are encrypted as far as the broker can see.
// Whoever dials says first whose certificate he shows, by a line.
type door struct{ net.Listener }

func (d door) Accept() (net.Conn, error) {
	c, err := d.Listener.Accept()
	if err != nil {
		return nil, err
	}
	var name []byte
	for b := make([]byte, 1); ; name = append(name, b[0]) {
		if _, err := c.Read(b); err != nil || b[0] == '\n' {
			return &shown{c, string(name)}, nil
		}
	}
}

type shown struct {
	net.Conn
	name string
}

func (s *shown) TLS() tls.ConnectionState {
	state := tls.ConnectionState{HandshakeComplete: true}
	if s.name != "" {
		name, seconds, _ := strings.Cut(s.name, " ends in ")
		valid, err := time.ParseDuration(seconds)
		if err != nil {
			valid = time.Hour
		}
		state.PeerCertificates = []*x509.Certificate{{Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(valid)}}
	}
	return state
}

// gated is a broker with a gate and a secure side.
type gated struct {
	*Broker
	got    <-chan message
	secure string
}

func startGated(t *testing.T, g Gate) gated {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b, got := start(t, Options{Gate: g, Secure: door{ln}})
	return gated{b, got, ln.Addr().String()}
}

// shows makes a client come by the secure side with the certificate of name, ""
// for none.
func (g gated) shows(name string) func(*mqtt.ClientOptions) {
	return func(o *mqtt.ClientOptions) {
		o.SetCustomOpenConnectionFn(func(*url.URL, mqtt.ClientOptions) (net.Conn, error) {
			c, err := net.Dial("tcp", g.secure)
			if err != nil {
				return nil, err
			}
			_, err = io.WriteString(c, name+"\n")
			return c, err
		})
	}
}

// signsIn makes a client say a name and a password.
func signsIn(name, password string, with func(*mqtt.ClientOptions)) func(*mqtt.ClientOptions) {
	return func(o *mqtt.ClientOptions) {
		with(o)
		o.SetUsername(name).SetPassword(password)
	}
}

func plain(*mqtt.ClientOptions) {}

func TestWhoGetsIn(t *testing.T) {
	g := &guard{revoked: []string{"stolen"}, enrolled: []reading.NodeID{"n1", "stolen"}, accounts: []Account{{Name: "meter"}}}
	b := startGated(t, g)
	for _, tc := range []struct {
		name, id string
		how      func(*mqtt.ClientOptions)
		refused  refusal // -1: he gets in
	}{
		{"a node", "n1", b.shows("n1"), -1},
		{"a node as another", "n2", b.shows("n1"), badClientID},
		{"a stolen node", "stolen", b.shows("stolen"), badCertificate},
		{"somebody over TLS", "n3", b.shows(""), noCredentials},
		{"somebody here", "n3", plain, -1},
		{"somebody here as an enrolled node", "n1", plain, badClientID},
		{"an account as an enrolled node", "n1", signsIn("meter", "meter", plain), badClientID},
		{"an account", "x", signsIn("meter", "meter", b.shows("")), -1},
		{"an account here", "x", signsIn("meter", "meter", plain), -1},
		{"a wrong password", "x", signsIn("meter", "meters", b.shows("")), badPassword},
		{"a wrong password here", "x", signsIn("meter", "meters", plain), badPassword},
		{"an unknown account", "x", signsIn("n1", "n1", b.shows("")), badPassword},
		{"somebody as an account's client", "account:meter:x", plain, badClientID},
		{"a Will for another", "n1", func(o *mqtt.ClientOptions) {
			b.shows("n1")(o)
			o.SetWill("siaga/v1/n2/state", "gone", 1, true)
		}, badWill},
		{"a Will for an enrolled node", "n3", func(o *mqtt.ClientOptions) { o.SetWill("siaga/v1/n1/state", "gone", 1, true) }, badWill},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := b.Stats().Refused
			c, err := dial(t, b.Broker, tc.id, tc.how)
			if in := err == nil; in != (tc.refused < 0) {
				t.Fatalf("got in: %v (%v)", in, err)
			}
			if tc.refused >= 0 && (b.Stats().Refused != before+1 || b.refusals.counts[tc.refused].Load() == 0) {
				t.Errorf("not counted as %s", refusalReasons[tc.refused])
			}
			c.Disconnect(0)
		})
	}
}

// What is a client's to publish arrives, what is not costs the connection.
func TestWhatMayBePublished(t *testing.T) {
	g := &guard{enrolled: []reading.NodeID{"n1"}, accounts: []Account{
		{Name: "meter", Publish: []string{"meter/+/up"}}, {Name: "ingest-2", Ingester: true},
	}}
	b := startGated(t, g)
	node, here := b.shows("n1"), plain
	device, ingester := signsIn("meter", "meter", b.shows("")), signsIn("ingest-2", "ingest-2", b.shows(""))
	for _, tc := range []struct {
		id    string
		how   func(*mqtt.ClientOptions)
		topic string
		may   bool
	}{
		{"n1", node, "siaga/v1/n1/live", true},
		{"n1", node, "siaga/v1/n1/fill", true},
		{"n1", node, "siaga/v1/n1/state", true},
		{"n1", node, "siaga/v1/n1/config/reported", true},
		{"n1", node, "siaga/v1/n1/reply", true},
		{"n1", node, "siaga/v1/n1/ack", false},
		{"n1", node, "siaga/v1/n1/config", false},
		{"n1", node, "siaga/v1/n1/cmd", false},
		{"n1", node, "siaga/v1/n1/other", false},
		{"n1", node, "siaga/v1/n2/live", false},
		{"n1", node, "siaga/center/v1/n1/state", false},
		{"n1", node, "meter/7/up", false},
		{"x", device, "meter/7/up", true},
		{"x", device, "meter/7/down", false},
		{"x", device, "siaga/v1/n1/live", false},
		{"x", device, "siaga/v1/n2/live", false},
		{"x", ingester, "siaga/v1/n1/ack", true},
		{"x", ingester, "siaga/center/v1/ingest-2/state", true},
		{"x", ingester, "siaga/center/v1/center/state", false},
		{"x", ingester, "siaga/v1/n1/config", false},
		{"x", ingester, "siaga/v1/n1/live", false},
		{"x", here, "siaga/v1/n2/live", true},
		{"x", here, "siaga/v1/n1/live", false},
		{"x", here, "siaga/v1/n1/state", false},
		{"x", here, "siaga/v1/n2/ack", false},
		{"x", here, "elsewhere", true},
	} {
		c := connect(t, b.Broker, tc.id, tc.how)
		tok := c.Publish(tc.topic, 1, false, "x")
		if !tc.may {
			next(t, c.lost)
			if len(b.got) > 0 {
				t.Errorf("%s: %s got through", tc.id, (<-b.got).Topic)
			}
			continue
		}
		wait(t, tok)
		if m := next(t, b.got); m.Topic != tc.topic {
			t.Errorf("got %s, want %s", m.Topic, tc.topic)
		}
		c.Disconnect(0)
	}
}

func TestWhatMayBeHeard(t *testing.T) {
	g := &guard{accounts: []Account{{Name: "meter", Subscribe: []string{"meter/+/down"}}, {Name: "ingest-2", Ingester: true}}}
	b := startGated(t, g)
	device, ingester := signsIn("meter", "meter", b.shows("")), signsIn("ingest-2", "ingest-2", b.shows(""))
	for id, clients := range map[string][]struct {
		how    func(*mqtt.ClientOptions)
		filter string
		may    bool
	}{
		"n1": {
			{b.shows("n1"), "siaga/v1/n1/ack", true},
			{b.shows("n1"), "siaga/v1/n1/config", true},
			{b.shows("n1"), "siaga/v1/n1/cmd", true},
			{b.shows("n1"), "siaga/center/v1/+/state", true},
			{b.shows("n1"), "siaga/center/v1/main/state", true},
			{b.shows("n1"), "siaga/v1/n1/live", false},
			{b.shows("n1"), "siaga/v1/n1/#", false},
			{b.shows("n1"), "siaga/v1/+/ack", false},
			{b.shows("n1"), "siaga/v1/n2/ack", false},
			{b.shows("n1"), "siaga/center/v1/#", false},
			{b.shows("n1"), "#", false},
			{b.shows("n1"), "+/v1/n1/ack", false},
			{b.shows("n1"), "$SYS/#", false},
			{b.shows("n1"), "$share/g/siaga/v1/n1/ack", false},
		},
		"x": {
			{device, "meter/7/down", true},
			{device, "meter/+/down", true},
			{device, "meter/#", false},
			{device, "siaga/v1/n1/ack", false},
			{ingester, "$share/siaga/siaga/v1/+/live", true},
			{ingester, "$share/siaga/siaga/v1/+/fill", true},
			{ingester, "siaga/v1/+/state", true},
			{ingester, "siaga/v1/+/cmd", false},
			{ingester, "$share/siaga/#", false},
			{plain, "siaga/#", true},
			{plain, "$SYS/#", false},
		},
	} {
		for _, tc := range clients {
			c := connect(t, b.Broker, id, tc.how)
			tok := c.Subscribe(tc.filter, 1, func(mqtt.Client, mqtt.Message) {})
			if !tok.WaitTimeout(patience) {
				t.Fatal("no answer")
			}
			granted := tok.Error() == nil
			for _, code := range tok.(*mqtt.SubscribeToken).Result() {
				granted = granted && code != 0x80
			}
			if granted != tc.may {
				t.Errorf("%s: %s granted %v, want %v", id, tc.filter, granted, tc.may)
			}
			c.Disconnect(0)
		}
	}
}

// A node that is enrolled takes its id back from whoever used it on the center's
// machine, and inherits nothing from him.
func TestNodeTakesItsID(t *testing.T) {
	b := startGated(t, &guard{})
	squatter := connect(t, b.Broker, "n1", func(o *mqtt.ClientOptions) { o.SetCleanSession(false) })
	wait(t, squatter.Subscribe("siaga/#", 1, func(mqtt.Client, mqtt.Message) {}))
	if _, err := dial(t, b.Broker, "n1", signsIn("n1", "n1", plain)); err == nil {
		t.Error("another party took the id")
	}
	heard := make(chan message, 10)
	node := connect(t, b.Broker, "n1", func(o *mqtt.ClientOptions) {
		b.shows("n1")(o)
		o.SetCleanSession(false).SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) {
			heard <- message{"", m.Topic(), string(m.Payload()), false}
		})
	})
	next(t, squatter.lost)
	wait(t, node.Subscribe("siaga/v1/n1/ack", 1, nil))
	for _, topic := range []string{"siaga/v1/n2/ack", "siaga/v1/n1/ack"} {
		if err := b.Publish(topic, []byte("x"), false, 1); err != nil {
			t.Fatal(err)
		}
	}
	if m := next(t, heard); m.Topic != "siaga/v1/n1/ack" {
		t.Errorf("heard %s", m.Topic)
	}
}

// Two accounts with one client id do not disturb each other.
func TestAccountsHaveTheirOwnClientIDs(t *testing.T) {
	b := startGated(t, &guard{accounts: []Account{{Name: "one", Publish: []string{"#"}}, {Name: "two", Publish: []string{"#"}}}})
	one := connect(t, b.Broker, "x", signsIn("one", "one", plain))
	two := connect(t, b.Broker, "x", signsIn("two", "two", plain))
	for _, c := range []*client{one, two} {
		wait(t, c.Publish("t", 1, false, "x"))
		next(t, b.got)
	}
}

func TestCut(t *testing.T) {
	g := &guard{accounts: []Account{{Name: "meter", Publish: []string{"#"}}}}
	b := startGated(t, g)
	node := connect(t, b.Broker, "n1", func(o *mqtt.ClientOptions) {
		b.shows("n1")(o)
		o.SetWill("siaga/v1/n1/state", "gone", 1, true)
	})
	other := connect(t, b.Broker, "n2", b.shows("n2"))
	device := connect(t, b.Broker, "x", signsIn("meter", "meter", plain))
	g.mu.Lock()
	g.revoked = []string{"n1"}
	g.mu.Unlock()
	if !b.CutNode("n1") || b.CutNode("n3") || b.CutNode("meter") || !b.CutAccount("meter") || b.CutAccount("n2") {
		t.Error("cut the wrong ones")
	}
	next(t, node.lost)
	next(t, device.lost)
	if m := next(t, b.got); m.Payload != "gone" {
		t.Errorf("got %+v, want the Will", m)
	}
	if _, err := dial(t, b.Broker, "n1", b.shows("n1")); err == nil {
		t.Error("the stolen node is back")
	}
	wait(t, other.Publish("siaga/v1/n2/live", 1, false, "x"))
}

func TestTooManySubscriptions(t *testing.T) {
	b := startGated(t, &guard{accounts: []Account{{Name: "meter", Subscribe: []string{"meter/#"}}}})
	c := connect(t, b.Broker, "x", signsIn("meter", "meter", plain))
	filters := map[string]byte{}
	for i := range maxSubscriptions + 1 {
		filters["meter/"+strings.Repeat("x", i+1)] = 0
	}
	c.SubscribeMultiple(filters, func(mqtt.Client, mqtt.Message) {})
	next(t, c.lost)
	if b.refusals.counts[tooManySubscriptions].Load() != 1 {
		t.Error("not counted")
	}
}

// Connections that say nothing make room for others.
func TestSilentConnectionsGo(t *testing.T) {
	l := newListener(nil, true, nil)
	var first *silentConn
	for i := range maxSilent + 1 {
		c := &silentConn{}
		if i == 0 {
			first = c
		}
		l.Listener = one{c}
		if _, err := l.Accept(); err != nil {
			t.Fatal(err)
		}
	}
	if !first.closed || l.silent.Len() != maxSilent {
		t.Errorf("first closed %v, %d left", first.closed, l.silent.Len())
	}
}

// one yields one connection.
type one struct{ net.Conn }

func (o one) Accept() (net.Conn, error) { return o.Conn, nil }
func (o one) Addr() net.Addr            { return o.LocalAddr() }

type silentConn struct {
	net.Conn
	closed bool
}

func (c *silentConn) SetReadDeadline(time.Time) error { return nil }
func (c *silentConn) Close() error                    { c.closed = true; return nil }

// A connection does not outlive the certificate by which it was let in.
func TestCertificateEnds(t *testing.T) {
	b := startGated(t, &guard{})
	witness := subscribe(t, connect(t, b.Broker, "witness", nil), "siaga/v1/n1/state", 1)
	short := connect(t, b.Broker, "n1", func(o *mqtt.ClientOptions) {
		o.SetWill("siaga/v1/n1/state", "gone", 1, true)
		b.shows("n1 ends in 1s")(o)
	})
	<-short.lost
	if m := next(t, witness); m.Payload != "gone" {
		t.Errorf("got %q, want the Will", m.Payload)
	}
	long := connect(t, b.Broker, "n1", b.shows("n1 ends in 1h"))
	wait(t, long.Publish("siaga/v1/n1/state", 1, true, "back"))
}
