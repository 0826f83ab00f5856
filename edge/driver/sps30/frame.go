package sps30

import "bytes"

const (
	flag   = 0x7E
	escape = 0x7D
	invert = 0x20
	xon    = 0x11
	xoff   = 0x13
)

// frame is an answer.
type frame struct {
	cmd, state byte
	data       []byte
}

// parse is a uart.Parse.
func parse(b []byte) (frame, int, bool) {
	if b[0] != flag {
		if i := bytes.IndexByte(b, flag); i > 0 {
			return frame{}, i, false
		}
		return frame{}, len(b), false
	}
	end := bytes.IndexByte(b[1:], flag)
	switch {
	case end < 0:
		return frame{}, 0, false
	case end == 0: // two frames meet, or the first flag ended one
		return frame{}, 1, false
	}
	end++
	// address, command, state, length, data, checksum
	body, ok := unstuff(b[1:end])
	if !ok || len(body) < 5 || int(body[3]) != len(body)-5 || checksum(body[:len(body)-1]) != body[len(body)-1] {
		return frame{}, end, false // its last flag may begin the next
	}
	return frame{cmd: body[1], state: body[2], data: body[4 : len(body)-1]}, end + 1, true
}

// request returns a command to the sensor, whose address is always 0.
func request(cmd byte, data ...byte) []byte {
	body := append([]byte{0, cmd, byte(len(data))}, data...)
	return stuff(append(body, checksum(body)))
}

func stuff(body []byte) []byte {
	b := []byte{flag}
	for _, c := range body {
		switch c {
		case flag, escape, xon, xoff:
			b = append(b, escape, c^invert)
		default:
			b = append(b, c)
		}
	}
	return append(b, flag)
}

func unstuff(b []byte) (body []byte, ok bool) {
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c == escape {
			if i++; i == len(b) {
				return nil, false
			}
			c = b[i] ^ invert
		}
		body = append(body, c)
	}
	return body, true
}

func checksum(b []byte) byte {
	var s byte
	for _, c := range b {
		s += c
	}
	return ^s
}
