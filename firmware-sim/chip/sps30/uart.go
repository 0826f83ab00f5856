package sps30

import (
	"encoding/binary"
	"time"
)

// Baud is the speed of the sensor's UART.
const Baud = 115200

// Commands of SHDLC (5.3).
const (
	shdlcStart    = 0x00
	shdlcStop     = 0x01
	shdlcRead     = 0x03
	shdlcSleep    = 0x10
	shdlcWake     = 0x11
	shdlcClean    = 0x56
	shdlcInterval = 0x80
	shdlcInfo     = 0xD0
	shdlcVersion  = 0xD1
	shdlcStatus   = 0xD2
	shdlcReset    = 0xD3
)

// States of an answer (5.2). The highest bit stands beside any of them while
// the status register holds an error.
const (
	stateOK         = 0x00
	stateLength     = 0x01 // wrong length of the data
	stateUnknown    = 0x02 // no such command
	stateParameter  = 0x04 // illegal parameter
	stateNotAllowed = 0x43 // not in this mode
	stateError      = 0x80
)

// UART is one SPS30 with its SEL pin open. SetFault and PowerCycle may be
// called concurrently with everything else; calls of Receive and Send come one
// at a time.
type UART struct {
	s       *sensor
	in      []byte // of an unfinished frame, stuffed
	answers [][]byte
}

// NewUART returns a sensor that breathes what air says, idle as after power-up.
// Where air says false it answers nothing.
func NewUART(air func(at time.Time) (Sample, bool)) *UART { return &UART{s: newSensor(air)} }

// SetFault breaks the sensor, or with None mends it.
func (u *UART) SetFault(f Fault) { u.s.setFault(f) }

// PowerCycle cuts the supply and gives it back: the sensor is idle. Its cleaning
// interval is kept, and so is a fault.
func (u *UART) PowerCycle() {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	u.s.restart()
	u.in, u.answers = nil, nil
}

// Send returns the next answer, which the caller owns, or nil and a zero time:
// the sensor never speaks by itself.
func (u *UART) Send(now time.Time) (message []byte, next time.Time) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	if len(u.answers) == 0 {
		return nil, time.Time{}
	}
	message, u.answers = u.answers[0], u.answers[1:]
	return message, now
}

// Receive takes bytes that the host has sent. Anything that is not a whole
// frame to address 0 with a right sum is ignored. Asleep, the link is off: a
// byte FF, or anything else that is then lost, turns it on for 100 ms.
func (u *UART) Receive(at time.Time, b []byte) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	u.s.call(at)
	if since := at.Sub(u.s.pulsed); u.s.mode == sleeping && (since < 0 || since > listens) && len(b) > 0 {
		u.s.pulsed, u.in = at, nil
		if b[0] != 0xFF {
			return
		}
		b = b[1:]
	}
	for _, v := range b {
		switch {
		case v != mark:
			if len(u.in) < maxStuffed {
				u.in = append(u.in, v)
			}
		case len(u.in) > 0:
			u.frame(at, u.in)
			u.in = u.in[:0]
		}
	}
}

// frame obeys a stuffed frame without its marks: address, command, length, data
// and sum.
func (u *UART) frame(at time.Time, stuffed []byte) {
	f, ok := unstuff(stuffed)
	if !ok || len(f) < 4 || checksum(f[:len(f)-1]) != f[len(f)-1] || f[0] != 0 || int(f[2]) != len(f)-4 {
		return
	}
	command := f[1]
	if u.s.mode == sleeping && command != shdlcWake && command != shdlcReset {
		return
	}
	if _, alive := u.s.air(at); !alive {
		return
	}
	state, data := u.obey(at, command, f[3:len(f)-1])
	if u.s.register(at)&(statusFan|statusLaser) != 0 {
		state |= stateError
	}
	if len(u.answers) < maxAnswers {
		u.answers = append(u.answers, seal(command, state, data))
	}
}

// lengths are the lengths of data that a command takes.
var lengths = map[byte][]int{
	shdlcStart: {2}, shdlcStop: {0}, shdlcRead: {0}, shdlcSleep: {0}, shdlcWake: {0}, shdlcClean: {0},
	shdlcInterval: {1, 5}, shdlcInfo: {1}, shdlcVersion: {0}, shdlcStatus: {1}, shdlcReset: {0},
}

// needs is the mode that a command wants, where it wants one.
var needs = map[byte]mode{
	shdlcStart: idle, shdlcRead: measuring, shdlcSleep: idle, shdlcWake: sleeping, shdlcClean: measuring,
}

// obey executes a command and returns what to answer.
func (u *UART) obey(at time.Time, command byte, data []byte) (state byte, answer []byte) {
	fits := false
	for _, n := range lengths[command] {
		fits = fits || n == len(data)
	}
	want, bound := needs[command]
	switch {
	case lengths[command] == nil:
		return stateUnknown, nil
	case !fits:
		return stateLength, nil
	case bound && want != u.s.mode:
		return stateNotAllowed, nil
	}
	s := u.s
	switch command {
	case shdlcStart:
		f := format(data[1])
		if data[0] != 1 || f != floats && f != integers {
			return stateParameter, nil
		}
		s.start(at, f)
	case shdlcStop, shdlcWake:
		s.mode = idle
	case shdlcRead:
		if s.ready(at) {
			return stateOK, s.read(at).encode(s.format)
		}
	case shdlcSleep:
		s.mode, s.pulsed = sleeping, time.Time{}
	case shdlcClean:
		s.clean(at)
	case shdlcInterval:
		if data[0] != 0 {
			return stateParameter, nil
		}
		if len(data) == 1 {
			return stateOK, binary.BigEndian.AppendUint32(nil, s.cleanEvery)
		}
		s.cleanEvery = binary.BigEndian.Uint32(data[1:])
	case shdlcInfo:
		switch data[0] {
		case 0:
			return stateOK, append([]byte(s.product()), 0)
		case 3:
			return stateOK, append([]byte(serialNumber), 0)
		}
		return stateParameter, nil
	case shdlcVersion:
		return stateOK, version[:]
	case shdlcStatus:
		answer = append(binary.BigEndian.AppendUint32(nil, s.register(at)), 0)
		if data[0] == 1 {
			s.status = 0
		}
		return stateOK, answer
	case shdlcReset:
		s.restart()
	}
	return stateOK, nil
}
