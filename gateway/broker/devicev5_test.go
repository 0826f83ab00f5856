package broker

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/siaga-id/siaga/ingest/device"
)

// wireV5 speaks MQTT 5 byte by byte: paho knows 3.1.1 only.
type wireV5 struct {
	t testing.TB
	net.Conn
}

func dialV5(t testing.TB, b *Broker) wireV5 {
	t.Helper()
	nc, err := net.Dial("tcp", b.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	if err := nc.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	r := wireV5{t, nc}
	pk := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Connect}, ProtocolVersion: 5,
		Connect: packets.ConnectParams{ProtocolName: []byte("MQTT"), Clean: true, Keepalive: 60, ClientIdentifier: "v5"},
	}
	r.send(pk.ConnectEncode)
	if ack := r.next(); ack.FixedHeader.Type != packets.Connack || ack.Properties.ReceiveMaximum != device.MaxInflight {
		t.Fatalf("CONNACK %+v", ack)
	}
	return r
}

func (r wireV5) send(encode func(*bytes.Buffer) error) {
	r.t.Helper()
	var buf bytes.Buffer
	if err := encode(&buf); err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.Write(buf.Bytes()); err != nil {
		r.t.Fatal(err)
	}
}

func (r wireV5) publish(id uint16, qos byte, payload string) {
	r.t.Helper()
	pk := packets.Packet{
		FixedHeader: packets.FixedHeader{Type: packets.Publish, Qos: qos}, ProtocolVersion: 5,
		TopicName: uplink, PacketID: id, Payload: []byte(payload),
	}
	r.send(pk.PublishEncode)
}

// next returns the next packet; the zero packet is the connection's end.
func (r wireV5) next() packets.Packet {
	r.t.Helper()
	var first [1]byte
	if _, err := io.ReadFull(r, first[:]); errors.Is(err, io.EOF) {
		return packets.Packet{}
	} else if err != nil {
		r.t.Fatal(err)
	}
	pk := packets.Packet{ProtocolVersion: 5}
	if err := pk.FixedHeader.Decode(first[0]); err != nil {
		r.t.Fatal(err)
	}
	if _, err := io.ReadFull(r, first[:]); err != nil {
		r.t.Fatal(err)
	}
	pk.FixedHeader.Remaining = int(first[0])
	rest := make([]byte, first[0])
	if _, err := io.ReadFull(r, rest); err != nil {
		r.t.Fatal(err)
	}
	var err error
	switch pk.FixedHeader.Type {
	case packets.Connack:
		err = pk.ConnackDecode(rest)
	case packets.Puback:
		err = pk.PubackDecode(rest)
	case packets.Pubrec:
		err = pk.PubrecDecode(rest)
	case packets.Pubcomp:
		err = pk.PubcompDecode(rest)
	case packets.Disconnect:
		err = pk.DisconnectDecode(rest)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return pk
}

func TestDeviceOfVersion5(t *testing.T) {
	d := openDevices(t, device.Config{})
	b, _ := start(t, Options{Devices: d.Intake})
	r := dialV5(t, b)
	r.publish(7, 1, "one")
	r.publish(8, 2, "two")
	d.run()
	for _, want := range []struct {
		kind byte
		id   uint16
	}{{packets.Puback, 7}, {packets.Pubrec, 8}} {
		if pk := r.next(); pk.FixedHeader.Type != want.kind || pk.PacketID != want.id || pk.ReasonCode != 0 {
			t.Fatalf("got %+v, want %+v", pk, want)
		}
	}
	rel := packets.Packet{FixedHeader: packets.FixedHeader{Type: packets.Pubrel, Qos: 1}, ProtocolVersion: 5, PacketID: 8}
	r.send(rel.PubrelEncode)
	if pk := r.next(); pk.FixedHeader.Type != packets.Pubcomp || pk.PacketID != 8 || pk.ReasonCode != 0 {
		t.Fatalf("got %+v, want PUBCOMP", pk)
	}
	until(t, "none in flight", func() bool { return b.Stats().Inflight == 0 })
	if err := d.stop(); err != nil {
		t.Fatal(err)
	}
	r.publish(9, 1, "three")
	if pk := r.next(); pk.FixedHeader.Type != packets.Disconnect || pk.ReasonCode != packets.ErrServerBusy.Code {
		t.Errorf("got %+v, want DISCONNECT with its reason", pk)
	}
	if pk := r.next(); pk.FixedHeader.Type != 0 {
		t.Errorf("got %+v after it", pk)
	}
	if diff := cmp.Diff([]string{uplink + " one", uplink + " two"}, d.stored(t)); diff != "" {
		t.Error(diff)
	}
}
