package generator

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/siaga-id/siaga/internal/wire"
)

// The control packets of MQTT 3.1.1 that a node exchanges (§2.2.1).
const (
	connect    = 1
	connack    = 2
	publish    = 3
	puback     = 4
	subscribe  = 8
	suback     = 9
	pingreq    = 12
	pingresp   = 13
	disconnect = 14
)

// message is what is published, or left as a Will.
type message struct {
	topic   string
	payload []byte
	retain  bool
}

// connectPacket asks for a clean session with a Will of QoS 1 (§3.1).
func connectPacket(client string, keepAliveS uint16, will *message) []byte {
	const cleanSession, willFlag, willQoS1, willRetain = 0x02, 0x04, 0x08, 0x20
	flags := byte(cleanSession)
	body := append(text(nil, "MQTT"), 4, 0)
	at := len(body) - 1
	body = binary.BigEndian.AppendUint16(body, keepAliveS)
	body = text(body, client)
	if will != nil {
		flags |= willFlag | willQoS1
		if will.retain {
			flags |= willRetain
		}
		body = text(text(body, will.topic), string(will.payload))
	}
	body[at] = flags
	return packet(connect<<4, body)
}

// subscribePacket asks for topics with QoS 0 (§3.8).
func subscribePacket(id uint16, topics ...string) []byte {
	body := binary.BigEndian.AppendUint16(nil, id)
	for _, t := range topics {
		body = append(text(body, t), 0)
	}
	return packet(subscribe<<4|0x02, body)
}

// publishPacket publishes with QoS 1 (§3.3).
func publishPacket(id uint16, m message) []byte {
	const qos1, retain = 0x02, 0x01
	head := byte(publish<<4 | qos1)
	if m.retain {
		head |= retain
	}
	body := make([]byte, 0, len(m.topic)+len(m.payload)+4)
	body = binary.BigEndian.AppendUint16(text(body, m.topic), id)
	return packet(head, append(body, m.payload...))
}

// bare is a packet without contents.
func bare(kind byte) []byte { return []byte{kind << 4, 0} }

// text appends a string with its length (§1.5.3).
func text(dst []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(dst, uint16(len(s))), s...)
}

// packet puts the head and the remaining length before a body (§2.2.3).
func packet(head byte, body []byte) []byte {
	p := append(make([]byte, 0, len(body)+5), head)
	for n := len(body); ; {
		b := byte(n & 0x7F)
		if n >>= 7; n == 0 {
			p = append(p, b)
			return append(p, body...)
		}
		p = append(p, b|0x80)
	}
}

// readPacket reads one packet. The body is valid until the next call with the
// same buffer.
func readPacket(r *bufio.Reader, buffer *[]byte) (kind byte, body []byte, err error) {
	head, err := r.ReadByte()
	if err != nil {
		return 0, nil, err
	}
	n := 0
	for shift := 0; ; shift += 7 {
		b, err := r.ReadByte()
		if err != nil {
			return 0, nil, err
		}
		if shift > 21 {
			return 0, nil, errors.New("read packet: its length has more than 4 bytes")
		}
		if n |= int(b&0x7F) << shift; b < 0x80 {
			break
		}
	}
	if n > wire.MaxPackBytes {
		return 0, nil, fmt.Errorf("read packet: %d bytes are more than anybody sends to a node", n)
	}
	if n > cap(*buffer) {
		*buffer = make([]byte, n)
	}
	body = (*buffer)[:n]
	_, err = io.ReadFull(r, body)
	return head >> 4, body, err
}

// parseMessage returns topic and payload of a PUBLISH with QoS 0, which is all
// that a node subscribes to.
func parseMessage(body []byte) (topic, payload []byte, err error) {
	if len(body) < 2 || len(body)-2 < int(binary.BigEndian.Uint16(body)) {
		return nil, nil, fmt.Errorf("read message: its topic does not end within %d bytes", len(body))
	}
	end := 2 + binary.BigEndian.Uint16(body)
	return body[2:end], body[end:], nil
}
