package mqtt

import (
	"crypto/tls"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience ends a wait that would never end; no test depends on it.
const patience = 20 * time.Second

// broker is a broker of the test's own, on a loopback port: it answers every
// packet as MQTT 3.1.1 says, unless answer decides otherwise.
type broker struct {
	t    *testing.T
	addr string
	tls  *tls.Config // nil is plain
	// answer returns what to answer to a packet, and whether to cut the
	// connection afterwards; ok false leaves both to the broker.
	answer func(p packets.ControlPacket) (answer []packets.ControlPacket, cut, ok bool)
	// got is every packet that came, and nil for every connection that ended.
	got chan packets.ControlPacket

	mu    sync.Mutex
	ln    net.Listener
	conns []net.Conn
	wg    sync.WaitGroup
}

// newBroker returns a broker that is not listening yet.
func newBroker(t *testing.T) *broker {
	t.Helper()
	b := &broker{t: t, addr: "127.0.0.1:0", got: make(chan packets.ControlPacket, 1000)}
	t.Cleanup(b.stop)
	return b
}

// start listens, the second time on the port of the first.
func (b *broker) start() {
	b.t.Helper()
	ln, err := net.Listen("tcp", b.addr)
	if err != nil {
		b.t.Fatal(err)
	}
	b.addr = ln.Addr().String()
	if b.tls != nil {
		ln = tls.NewListener(ln, b.tls)
	}
	b.mu.Lock()
	b.ln = ln
	b.mu.Unlock()
	b.wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			b.mu.Lock()
			b.conns = append(b.conns, conn)
			b.mu.Unlock()
			b.wg.Go(func() { b.serve(conn) })
		}
	})
}

// stop closes everything as a broker that is killed does.
func (b *broker) stop() {
	b.mu.Lock()
	if b.ln != nil {
		_ = b.ln.Close()
	}
	b.mu.Unlock()
	b.cut()
	b.wg.Wait()
	b.cut() // one that was accepted between
	b.wg.Wait()
}

// cut breaks all connections.
func (b *broker) cut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.conns {
		_ = c.Close()
	}
	b.conns = nil
}

func (b *broker) serve(conn net.Conn) {
	defer func() {
		_ = conn.Close()
		b.got <- nil
	}()
	for {
		p, err := packets.ReadPacket(conn)
		if err != nil {
			return
		}
		b.got <- p
		reply, cut, decided := []packets.ControlPacket(nil), false, false
		if b.answer != nil {
			reply, cut, decided = b.answer(p)
		}
		if !decided {
			reply = ordinary(p)
		}
		for _, r := range reply {
			if err := r.Write(conn); err != nil {
				return
			}
		}
		if cut {
			return
		}
	}
}

// publish sends a message to every client.
func (b *broker) publish(topic, payload string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.conns {
		if err := message(topic, payload).Write(c); err != nil {
			b.t.Error(err)
		}
	}
}

func message(topic, payload string) packets.ControlPacket {
	p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	p.TopicName, p.Payload = topic, []byte(payload)
	return p
}

// ordinary is what a broker answers.
func ordinary(p packets.ControlPacket) []packets.ControlPacket {
	switch p := p.(type) {
	case *packets.ConnectPacket:
		return []packets.ControlPacket{connack(packets.Accepted)}
	case *packets.SubscribePacket:
		return []packets.ControlPacket{suback(p, p.Qoss...)}
	case *packets.PublishPacket:
		if p.Qos == 1 {
			a := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
			a.MessageID = p.MessageID
			return []packets.ControlPacket{a}
		}
	case *packets.PingreqPacket:
		return []packets.ControlPacket{packets.NewControlPacket(packets.Pingresp)}
	}
	return nil
}

func connack(code byte) packets.ControlPacket {
	a := packets.NewControlPacket(packets.Connack).(*packets.ConnackPacket)
	a.ReturnCode = code
	return a
}

func suback(p *packets.SubscribePacket, codes ...byte) packets.ControlPacket {
	a := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
	a.MessageID, a.ReturnCodes = p.MessageID, slices.Clone(codes)
	return a
}

// await returns the next packet of a type, passing over others and, unless it is
// what is waited for, the ends of connections.
func await[P packets.ControlPacket](b *broker) P {
	b.t.Helper()
	for limit := time.After(patience); ; {
		select {
		case p := <-b.got:
			if p, ok := p.(P); ok {
				return p
			}
		case <-limit:
			var none P
			b.t.Fatalf("no %T came", none)
		}
	}
}
