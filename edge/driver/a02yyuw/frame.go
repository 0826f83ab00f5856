package a02yyuw

import "bytes"

// Sum says which bytes a frame's last byte is the sum of.
type Sum bool

// The two checksums. A02YYUW and JSN-SR04T send SumOfAll, most AJ-SR04M
// SumOfDistance: it is one more, modulo 256.
const (
	SumOfAll      Sum = false
	SumOfDistance Sum = true
)

// Frame is what one frame says.
type Frame struct {
	// MM is the distance in mm as sent: 0 and what is outside the sensor's window
	// are no distances.
	MM uint16
	// Foreign is true where the frame has the other checksum: another kind of
	// sensor is on the line, and MM is not to be used.
	Foreign bool
}

// Parser finds frames with one checksum. That lets one in 256 garbled frames
// pass, so a frame counts only right behind another one. The zero value looks
// for SumOfAll. It is for one goroutine.
type Parser struct {
	Sum  Sum
	last kind // of what came last
}

type kind uint8

const (
	noFrame kind = iota
	own
	foreign
)

// Parse is a uart.Parse. Any byte of a frame may be FF, so that only the
// checksum tells where a frame begins.
func (p *Parser) Parse(b []byte) (Frame, int, bool) {
	i := bytes.IndexByte(b, 0xFF)
	switch {
	case i < 0:
		p.last = noFrame
		return Frame{}, len(b), false
	case i > 0:
		p.last = noFrame
		return Frame{}, i, false
	case len(b) < 4:
		return Frame{}, 0, false
	}
	k := p.kindOf(b)
	if k == noFrame {
		p.last = noFrame
		return Frame{}, 1, false
	}
	ok := p.last == k
	p.last = k
	return Frame{MM: uint16(b[1])<<8 | uint16(b[2]), Foreign: k == foreign}, 4, ok
}

func (p *Parser) kindOf(b []byte) kind {
	distance := b[1] + b[2]
	all := distance + b[0]
	if p.Sum == SumOfDistance {
		all, distance = distance, all
	}
	switch b[3] {
	case all:
		return own
	case distance:
		return foreign
	}
	return noFrame
}

// Recognise reports whether two frames with the checksum s stand in b, one right
// behind the other.
func Recognise(b []byte, s Sum) bool {
	p := Parser{Sum: s}
	for len(b) > 0 {
		f, n, ok := p.Parse(b)
		if ok && !f.Foreign {
			return true
		}
		if n == 0 {
			return false
		}
		b = b[n:]
	}
	return false
}
