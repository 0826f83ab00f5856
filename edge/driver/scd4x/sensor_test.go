package scd4x

import (
	"encoding/binary"
	"errors"
	"sync"
	"testing"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/sensirion"
	"github.com/siaga-id/siaga/internal/reading"
)

// errNACK is what the bus says when nobody acknowledges.
var errNACK = errors.New("remote I/O error")

// sample is the datasheet's example: 500 ppm, 25 °C, 37 %RH.
var sample = []uint16{0x01F4, 0x6667, 0x5EB9}

var goldenValues = []driver.Value{
	{Quantity: reading.CO2, Value: 500, Quality: reading.NotEvaluated},
	{Quantity: reading.Temperature, Value: 25, Quality: reading.NotEvaluated},
	{Quantity: reading.Humidity, Value: 37, Quality: reading.NotEvaluated},
}

// sensor is one on a bus. While it measures it acknowledges only what the
// datasheet says it does.
type sensor struct {
	mu        sync.Mutex
	absent    bool
	garble    bool
	halfway   bool // breaks off when a measurement is read
	hangs     bool // measures nothing, and acknowledges
	measuring bool
	ready     time.Time // when the next measurement is there
	sample    []uint16
	settings  map[uint16]uint16 // by the command that reads them
	writes    []uint16          // which were written
	variant   []uint16          // nil: an early one, which does not say
	asked     uint16
	starts    int
}

var _ i2c.Bus = (*sensor)(nil)

func newSensor(v Variant) *sensor {
	return &sensor{
		sample: sample, variant: []uint16{uint16(v) << 12},
		settings: map[uint16]uint16{cmdGetASC: 1, cmdGetOffset: 0x05DA, cmdGetAltitude: 0, cmdPressure: 0},
	}
}

func (s *sensor) String() string                  { return "fake" }
func (s *sensor) SetSpeed(physic.Frequency) error { return nil }

func (s *sensor) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// Tx takes a command and its answer in one transfer or in two.
func (s *sensor) Tx(addr uint16, w, r []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.absent || addr != Address {
		return errNACK
	}
	if len(w) > 0 {
		s.asked = binary.BigEndian.Uint16(w)
		if err := s.command(w[2:]); err != nil {
			return err
		}
	}
	if len(r) == 0 {
		return nil
	}
	words, err := s.answer()
	if err != nil {
		return err
	}
	copy(r, sensirion.Append(nil, words...))
	if s.garble {
		r[2] ^= 1
	}
	return nil
}

func (s *sensor) command(args []byte) error {
	words, err := sensirion.Words(args)
	if err != nil {
		return errNACK
	}
	allowed := s.asked == cmdReady || s.asked == 0xEC05 || s.asked == cmdStop || s.asked == cmdPressure
	if s.measuring && !allowed || s.asked == cmdWake {
		return errNACK
	}
	read := map[uint16]uint16{cmdSetASC: cmdGetASC, cmdSetOffset: cmdGetOffset, cmdSetAltitude: cmdGetAltitude, cmdPressure: cmdPressure}
	switch {
	case s.asked == 0x21B1:
		s.measuring, s.ready = true, time.Now().Add(every)
		s.starts++
	case s.asked == cmdStop:
		s.measuring = false
	case len(words) == 1:
		s.settings[read[s.asked]] = words[0]
		s.writes = append(s.writes, s.asked)
	}
	return nil
}

func (s *sensor) answer() ([]uint16, error) {
	switch s.asked {
	case cmdReady:
		if !s.measuring || s.hangs || time.Now().Before(s.ready) {
			return []uint16{0x8000}, nil
		}
		return []uint16{0x8006}, nil
	case 0xEC05:
		if s.halfway || !s.measuring || time.Now().Before(s.ready) {
			return nil, errNACK
		}
		s.ready = time.Now().Add(every)
		return s.sample, nil
	case cmdSerial:
		return []uint16{0xF896, 0x9F07, 0x3BBE}, nil
	case cmdVariant:
		if s.variant == nil {
			return nil, errNACK
		}
		return s.variant, nil
	}
	return []uint16{s.settings[s.asked]}, nil
}

// open opens a Dev that is closed with the test.
func open(t *testing.T, s *sensor, opts Opts) *Dev {
	t.Helper()
	d, err := New(s, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}
