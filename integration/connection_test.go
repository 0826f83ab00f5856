//go:build integration

package integration

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/mqtt"
)

// inbox collects the payloads that a connection gets.
type inbox chan string

func (in inbox) take(m mqtt.Message) { in <- m.Topic + " " + string(m.Payload) }

// next wants the next message.
func (in inbox) next(t *testing.T, want string) {
	t.Helper()
	select {
	case got := <-in:
		if got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("no message, want %q", want)
	}
}

func publish(t *testing.T, c *mqtt.Conn, m mqtt.Message) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := c.Publish(ctx, m); err != nil {
		t.Fatal(err)
	}
}

func TestConnectionComesBackWithItsSubscriptions(t *testing.T) {
	broker := newMosquitto(t)
	in := make(inbox, 16)
	reader := connect(t, mqtt.Options{
		URL: broker.url(), ClientID: "reader", MaxBackoff: time.Second,
		Subscriptions: []mqtt.Subscription{{Filter: "a/+", QoS: 1}, {Filter: "$share/g/b", QoS: 1}}, OnMessage: in.take,
	})
	writer := connect(t, mqtt.Options{URL: broker.url(), ClientID: "writer", MaxBackoff: time.Second})
	for i, again := range []func(*testing.T){func(*testing.T) {}, broker.restart, broker.crash} {
		again(t)
		if i > 0 {
			// Neither has heard of it yet, or both are on their way.
			eventually(t, 20*time.Second, "both back", func() error {
				return errors.Join(answers(t, reader), answers(t, writer))
			})
		}
		for _, topic := range []string{"a/x", "b"} {
			text := fmt.Sprint(i)
			publish(t, writer, mqtt.Message{Topic: topic, Payload: []byte(text), QoS: 1})
			in.next(t, topic+" "+text)
		}
	}
	broker.proc.kill()
	eventually(t, 10*time.Second, "offline said", func() error {
		if err := writer.Publish(t.Context(), mqtt.Message{Topic: "a/x", QoS: 1}); !errors.Is(err, mqtt.ErrOffline) {
			return fmt.Errorf("publish without a broker: %w", err)
		}
		return nil
	})
}

// answers returns nil when the broker confirms a message of this connection.
func answers(t *testing.T, c *mqtt.Conn) error {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	return c.Publish(ctx, mqtt.Message{Topic: "nobody/reads", QoS: 1})
}

// TestWill kills a program that is connected: the broker tells its Will.
func TestWill(t *testing.T) {
	broker := newMosquitto(t)
	in := make(inbox, 16)
	connect(t, mqtt.Options{
		URL: broker.url(), ClientID: "reader", OnMessage: in.take,
		Subscriptions: []mqtt.Subscription{{Filter: "siaga/center/v1/uji/state", QoS: 1}},
	})
	conf := write(t, "ingest.yaml", fmt.Sprintf("data_dir: %q\nmqtt: {url: %q}\ningest: {name: uji, demo: true}\n", t.TempDir(), broker.url()))
	online := func(want bool) {
		t.Helper()
		for end := time.After(20 * time.Second); ; {
			select {
			case m := <-in:
				if strings.Contains(m, fmt.Sprintf(`"online":%t`, want)) {
					return
				}
			case <-end:
				t.Fatalf("no state with online %t", want)
			}
		}
	}
	p := start(t, "siaga", "ingest", "--config", conf)
	online(true)
	p.kill()
	online(false)
}

// TestSession is away while messages come, over a restart of the broker too.
func TestSession(t *testing.T) {
	broker := newMosquitto(t)
	opt := mqtt.Options{
		URL: broker.url(), ClientID: "reader", Persistent: true, Subscriptions: []mqtt.Subscription{{Filter: "packs", QoS: 1}},
	}
	writer := connect(t, mqtt.Options{URL: broker.url(), ClientID: "writer", MaxBackoff: time.Second})
	const messages = 2000 // twice of what Mosquitto keeps by itself
	in := make(inbox, 2*messages)
	opt.OnMessage = in.take
	reader := connect(t, opt)
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	for i := range messages {
		publish(t, writer, mqtt.Message{Topic: "packs", Payload: fmt.Append(nil, i), QoS: 1})
	}
	broker.restart(t)
	connect(t, opt)
	for i := range messages {
		in.next(t, fmt.Sprint("packs ", i))
	}
}

func TestTLS(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	broker := ca.broker(t)
	client := ca.issue(t, "node", x509.ExtKeyUsageClientAuth)
	opt := mqtt.Options{
		URL: "tls://" + broker.addr, ClientID: "node", MaxBackoff: time.Second,
		CAFile: ca.file, CertFile: client.cert, KeyFile: client.key,
	}
	in := make(inbox, 4)
	good := opt
	good.Subscriptions, good.OnMessage = []mqtt.Subscription{{Filter: "a", QoS: 1}}, in.take
	c := connect(t, good)
	publish(t, c, mqtt.Message{Topic: "a", Payload: []byte("1"), QoS: 1})
	in.next(t, "a 1")

	for name, tc := range map[string]struct {
		change func(*mqtt.Options)
		says   string
	}{
		"another authority": {func(o *mqtt.Options) { o.CAFile = other.file }, "certificate signed by unknown authority"},
		"another name":      {func(o *mqtt.Options) { o.URL = strings.Replace(o.URL, "127.0.0.1", "localhost", 1) }, "wanted to match localhost"},
		"no certificate":    {func(o *mqtt.Options) { o.CertFile, o.KeyFile = "", "" }, ""},
		"no TLS":            {func(o *mqtt.Options) { o.URL = broker.url() }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bad := opt
			tc.change(&bad)
			bad.ClientID = "bad"
			if err := refusedBy(t, bad); !strings.Contains(err.Error(), tc.says) {
				t.Errorf("refused with %v, want %q in it", err, tc.says)
			}
		})
	}
}

// refusedBy returns why a connection does not come to stand.
func refusedBy(t *testing.T, opt mqtt.Options) error {
	t.Helper()
	opt.Logger = slog.New(slog.DiscardHandler)
	c, err := mqtt.Open(opt)
	if err != nil {
		return err
	}
	defer c.Close()
	var why error
	eventually(t, 20*time.Second, "a reason", func() error {
		ok, lost := c.Connected()
		if ok {
			t.Fatal("connected")
		}
		if why = lost; lost == nil || errors.Is(lost, mqtt.ErrOffline) {
			return errors.New("no attempt yet")
		}
		return nil
	})
	return why
}

// authority makes certificates.
type authority struct {
	file string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

type credentials struct{ cert, key string }

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Siaga test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{writePEM(t, "ca.pem", "CERTIFICATE", der), cert, key}
}

func (a *authority) issue(t *testing.T, name string, usage x509.ExtKeyUsage) credentials {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{usage},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return credentials{writePEM(t, name+".pem", "CERTIFICATE", der), writePEM(t, name+".key", "PRIVATE KEY", pkcs8)}
}

// broker starts a broker that wants a certificate of this authority.
func (a *authority) broker(t *testing.T) *mosquitto {
	t.Helper()
	addr, own := freeAddr(t), a.issue(t, "broker", x509.ExtKeyUsageServerAuth)
	return startMosquitto(t, addr, fmt.Sprintf("%sallow_anonymous true\ncafile %s\ncertfile %s\nkeyfile %s\nrequire_certificate true\n", listenerLine(addr), a.file, own.cert, own.key))
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func writePEM(t *testing.T, name, kind string, der []byte) string {
	t.Helper()
	return write(t, name, string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})))
}
