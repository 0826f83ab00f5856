package sds011

import (
	"bytes"
	"encoding/binary"
	"sync/atomic"
	"time"
)

const (
	size = 10 // of what the sensor sends

	head      = 0xAA
	tail      = 0xAB
	kindData  = 0xC0
	kindReply = 0xC5
	kindHost  = 0xB4
)

// newPhase is the silence after which a sensor with a working period must have
// slept.
const newPhase = 10 * time.Second

// frame is what the sensor sends. Of the two kinds one has values, the other
// repeats a command.
type frame struct {
	reply           bool
	cmd, set, value byte   // of a reply
	pm25, pm10      uint16 // 0.1 µg/m³
	id              uint16
	heard           time.Duration // by the node's clock
	intoPhase       time.Duration // since the first value after a silence
	back            time.Duration // when the last silence of an active sensor ended; 0 is none
}

// parse looks at the beginning of b, as a uart.Parse does.
func parse(b []byte) (frame, int, bool) {
	i := bytes.IndexByte(b, head)
	if i < 0 {
		return frame{}, len(b), false
	}
	if i > 0 {
		return frame{}, i, false
	}
	if len(b) < size {
		return frame{}, 0, false
	}
	if b[1] != kindData && b[1] != kindReply || b[9] != tail || sum(b[2:8]) != b[8] {
		return frame{}, 1, false
	}
	f := frame{id: binary.BigEndian.Uint16(b[6:])}
	if b[1] == kindReply {
		f.reply, f.cmd, f.set, f.value = true, b[2], b[3], b[4]
	} else {
		f.pm25, f.pm10 = binary.LittleEndian.Uint16(b[2:]), binary.LittleEndian.Uint16(b[4:])
	}
	return f, size, true
}

// hasFrame reports whether a whole frame is in b.
func hasFrame(b []byte) bool {
	for len(b) > 0 {
		_, n, ok := parse(b)
		if ok {
			return true
		}
		b = b[max(n, 1):]
	}
	return false
}

// command returns what the host says to any sensor.
func command(cmd, set, value byte) []byte {
	b := make([]byte, 19)
	b[0], b[1], b[2], b[3], b[4] = head, kindHost, cmd, set, value
	b[15], b[16] = 0xFF, 0xFF
	b[17], b[18] = sum(b[2:17]), tail
	return b
}

func sum(b []byte) (s byte) {
	for _, c := range b {
		s += c
	}
	return s
}

// ear stamps what is heard. A value may be of use for a whole period, so its age
// is counted here and not by the uart.Reader.
type ear struct {
	now   func() time.Duration
	began time.Duration // of the phase; only the reading goroutine uses it, and back
	back  time.Duration // when it spoke again after a silence
	last  atomic.Int64  // when the last value came, ns; before the first, when listening began
}

func newEar(now func() time.Duration) *ear {
	e := &ear{now: now, began: now()}
	e.last.Store(int64(e.began))
	return e
}

// parse is a uart.Parse.
func (e *ear) parse(b []byte) (frame, int, bool) {
	f, n, ok := parse(b)
	if !ok {
		return f, n, ok
	}
	f.heard = e.now()
	if f.reply {
		return f, n, ok
	}
	last := time.Duration(e.last.Swap(int64(f.heard)))
	if f.heard-last > newPhase {
		e.began = f.heard
	}
	if f.heard-last > silence {
		e.back = f.heard
	}
	f.intoPhase, f.back = f.heard-e.began, e.back
	return f, n, ok
}

// silent returns how long no value came.
func (e *ear) silent() time.Duration { return e.now() - time.Duration(e.last.Load()) }
