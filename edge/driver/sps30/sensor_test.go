package sps30

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"strings"
	"sync"

	"periph.io/x/conn/v3/physic"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
	"github.com/siaga-id/siaga/edge/driver/sensirion"
	"github.com/siaga-id/siaga/internal/reading"
)

var errNACK = errors.New("remote I/O error")

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

var goldenValues = []driver.Value{
	{Quantity: reading.PM1, Value: 5.1, Quality: reading.NotEvaluated},
	{Quantity: reading.PM2_5, Value: 8.2, Quality: reading.NotEvaluated},
	{Quantity: reading.PM4, Value: 9.3, Quality: reading.NotEvaluated},
	{Quantity: reading.PM10, Value: 10.4, Quality: reading.NotEvaluated},
}

// floats are the ten of a measurement; those after PM10 are zero.
func floats(pm ...float32) []byte {
	b := make([]byte, measuredSize)
	for i, f := range pm {
		binary.BigEndian.PutUint32(b[4*i:], math.Float32bits(f))
	}
	return b
}

var golden = floats(5.1, 8.2, 9.3, 10.4)

// sensor is what both ways lead to.
type sensor struct {
	mu        sync.Mutex
	absent    bool // answers nothing
	asleep    bool
	garble    bool
	half      bool // cuts its answers off
	measuring bool
	old       bool   // has no status register
	measured  []byte // nil: nothing new
	cleans    uint32 // seconds
	written   []uint32
	status    uint32
	cleared   int
	starts    int
	unheard   bool // the answer to the next start gets lost
}

func newSensor() *sensor { return &sensor{cleans: 604800, measuring: true} }

func (s *sensor) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// uartSensor speaks SHDLC.
type uartSensor struct {
	*drivertest.Port
	*sensor
}

func (u uartSensor) Write(b []byte) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	n, err := u.Port.Write(b)
	if err != nil || u.absent || len(b) < 6 {
		return n, err
	}
	body, _ := unstuff(b[1 : len(b)-1])
	cmd, data := body[1], body[3:len(body)-1]
	if u.asleep && cmd != cmdWake {
		return n, nil
	}
	if u.garble {
		u.Send(unhex("7E0003000100 7D 7E7E42")...)
		return n, nil
	}
	state, answer := byte(0), []byte(nil)
	switch cmd {
	case cmdWake:
		u.asleep = false
	case cmdInfo:
		answer = []byte("1A2B3C\x00")
	case cmdStart:
		if u.starts++; u.measuring {
			state = stateNotAllowed
		}
		u.measuring = true
		if u.unheard {
			u.unheard = false
			return n, nil
		}
	case cmdRead:
		if answer = u.measured; !u.measuring {
			state, answer = stateNotAllowed, nil
		}
	case cmdInterval:
		if len(data) == 5 {
			u.cleans = binary.BigEndian.Uint32(data[1:])
			u.written = append(u.written, u.cleans)
		} else {
			answer = binary.BigEndian.AppendUint32(nil, u.cleans)
		}
	case cmdStatus:
		if answer = append(binary.BigEndian.AppendUint32(nil, u.status), 0); u.old {
			state, answer = stateUnknown, nil
		}
		if data[0] == 1 {
			u.status = 0
			u.cleared++
		}
	}
	said := append([]byte{0, cmd, state | 0x80, byte(len(answer))}, answer...)
	frame := stuff(append(said, checksum(said)))
	if u.half {
		frame = frame[:len(frame)/2]
	}
	u.Send(frame...)
	return n, nil
}

// i2cSensor answers on a bus, in the transfer after the command.
type i2cSensor struct {
	*sensor
	asked *uint16
}

func newI2CSensor() i2cSensor { return i2cSensor{newSensor(), new(uint16)} }

func (i2cSensor) String() string                  { return "fake" }
func (i2cSensor) SetSpeed(physic.Frequency) error { return nil }

func (i i2cSensor) Tx(addr uint16, w, r []byte) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.absent || addr != Address {
		return errNACK
	}
	if len(w) > 0 {
		*i.asked = binary.BigEndian.Uint16(w)
	}
	if i.asleep {
		i.asleep = *i.asked != i2cWake
		return errNACK
	}
	if len(r) == 0 {
		return i.command(w)
	}
	var data []byte
	switch *i.asked {
	case i2cProduct:
		if i.old {
			return errNACK
		}
		data = []byte("00080000")
	case i2cSerial:
		data = append([]byte("1A2B3C"), make([]byte, 26)...)
	case i2cReady:
		data = []byte{0, 0}
		if i.measuring && i.measured != nil {
			data[1] = 1
		}
	case i2cRead:
		if data = i.measured; i.half {
			return errNACK
		}
	case i2cInterval:
		data = binary.BigEndian.AppendUint32(nil, i.cleans)
	case i2cStatus:
		if i.old {
			return errNACK
		}
		data = binary.BigEndian.AppendUint32(nil, i.status)
	}
	var b []byte
	for ; len(data) > 0; data = data[2:] {
		b = sensirion.Append(b, binary.BigEndian.Uint16(data))
	}
	if i.garble {
		b[0] ^= 1
	}
	copy(r, b)
	return nil
}

func (i i2cSensor) command(w []byte) error {
	words, err := sensirion.Words(w[2:])
	if err != nil {
		return errNACK
	}
	switch {
	case *i.asked == i2cClear:
		i.status = 0
		i.cleared++
	case *i.asked == i2cStart && words[0] == asFloats:
		i.starts++
		i.measuring = true
		if i.unheard {
			i.unheard = false
			return errNACK
		}
	case *i.asked == i2cInterval && len(words) == 2:
		i.cleans = uint32(words[0])<<16 | uint32(words[1])
		i.written = append(i.written, i.cleans)
	}
	return nil
}
