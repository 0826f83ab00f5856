package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/edge/enrol"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/enrolment/enrolmenttest"
	"github.com/siaga-id/siaga/internal/mqtt"
)

// mute is a TLS server that never answers. heard ends it, and returns what was said to
// it within the encryption.
func mute(t *testing.T, config *tls.Config) (address string, heard func() string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var said strings.Builder
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				secure := tls.Server(conn, config)
				defer secure.Close()
				b, _ := io.ReadAll(secure) // until they leave
				mu.Lock()
				defer mu.Unlock()
				said.Write(b)
			})
		}
	})
	end := sync.OnceFunc(func() { ln.Close(); serving.Wait() })
	t.Cleanup(end)
	return ln.Addr().String(), func() string {
		end()
		mu.Lock()
		defer mu.Unlock()
		return said.String()
	}
}

// taking is the TLS of a broker that shows a certificate of one authority and wants
// one of another.
func taking(shows, wants *enrolmenttest.Authority, now time.Time) *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(wants.Cert)
	return &tls.Config{
		Certificates: []tls.Certificate{shows.Server(now)}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
	}
}

// TestBrokersOfAnEnrolledNode: each is tried with the node's certificate, and what is
// wrong with it is said.
func TestBrokersOfAnEnrolledNode(t *testing.T) {
	now := time.Now()
	other := enrolmenttest.NewAuthority("lain", now)
	var good, strange, old, refusing string
	var heard func() string
	d, _ := enrolled(t, func(c *enrolmenttest.Center) {
		good, heard = mute(t, taking(c.Authority, c.Authority, now))
		strange, _ = mute(t, taking(other, c.Authority, now))
		old, _ = mute(t, taking(c.Authority, c.Authority, now.AddDate(0, 0, -91)))
		refusing, _ = mute(t, taking(c.Authority, other, now))
		c.Change = func(a *enrolment.Answer) {
			a.Brokers = []string{good, "127.0.0.1:1", "broker.invalid:8883", strange, old, refusing}
		}
	})
	d.Agent = func(context.Context) (edge.Snapshot, error) {
		return edge.Snapshot{Broker: edge.BrokerSnapshot{Connected: true, URL: "tls://" + good}}, nil
	}
	lines := of(Run(t.Context(), d, explain.ID, nil), "broker")
	want := []struct {
		status Status
		text   string
	}{
		{OK, "tls://" + good + " menerima node ini"},
		{OK, good + ": TLS 1.3, pusat dikenali"},
		{Warning, "127.0.0.1:1: tidak ada yang menjawab"},
		{Warning, "broker.invalid:8883: nama tidak dikenal"},
		{Warning, strange + ": sertifikatnya tidak dapat dipercaya"},
		{Warning, "menurut jam node ini"},
		{Warning, refusing + ": sertifikat node ini tidak diterima di sana"},
	}
	if len(lines) != len(want) {
		t.Fatalf("%d lines: %+v", len(lines), lines)
	}
	for i, l := range lines {
		if l.Status != want[i].status || !strings.Contains(l.Text, want[i].text) {
			t.Errorf("line %d: %+v, want %v %q", i, l, want[i].status, want[i].text)
		}
	}
	if said := heard(); said != "" {
		t.Errorf("the broker heard %q, and may have taken the agent's session for it", said)
	}
}

// TestNoBrokerReached by an enrolled node: each is a failure then.
func TestNoBrokerReached(t *testing.T) {
	d, _ := enrolled(t, func(c *enrolmenttest.Center) {
		c.Change = func(a *enrolment.Answer) { a.Brokers = []string{"127.0.0.1:1", "broker.invalid:8883"} }
	})
	for i, l := range of(Run(t.Context(), d, explain.EN, nil), "broker")[1:] {
		if l.Status != Failure {
			t.Errorf("line %d: %+v", i, l)
		}
	}
}

// TestConfiguredBrokers: all of mqtt.url and mqtt.urls are tried.
func TestConfiguredBrokers(t *testing.T) {
	good, _ := answering(t, accepted...)
	refusing, _ := answering(t, notAuthorized...)
	d := well()
	d.Config.MQTT = mqtt.Config{URL: "tcp://" + good, URLs: []string{"tcp://127.0.0.1:1", "tcp://" + refusing}}
	d.Broker = func(ctx context.Context, url string) error {
		return Reach(ctx, d.Config.MQTT, d.Config.Node, url, nil)
	}
	lines := of(Run(t.Context(), d, explain.ID, nil), "broker")
	if len(lines) != 3 {
		t.Fatalf("%+v", lines)
	}
	for i, want := range []struct {
		status       Status
		text, remedy string
	}{
		{OK, "tcp://" + good + " menerima node ini", ""},
		{Warning, "tidak ada yang menjawab di port itu", "alamat dan port di mqtt.url"},
		{Warning, "terjangkau, tetapi tidak menerima node ini", "mqtt.username"},
	} {
		if l := lines[i]; l.Status != want.status || !strings.Contains(l.Text, want.text) || !strings.Contains(l.Remedy, want.remedy) {
			t.Errorf("line %d: %+v", i, l)
		}
	}
}

// TestReachByCertificate says no word of MQTT.
func TestReachByCertificate(t *testing.T) {
	ours, now := enrolmenttest.NewAuthority("kita", time.Now()), time.Now()
	broker, heard := mute(t, &tls.Config{Certificates: []tls.Certificate{ours.Server(now)}, ClientAuth: tls.RequireAnyClientCert})
	own, dir := ours.Server(now), t.TempDir()
	key, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	file := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	d := well()
	d.Config.MQTT = mqtt.Config{
		URL: "tls://" + broker, ServerName: enrolment.ServerName, CAFile: file("ca", "CERTIFICATE", ours.Cert.Raw),
		CertFile: file("cert", "CERTIFICATE", own.Certificate[0]), KeyFile: file("key", "PRIVATE KEY", key),
	}
	d.Broker = func(ctx context.Context, url string) error {
		return Reach(ctx, d.Config.MQTT, d.Config.Node, url, nil)
	}
	d.Identity = func() (*enrol.Identity, error) { return nil, enrol.ErrNone }
	if l := of(Run(t.Context(), d, explain.ID, nil), "broker"); len(l) != 1 || l[0].Status != OK || !strings.Contains(l[0].Text, "tidak menolak sertifikat") {
		t.Errorf("%+v", l)
	}
	if said := heard(); said != "" {
		t.Errorf("the broker heard %q", said)
	}
}
