//go:build integration

package external

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/siaga-id/siaga/edge/enrol"
	"github.com/siaga-id/siaga/integration/parts"
	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/trust"
)

const patience = 30 * time.Second

// place is a center with two enrolled nodes, and a Mosquitto by its configuration.
type place struct {
	dir, programs, data string
	center              string // of the HTTP API
	nodes, users        string // addresses of Mosquitto
	up, mosquitto       *parts.Process
	config              string // of the center
}

func newPlace(t *testing.T) *place {
	t.Helper()
	dir := t.TempDir()
	p := &place{
		dir: dir, programs: filepath.Join(dir, "bin"), data: filepath.Join(dir, "center"),
		nodes: parts.FreeAddr(t), users: parts.FreeAddr(t),
	}
	if out, err := exec.Command("go", "build", "-o", p.programs+"/", "../../cmd/siaga", "../../cmd/siaga-edge").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	secure, web := parts.FreeAddr(t), parts.FreeAddr(t)
	p.center = "http://" + web
	p.config = filepath.Join(dir, "siaga.yaml")
	text := fmt.Sprintf("secure: {addrs: [%q]}\nhttp: {addr: %q}\nmqtt: {addr: %q}\ninflux: {addr: %q}\n", secure, web, "127.0.0.1:0", "127.0.0.1:0")
	if err := os.WriteFile(p.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p.start(t)
	for _, node := range []string{"sutojayan-01", "kademangan-01"} {
		p.enrol(t, node)
	}
	p.configure(t)
	conf := filepath.Join(dir, "broker", "mosquitto.conf")
	if os.Getuid() == 0 {
		// It gives its rights up otherwise, and cannot read its keys.
		b, err := os.ReadFile(conf)
		if err != nil {
			t.Fatal(err)
		}
		conf = filepath.Join(dir, "mosquitto.conf")
		if err := os.WriteFile(conf, append(b, "\nuser root\n"...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.mosquitto = parts.Start(t, dir, "mosquitto", exec.Command(parts.Find(t, "mosquitto", "apt-get install mosquitto"), "-c", conf))
	for _, addr := range []string{p.nodes, p.users} {
		parts.Eventually(t, patience, "mosquitto listens on "+addr, func() error {
			c, err := net.Dial("tcp", addr)
			if err != nil {
				return err
			}
			return c.Close()
		})
	}
	return p
}

// start starts the center, and waits until it answers.
func (p *place) start(t *testing.T) {
	t.Helper()
	p.up = parts.Start(t, p.dir, "siaga", exec.Command(filepath.Join(p.programs, "siaga"), "up", "--demo", "0", "--data", p.data, "--config", p.config))
	parts.Eventually(t, patience, "the center answers", func() error {
		c, err := net.Dial("tcp", strings.TrimPrefix(p.center, "http://"))
		if err != nil {
			return err
		}
		return c.Close()
	})
}

// enrol adds a node and enrols it, and returns its configuration file.
func (p *place) enrol(t *testing.T, node string) (config string) {
	t.Helper()
	said := p.siaga(t, "node", "add", node, "--site", "35.05.12.1005")
	at := strings.Index(said, "SIAGA1.")
	if at < 0 {
		t.Fatalf("no token in\n%s", said)
	}
	token, _, _ := strings.Cut(said[at:], "\n")
	config = filepath.Join(p.dir, node+".yaml")
	if err := os.WriteFile(config, []byte("page: {listen: \"\"}\ndata_dir: "+filepath.Join(p.dir, node)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.run(t, "siaga-edge", "enroll", strings.TrimSpace(token), "--config", config)
	return config
}

// configure writes Mosquitto's configuration, again or for the first time.
func (p *place) configure(t *testing.T) {
	t.Helper()
	p.siaga(t, "broker-config", "mosquitto", "--out", filepath.Join(p.dir, "broker"), "--name", "127.0.0.1",
		"--nodes", p.nodes, "--users", p.users, "--ingester", "ingest-1", "--persistence", p.dir)
}

func (p *place) siaga(t *testing.T, args ...string) string {
	t.Helper()
	return p.run(t, "siaga", append(args, "--center", p.center, "--data", p.data)...)
}

func (p *place) run(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := exec.Command(filepath.Join(p.programs, program), args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// identity is what a node was given.
func (p *place) identity(t *testing.T, node string) *enrol.Identity {
	t.Helper()
	id, err := enrol.Open(filepath.Join(p.dir, node)).Load()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// asNode are the options of a client with the certificate of node.
func (p *place) asNode(t *testing.T, node string) *paho.ClientOptions {
	t.Helper()
	id := p.identity(t, node)
	cfg := trust.Config(id.Trust(time.Now, func() time.Time { return time.Time{} }), enrolment.ServerName)
	cfg.Certificates = []tls.Certificate{id.Certificate}
	return options(p.nodes, node).SetTLSConfig(cfg)
}

// asUser are the options of a client with a password.
func (p *place) asUser(t *testing.T, name string) *paho.ClientOptions {
	t.Helper()
	password, err := os.ReadFile(filepath.Join(p.dir, "broker", name+".password"))
	if err != nil {
		t.Fatal(err)
	}
	id := p.identity(t, "sutojayan-01")
	cfg := trust.Config(id.Trust(time.Now, func() time.Time { return time.Time{} }), "127.0.0.1")
	return options(p.users, name).SetTLSConfig(cfg).SetUsername(name).SetPassword(strings.TrimSpace(string(password)))
}

func options(addr, id string) *paho.ClientOptions {
	return paho.NewClientOptions().AddBroker("ssl://" + addr).SetClientID(id).SetAutoReconnect(false).SetProtocolVersion(4).SetConnectTimeout(patience)
}

// connect returns a client, or why there is none.
func connect(t *testing.T, o *paho.ClientOptions) (paho.Client, error) {
	t.Helper()
	c := paho.NewClient(o)
	tok := c.Connect()
	if !tok.WaitTimeout(patience) {
		t.Fatal("no answer to CONNECT")
	}
	if tok.Error() == nil {
		t.Cleanup(func() { c.Disconnect(0) })
	}
	return c, tok.Error()
}

// heard subscribes, and returns the topics of what comes.
func heard(t *testing.T, c paho.Client, filters ...string) <-chan string {
	t.Helper()
	got := make(chan string, 100)
	for _, f := range filters {
		tok := c.Subscribe(f, 1, func(_ paho.Client, m paho.Message) { got <- m.Topic() })
		if !tok.WaitTimeout(patience) {
			t.Fatal("no answer to SUBSCRIBE")
		}
	}
	return got
}

// say publishes and does not care whether the broker likes it.
func say(t *testing.T, o *paho.ClientOptions, topic string) {
	t.Helper()
	c, err := connect(t, o)
	if err != nil {
		t.Fatal(err)
	}
	c.Publish(topic, 1, false, "x").WaitTimeout(2 * time.Second)
	c.Disconnect(100)
}

func next(t *testing.T, got <-chan string) string {
	t.Helper()
	select {
	case topic := <-got:
		return topic
	case <-time.After(patience):
		t.Fatal("nothing came")
		return ""
	}
}

func TestMosquittoGivesTheSameRights(t *testing.T) {
	p := newPlace(t)
	ingester, err := connect(t, p.asUser(t, "ingest-1"))
	if err != nil {
		t.Fatal(err)
	}
	up := heard(t, ingester, "$share/siaga/siaga/v1/+/live", "$share/siaga/siaga/v1/+/fill", "siaga/v1/+/state", "elsewhere", "siaga/v1/+/cmd")
	node, err := connect(t, p.asNode(t, "sutojayan-01"))
	if err != nil {
		t.Fatal(err)
	}
	down := heard(t, node, "siaga/v1/sutojayan-01/ack", "siaga/v1/sutojayan-01/config", "siaga/center/v1/+/state", "#", "siaga/v1/+/ack")

	other := "kademangan-01"
	for _, topic := range []string{
		"siaga/v1/sutojayan-01/live", "siaga/v1/sutojayan-01/state", // as another node
		"siaga/v1/kademangan-01/ack", "siaga/v1/sutojayan-01/config", "siaga/center/v1/center/state", "elsewhere",
	} {
		say(t, p.asNode(t, other), topic)
	}
	say(t, p.asUser(t, "ingest-1").SetClientID("second"), "siaga/v1/sutojayan-01/cmd")
	say(t, p.asUser(t, "ingest-1").SetClientID("second"), "siaga/center/v1/center/state")
	// Nothing of that was let through: what comes first is what may.
	say(t, p.asNode(t, other), "siaga/v1/kademangan-01/live")
	if topic := next(t, up); topic != "siaga/v1/kademangan-01/live" {
		t.Errorf("the ingester heard %s", topic)
	}
	say(t, p.asUser(t, "ingest-1").SetClientID("second"), "siaga/v1/kademangan-01/ack")
	say(t, p.asUser(t, "center"), "siaga/v1/kademangan-01/config")
	say(t, p.asUser(t, "ingest-1").SetClientID("second"), "siaga/v1/sutojayan-01/ack")
	if topic := next(t, down); topic != "siaga/v1/sutojayan-01/ack" {
		t.Errorf("the node heard %s", topic)
	}

	for name, o := range map[string]*paho.ClientOptions{
		"nobody's certificate": options(p.nodes, "sutojayan-01").SetTLSConfig(&tls.Config{InsecureSkipVerify: true}),
		"no password":          options(p.users, "x").SetTLSConfig(&tls.Config{InsecureSkipVerify: true}),
		"a wrong password":     p.asUser(t, "ingest-1").SetPassword("salah"),
	} {
		if _, err := connect(t, o); err == nil {
			t.Errorf("%s was let in", name)
		}
	}
	// With the certificate of one node nobody is another, whatever client id he says.
	say(t, p.asNode(t, other).SetClientID("sutojayan-01"), "siaga/v1/sutojayan-01/fill")
	if !node.IsConnectionOpen() {
		t.Error("a node was pushed out by another's certificate")
	}
	say(t, p.asNode(t, other), "siaga/v1/kademangan-01/fill")
	if topic := next(t, up); topic != "siaga/v1/kademangan-01/fill" {
		t.Errorf("the ingester heard %s", topic)
	}
}

// What `siaga node retire` ends is ended at Mosquitto when its configuration is
// written and loaded again, also for a session that goes on.
func TestMosquittoRefusesTheRetired(t *testing.T) {
	p := newPlace(t)
	ingester, err := connect(t, p.asUser(t, "ingest-1"))
	if err != nil {
		t.Fatal(err)
	}
	up := heard(t, ingester, "siaga/v1/+/live")
	stolen, err := connect(t, p.asNode(t, "sutojayan-01"))
	if err != nil {
		t.Fatal(err)
	}
	p.siaga(t, "node", "retire", "sutojayan-01", "--reason", "dicuri")
	p.configure(t)
	if err := p.mosquitto.Cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	parts.Eventually(t, patience, "the certificate is refused", func() error {
		c := paho.NewClient(p.asNode(t, "sutojayan-01"))
		tok := c.Connect()
		if tok.WaitTimeout(patience) && tok.Error() == nil {
			c.Disconnect(0)
			return fmt.Errorf("the stolen node was let in")
		}
		return nil
	})
	stolen.Publish("siaga/v1/sutojayan-01/live", 1, false, "x").WaitTimeout(2 * time.Second)
	say(t, p.asNode(t, "kademangan-01"), "siaga/v1/kademangan-01/live")
	if topic := next(t, up); topic != "siaga/v1/kademangan-01/live" {
		t.Errorf("the ingester heard %s", topic)
	}
}
