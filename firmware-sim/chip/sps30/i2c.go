package sps30

import (
	"encoding/binary"
	"errors"
	"time"
)

// Address is the sensor's on the bus.
const Address = 0x69

// Pointers (6.3).
const (
	ptrStart    = 0x0010
	ptrStop     = 0x0104
	ptrReady    = 0x0202
	ptrRead     = 0x0300
	ptrSleep    = 0x1001
	ptrWake     = 0x1103
	ptrClean    = 0x5607
	ptrInterval = 0x8004
	ptrProduct  = 0xD002
	ptrSerial   = 0xD033
	ptrVersion  = 0xD100
	ptrStatus   = 0xD206
	ptrClear    = 0xD210
	ptrReset    = 0xD304
)

// takes is how long the sensor is busy with a command (table in 6.3).
var takes = map[uint16]time.Duration{
	ptrStart:    20 * time.Millisecond,
	ptrStop:     20 * time.Millisecond,
	ptrSleep:    5 * time.Millisecond,
	ptrWake:     5 * time.Millisecond,
	ptrClean:    5 * time.Millisecond,
	ptrInterval: 20 * time.Millisecond,
	ptrClear:    5 * time.Millisecond,
	ptrReset:    100 * time.Millisecond,
}

// ErrNoAcknowledge is what a transfer ends with when the sensor does not
// acknowledge it.
var ErrNoAcknowledge = errors.New("no acknowledge")

// I2C is one SPS30 with its SEL pin at ground. SetFault and PowerCycle may be
// called concurrently with everything else; calls of Tx come one at a time.
type I2C struct {
	s       *sensor
	pointer uint16
	busy    time.Time // until when it acknowledges nothing
}

// NewI2C returns a sensor that breathes what air says, idle as after power-up.
// Where air says false it acknowledges nothing.
func NewI2C(air func(at time.Time) (Sample, bool)) *I2C { return &I2C{s: newSensor(air)} }

// SetFault breaks the sensor, or with None mends it.
func (c *I2C) SetFault(f Fault) { c.s.setFault(f) }

// PowerCycle cuts the supply and gives it back: the sensor is idle. Its cleaning
// interval is kept, and so is a fault.
func (c *I2C) PowerCycle() {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.restart()
	c.pointer, c.busy = 0, time.Time{}
}

// Tx is one transfer: w is a pointer with the words to write there, if any, then
// r is filled with the words at the pointer, each with its CRC, and FF where
// they end. The sensor does not acknowledge while it is busy, nor a pointer that
// it does not have or not in its mode, nor a wrong CRC. Asleep, the first
// transfer only turns the link on, for 100 ms.
func (c *I2C) Tx(at time.Time, w, r []byte) error {
	s := c.s
	s.mu.Lock()
	defer s.mu.Unlock()
	s.call(at)
	if c.busy.Sub(at) > takes[ptrReset] { // the clock was set back
		c.busy = at
	}
	if _, alive := s.air(at); !alive || at.Before(c.busy) {
		return ErrNoAcknowledge
	}
	if s.mode == sleeping && !c.heard(at, w) {
		return ErrNoAcknowledge
	}
	if len(w) > 0 {
		words, ok := decode(w)
		if !ok || !c.write(at, words) {
			return ErrNoAcknowledge
		}
	}
	if len(r) == 0 {
		return nil
	}
	b, ok := c.read(at)
	if !ok || at.Before(c.busy) {
		return ErrNoAcknowledge
	}
	for i := range r {
		r[i] = 0xFF
	}
	copy(r, b)
	return nil
}

// heard reports whether a sleeping sensor hears a transfer: only waking and
// resetting, and only soon after a pulse on the line.
func (c *I2C) heard(at time.Time, w []byte) bool {
	if since := at.Sub(c.s.pulsed); since < 0 || since > listens {
		c.s.pulsed = at
		return false
	}
	if len(w) != 2 {
		return false
	}
	p := binary.BigEndian.Uint16(w)
	return p == ptrWake || p == ptrReset
}

// write sets the pointer and does what that or the words there mean.
func (c *I2C) write(at time.Time, words []uint16) bool {
	s, args := c.s, words[1:]
	only := func(m mode, n int) bool { return s.mode == m && len(args) == n }
	switch p := words[0]; p {
	case ptrStart:
		if !only(idle, 1) {
			return false
		}
		f := format(args[0] >> 8)
		if args[0]&0xFF != 0 || f != floats && f != integers {
			return false
		}
		s.start(at, f)
	case ptrStop, ptrReset, ptrClear:
		if len(args) != 0 {
			return false
		}
		switch p {
		case ptrStop:
			s.mode = idle
		case ptrReset:
			s.restart()
		case ptrClear:
			s.status = 0
		}
	case ptrSleep:
		if !only(idle, 0) {
			return false
		}
		s.mode, s.pulsed = sleeping, time.Time{}
	case ptrWake:
		if !only(sleeping, 0) {
			return false
		}
		s.mode = idle
	case ptrClean:
		if !only(measuring, 0) {
			return false
		}
		s.clean(at)
	case ptrInterval:
		switch len(args) {
		case 0:
			c.pointer = p
			return true // only to be read
		case 2:
			s.cleanEvery = uint32(args[0])<<16 | uint32(args[1])
		default:
			return false
		}
	case ptrRead:
		if !only(measuring, 0) {
			return false
		}
	case ptrReady, ptrProduct, ptrSerial, ptrVersion, ptrStatus:
		if len(args) != 0 {
			return false
		}
	default:
		return false
	}
	c.pointer = words[0]
	c.busy = at.Add(takes[words[0]])
	return true
}

// read returns what is at the pointer.
func (c *I2C) read(at time.Time) ([]byte, bool) {
	s := c.s
	var b []byte
	switch c.pointer {
	case ptrReady:
		b = []byte{0, 0}
		if s.ready(at) {
			b[1] = 1
		}
	case ptrRead:
		if s.mode != measuring {
			return nil, false
		}
		b = s.read(at).encode(s.format)
	case ptrInterval:
		b = binary.BigEndian.AppendUint32(nil, s.cleanEvery)
	case ptrProduct:
		b = []byte(s.product())
	case ptrSerial:
		b = make([]byte, 32)
		copy(b, serialNumber)
	case ptrVersion:
		b = version[:2]
	case ptrStatus:
		b = binary.BigEndian.AppendUint32(nil, s.register(at))
	default:
		return nil, false
	}
	return protect(b), true
}
