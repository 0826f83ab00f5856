//go:build integration

package mqtt

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/url"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/siaga-id/siaga/integration/parts"
)

// message is what a subscriber got.
type message struct {
	payload  string
	retained bool
}

// session is how a subscriber connects.
type session struct {
	id      string
	persist bool
	will    string // what to publish retained to topic "will", "" for none
}

// subscriber is a connected client with one subscription of QoS 1.
type subscriber interface {
	messages() <-chan message
	// leave says DISCONNECT, die does not, hang goes on holding the connection
	// without a word, also when something comes.
	leave()
	die()
	hang()
}

// settle is for the retained messages: a broker may send them after its SUBACK,
// and what is published meanwhile besides.
const settle = 200 * time.Millisecond

// clients are one maker's.
type clients interface {
	subscribe(t *testing.T, s session, filter string) subscriber
	publish(t *testing.T, topic, payload string, retain bool)
}

// keepAlive is the shortest that mosquitto_sub takes.
const keepAlive = 5 * time.Second

// eclipse is paho.mqtt.golang.
type eclipse struct{ addr string }

type pahoSubscriber struct {
	client paho.Client
	got    chan message

	mute atomic.Bool
	conn net.Conn
}

func (e eclipse) options(id string) *paho.ClientOptions {
	return paho.NewClientOptions().AddBroker("tcp://" + e.addr).SetClientID(id).SetAutoReconnect(false).
		SetProtocolVersion(4).SetKeepAlive(keepAlive).SetPingTimeout(time.Hour)
}

func (e eclipse) subscribe(t *testing.T, s session, filter string) subscriber {
	t.Helper()
	p := &pahoSubscriber{got: make(chan message, 100)}
	take := func(_ paho.Client, m paho.Message) {
		if !p.mute.Load() {
			p.got <- message{string(m.Payload()), m.Retained()}
			m.Ack()
		}
	}
	o := e.options(s.id).SetCleanSession(!s.persist).SetAutoAckDisabled(true).SetDefaultPublishHandler(take)
	o.SetCustomOpenConnectionFn(func(u *url.URL, _ paho.ClientOptions) (net.Conn, error) {
		c, err := net.Dial("tcp", u.Host)
		p.conn = &muted{Conn: c, by: p}
		return p.conn, err
	})
	if s.will != "" {
		o.SetWill("will", s.will, 1, true)
	}
	p.client = paho.NewClient(o)
	done(t, p.client.Connect())
	done(t, p.client.Subscribe(filter, 1, take))
	t.Cleanup(p.die)
	return p
}

func (e eclipse) publish(t *testing.T, topic, payload string, retain bool) {
	t.Helper()
	c := paho.NewClient(e.options("publisher"))
	done(t, c.Connect())
	done(t, c.Publish(topic, 1, retain, payload))
	c.Disconnect(20_000) // until it is said
}

func (p *pahoSubscriber) messages() <-chan message { return p.got }
func (p *pahoSubscriber) leave()                   { p.client.Disconnect(20_000) } // until it is said
func (p *pahoSubscriber) die()                     { _ = p.conn.Close() }
func (p *pahoSubscriber) hang()                    { p.mute.Store(true) }

// muted is a connection that says nothing any more once its client hangs.
type muted struct {
	net.Conn
	by *pahoSubscriber
}

func (m *muted) Write(b []byte) (int, error) {
	if m.by.mute.Load() {
		return len(b), nil
	}
	return m.Conn.Write(b)
}

func done(t *testing.T, tok paho.Token) {
	t.Helper()
	if !tok.WaitTimeout(20 * time.Second) {
		t.Fatal("the broker does not answer")
	}
	if tok.Error() != nil {
		t.Fatal(tok.Error())
	}
}

// mosquitto is mosquitto_pub and mosquitto_sub.
type mosquitto struct{ addr string }

type process struct {
	cmd *exec.Cmd
	got chan message
}

func (m mosquitto) command(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	host, port, _ := net.SplitHostPort(m.addr)
	args = append([]string{"-h", host, "-p", port, "-V", "mqttv311", "-q", "1"}, args...)
	return exec.Command(parts.Find(t, name, "apt-get install mosquitto-clients"), args...)
}

func (m mosquitto) subscribe(t *testing.T, s session, filter string) subscriber {
	t.Helper()
	args := []string{"-i", s.id, "-k", strconv.Itoa(int(keepAlive.Seconds())), "-t", filter, "-F", "got %r %p", "-d"}
	if s.persist {
		args = append(args, "-c")
	}
	if s.will != "" {
		args = append(args, "--will-topic", "will", "--will-payload", s.will, "--will-qos", "1", "--will-retain")
	}
	// Into a pipe it would print nothing before it has printed much.
	p := &process{cmd: m.command(t, "mosquitto_sub", args...), got: make(chan message, 100)}
	p.cmd.Args = append([]string{"stdbuf", "-oL"}, p.cmd.Args...)
	p.cmd.Path = parts.Find(t, "stdbuf", "apt-get install coreutils")
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready, read := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(read)
		p.read(out, ready)
	}()
	t.Cleanup(func() {
		p.die()
		<-read
		_ = p.cmd.Wait() // it was killed
	})
	select {
	case <-ready:
	case <-time.After(20 * time.Second):
		t.Fatal("mosquitto_sub has not subscribed")
	}
	return p
}

// read takes what mosquitto_sub says: its SUBACK, and messages.
func (p *process) read(out io.Reader, ready chan<- struct{}) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		switch line := lines.Text(); {
		case strings.Contains(line, "received SUBACK"):
			close(ready)
		case strings.HasPrefix(line, "got "):
			flag, payload, _ := strings.Cut(strings.TrimPrefix(line, "got "), " ")
			p.got <- message{payload, flag == "1"}
		}
	}
}

func (m mosquitto) publish(t *testing.T, topic, payload string, retain bool) {
	t.Helper()
	args := []string{"-i", "publisher", "-t", topic, "-m", payload}
	if payload == "" {
		args = []string{"-i", "publisher", "-t", topic, "-n"}
	}
	if retain {
		args = append(args, "-r")
	}
	if out, err := m.command(t, "mosquitto_pub", args...).CombinedOutput(); err != nil {
		t.Fatal(fmt.Errorf("mosquitto_pub: %w: %s", err, out))
	}
}

func (p *process) messages() <-chan message { return p.got }
func (p *process) leave()                   { _ = p.cmd.Process.Signal(syscall.SIGTERM) } // it may have ended
func (p *process) die()                     { _ = p.cmd.Process.Kill() }
func (p *process) hang()                    { _ = p.cmd.Process.Signal(syscall.SIGSTOP) }
