//go:build linux

package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// What a publisher needs of MQTT 3.1.1, and no more: it is to take little of the
// processor that the chains are measured on.
const (
	typeConnect   = 0x10
	typeConnack   = 0x20
	typePublish   = 0x30 // with flags in its lower half
	typePuback    = 0x40
	typeSubscribe = 0x82
	typeSuback    = 0x90

	flagQoS1 = 0x02
	flagDup  = 0x08
)

// appendFrame appends a packet of that first byte around body (§2.2).
func appendFrame(dst []byte, first byte, body ...[]byte) []byte {
	n := 0
	for _, b := range body {
		n += len(b)
	}
	dst = binary.AppendUvarint(append(dst, first), uint64(n)) // MQTT's variable byte integer is the same
	for _, b := range body {
		dst = append(dst, b...)
	}
	return dst
}

func text(s string) []byte { return append(binary.BigEndian.AppendUint16(nil, uint16(len(s))), s...) }

// appendConnect asks for a session that the broker keeps, or for a new one.
func appendConnect(dst []byte, client string, clean bool) []byte {
	flags := byte(0)
	if clean {
		flags = 0x02
	}
	return appendFrame(dst, typeConnect, text("MQTT"), []byte{4, flags, 0, 0}, text(client)) // keep-alive 0: never
}

func appendSubscribe(dst []byte, id uint16, filter string) []byte {
	return appendFrame(dst, typeSubscribe, binary.BigEndian.AppendUint16(nil, id), text(filter), []byte{0})
}

// appendPublish appends a message of QoS 1.
func appendPublish(dst []byte, topic []byte, id uint16, again bool, payload []byte) []byte {
	first := byte(typePublish | flagQoS1)
	if again {
		first |= flagDup
	}
	return appendFrame(dst, first, topic, []byte{byte(id >> 8), byte(id)}, payload)
}

// packet is what was read; body is good until the next.
type packet struct {
	first byte
	body  []byte
}

// longest bounds what a broker may send: an acknowledgement of all that is under way
// is far below it.
const longest = 1 << 20

// readPacket reads one packet into buf, which it makes longer.
func readPacket(r *bufio.Reader, buf []byte) (packet, []byte, error) {
	first, err := r.ReadByte()
	if err != nil {
		return packet{}, buf, err
	}
	n, err := binary.ReadUvarint(r)
	if err != nil {
		return packet{}, buf, err
	}
	if n > longest {
		return packet{}, buf, fmt.Errorf("read packet: %d bytes long", n)
	}
	if uint64(cap(buf)) < n {
		buf = make([]byte, n)
	}
	buf = buf[:n]
	_, err = io.ReadFull(r, buf)
	return packet{first, buf}, buf, err
}

// message returns topic and payload of a PUBLISH of QoS 0.
func (p packet) message() (topic string, payload []byte, err error) {
	if len(p.body) < 2 || len(p.body) < 2+int(binary.BigEndian.Uint16(p.body)) {
		return "", nil, io.ErrUnexpectedEOF
	}
	n := 2 + int(binary.BigEndian.Uint16(p.body))
	return string(p.body[2:n]), p.body[n:], nil
}
