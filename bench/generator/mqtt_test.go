package generator

import (
	"bufio"
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// TestPacketsAreMQTT lets another implementation read what is sent.
func TestPacketsAreMQTT(t *testing.T) {
	long := message{topic: "siaga/v1/bench-000/live", payload: []byte(strings.Repeat("x", 20_000))}
	will := message{topic: "siaga/v1/bench-000/state", payload: []byte("gone"), retain: true}
	var sent []byte
	for _, p := range [][]byte{
		connectPacket("bench-000", 20, &will), connectPacket("bench-001", 0, nil),
		subscribePacket(7, "siaga/v1/bench-000/ack", "siaga/center/v1/+/state"), publishPacket(65_535, long), publishPacket(1, will),
		bare(pingreq), bare(disconnect),
	} {
		sent = append(sent, p...)
	}
	in := bytes.NewReader(sent)
	next := func() packets.ControlPacket {
		p, err := packets.ReadPacket(in)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if c, ok := next().(*packets.ConnectPacket); !ok || c.Validate() != packets.Accepted || c.ClientIdentifier != "bench-000" ||
		c.Keepalive != 20 || !c.CleanSession || c.WillTopic != will.topic || string(c.WillMessage) != "gone" || !c.WillRetain || c.WillQos != 1 {
		t.Errorf("%v", c)
	}
	if c, ok := next().(*packets.ConnectPacket); !ok || c.Validate() != packets.Accepted || c.ClientIdentifier != "bench-001" || c.WillFlag {
		t.Errorf("%v", c)
	}
	if s, ok := next().(*packets.SubscribePacket); !ok || s.MessageID != 7 || !slices.Equal(s.Topics, []string{"siaga/v1/bench-000/ack", "siaga/center/v1/+/state"}) || !bytes.Equal(s.Qoss, []byte{0, 0}) {
		t.Errorf("%v", s)
	}
	if p, ok := next().(*packets.PublishPacket); !ok || p.MessageID != 65_535 || p.Qos != 1 || p.Retain || p.TopicName != long.topic || !bytes.Equal(p.Payload, long.payload) {
		t.Errorf("%v", p)
	}
	if p, ok := next().(*packets.PublishPacket); !ok || !p.Retain || string(p.Payload) != "gone" {
		t.Errorf("%v", p)
	}
	if p, ok := next().(*packets.PingreqPacket); !ok {
		t.Errorf("%v", p)
	}
	if p, ok := next().(*packets.DisconnectPacket); !ok {
		t.Errorf("%v", p)
	}
}

// TestReadPacket reads what another implementation sends.
func TestReadPacket(t *testing.T) {
	want := strings.Repeat("y", 300)
	p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	p.TopicName, p.Payload = "siaga/v1/bench-000/ack", []byte(want)
	var sent bytes.Buffer
	for _, p := range []packets.ControlPacket{p, packets.NewControlPacket(packets.Pingresp)} {
		if err := p.Write(&sent); err != nil {
			t.Fatal(err)
		}
	}
	in, buffer := bufio.NewReader(&sent), []byte(nil)
	kind, body, err := readPacket(in, &buffer)
	if err != nil || kind != publish {
		t.Fatal(kind, err)
	}
	if topic, got, err := parseMessage(body); err != nil || string(topic) != p.TopicName || string(got) != want {
		t.Errorf("%q, %q, %v", topic, got, err)
	}
	if kind, body, err := readPacket(in, &buffer); err != nil || kind != pingresp || len(body) != 0 {
		t.Error(kind, body, err)
	}
	for _, wrong := range []string{"", "\x30", "\x30\xFF\xFF\xFF\xFF\x01", "\x30\xFF\xFF\xFF\x7F", "\x30\x05ab"} {
		if _, _, err := readPacket(bufio.NewReader(strings.NewReader(wrong)), &buffer); err == nil {
			t.Errorf("%q was read", wrong)
		}
	}
	for _, wrong := range []string{"", "\x00", "\x00\x05ab"} {
		if _, _, err := parseMessage([]byte(wrong)); err == nil {
			t.Errorf("%q was taken for a message", wrong)
		}
	}
}
