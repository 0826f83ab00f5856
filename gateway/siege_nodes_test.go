package gateway

import (
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/enrolment"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/trust"
	"github.com/siaga-id/siaga/internal/wire"
)

// While connections say nothing, or nothing after the handshake, or no whole CONNECT,
// the nodes that are connected stay and are answered, others come in, and the log
// tells of those that were closed.
func TestNodesStayWhileBesieged(t *testing.T) {
	s := besieged(t)
	node := s.live()
	var silent []net.Conn
	for i := range 300 {
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if i%3 > 0 {
			over := tls.Client(conn, trust.Config(trust.Options{Authorities: s.a.Authorities}, enrolment.ServerName))
			if err := over.Handshake(); err != nil {
				t.Fatal(err)
			}
			conn = over
		}
		if i%3 > 1 {
			if _, err := conn.Write([]byte{0x10}); err != nil {
				t.Fatal(err)
			}
		}
		silent = append(silent, conn)
	}
	until(t, "they wait", func() bool { return s.metric("siaga_secure_pending") >= 200 })
	if _, err := node.Write([]byte{0xc0, 0}); err != nil { // PINGREQ (MQTT 3.1.1 §3.12)
		t.Fatal(err)
	}
	answer := make([]byte, 2)
	if _, err := io.ReadFull(node, answer); err != nil || answer[0] != 0xd0 {
		t.Errorf("a connected node was answered % x, %v", answer, err)
	}
	if !s.connects("desa-b", s.b) {
		t.Error("no node gets in")
	}
	for _, conn := range silent {
		_ = conn.Close()
	}
	until(t, "they are told of", func() bool {
		log := s.log.String()
		return strings.Contains(log, "said nothing in time") && strings.Contains(log, "reason=no_connect")
	})
}

// Nodes with a certificate are stored, however few others may send.
func TestEnrolledNodesAreNoStrangers(t *testing.T) {
	cfg := config(t.TempDir())
	cfg.Secure.Addrs = []string{"127.0.0.1:0"}
	cfg.Ingest.MaxNodes = 1
	c := runWith(t, cfg, deps())
	s := &siege{T: t, c: c, addr: c.SecureAddrs()[0]}
	for _, id := range []string{"desa-a", "desa-b", "desa-c"} {
		known, _ := enrolled(t, c, id)
		conn, code, err := connect(t, s.addr, id, known)
		if err != nil || code != 0 {
			t.Fatalf("code %d, %v", code, err)
		}
		now := time.Now()
		p := wire.Pack{
			Node: reading.NodeID(id), Seq: 1, Epoch: "e", Boot: "b", Clock: wire.Synced, Site: "35.05.12.1001", SealedMS: now.UnixMilli(),
			Readings: []reading.Reading{{Sensor: "bme-1", Quantity: reading.Temperature, TimeMS: now.UnixMilli(), Value: 27, Quality: reading.Good}},
		}
		payload, err := p.AppendCBOR(nil)
		if err != nil {
			t.Fatal(err)
		}
		topic := wire.Topic(p.Node, wire.Live)
		packet := publishing(topic, len(payload))
		copy(packet[len(packet)-len(payload):], payload)
		if _, err := conn.Write(packet); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "all are stored", func() bool { return s.metric(`siaga_ingest_packs_total{lane="live",result="stored"}`) == 3 })
}
