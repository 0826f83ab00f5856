package pms5003

import (
	"bytes"
	"encoding/binary"
	"time"
)

const (
	dataLength  = 28 // of a data frame, as its length word says
	replyLength = 4  // of the answer to a command
)

var start = []byte{0x42, 0x4D}

// frame is what the driver uses of a frame.
type frame struct {
	reply           bool   // the answer to a command: it has nothing else
	pm1CF1, pm25CF1 uint16 // µg/m³, CF=1
	pm10CF1         uint16
	pm1, pm25, pm10 uint16 // µg/m³, atmospheric
	over03          uint16 // particles above 0.3 µm in 0.1 L
	fault           byte   // the sensor's error byte; 0 is none
	// back is when the sensor spoke again after its last silence; zero is that it
	// has kept none.
	back time.Time
}

// ear stamps what is heard. It is for one goroutine.
type ear struct{ last, back time.Time }

// parse is a uart.Parse.
func (e *ear) parse(b []byte) (frame, int, bool) {
	f, n, ok := parse(b)
	if !ok {
		return f, n, ok
	}
	now := time.Now()
	if !e.last.IsZero() && now.Sub(e.last) > silence {
		e.back = now
	}
	e.last, f.back = now, e.back
	return f, n, ok
}

// parse looks at the beginning of b, as a uart.Parse does.
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
		return frame{reply: true}, size, true
	}
	word := func(n int) uint16 { return binary.BigEndian.Uint16(b[4+2*n:]) }
	return frame{
		pm1CF1: word(0), pm25CF1: word(1), pm10CF1: word(2),
		pm1: word(3), pm25: word(4), pm10: word(5),
		over03: word(6), fault: b[29],
	}, size, true
}

// hasData reports whether a whole data frame is in b.
func hasData(b []byte) bool {
	for len(b) > 0 {
		f, n, ok := parse(b)
		if ok && !f.reply {
			return true
		}
		b = b[max(n, 1):]
	}
	return false
}

func sum(b []byte) uint16 {
	var s uint16
	for _, c := range b {
		s += uint16(c)
	}
	return s
}
