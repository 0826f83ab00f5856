package pms5003

import (
	"bytes"
	"encoding/binary"
)

const (
	dataLength  = 28 // of a data frame, as its length word says
	replyLength = 4  // of the answer to a command
)

var start = []byte{0x42, 0x4D}

// frame is what the driver uses of a data frame.
type frame struct {
	pm1, pm25, pm10 uint16 // µg/m³, atmospheric
	over03          uint16 // particles above 0.3 µm in 0.1 L
	fault           byte   // the sensor's error byte; 0 is none
}

// parse is a uart.Parse. Answers to commands are passed over.
func parse(b []byte) (frame, int, bool) {
	i := bytes.Index(b, start)
	if i < 0 && b[len(b)-1] == start[0] {
		i = len(b) - 1
	}
	if i < 0 {
		return frame{}, len(b), false
	}
	if i > 0 {
		return frame{}, i, false
	}
	if len(b) < 4 {
		return frame{}, 0, false
	}
	length := int(binary.BigEndian.Uint16(b[2:]))
	if length != dataLength && length != replyLength {
		return frame{}, 1, false
	}
	size := 4 + length
	if len(b) < size {
		return frame{}, 0, false
	}
	if sum(b[:size-2]) != binary.BigEndian.Uint16(b[size-2:]) {
		return frame{}, 1, false
	}
	if length == replyLength {
		return frame{}, size, false
	}
	word := func(n int) uint16 { return binary.BigEndian.Uint16(b[4+2*n:]) }
	return frame{pm1: word(3), pm25: word(4), pm10: word(5), over03: word(6), fault: b[29]}, size, true
}

func sum(b []byte) uint16 {
	var s uint16
	for _, c := range b {
		s += uint16(c)
	}
	return s
}
