package modbuslevel

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"periph.io/x/conn/v3/uart"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
	"github.com/siaga-id/siaga/internal/config"
	"github.com/siaga-id/siaga/internal/reading"
)

// Golden frames of unit 1: one holding register from 0 on, 2000 in it, and that
// there is no such register.
var (
	question   = []byte{0x01, 0x03, 0x00, 0x00, 0x00, 0x01, 0x84, 0x0A}
	answer2000 = []byte{0x01, 0x03, 0x02, 0x07, 0xD0, 0xBB, 0xE8}
	noRegister = []byte{0x01, 0x83, 0x02, 0xC0, 0xF1}
)

// board has one port, on which a meter answers the question; its other methods
// panic.
type board struct {
	driver.Board
	*drivertest.Port
	answer []byte
	baud   int
	parity uart.Parity
}

func (b *board) Serial(_ string, baud int, parity uart.Parity) (io.ReadWriteCloser, error) {
	b.baud, b.parity = baud, parity
	return b, nil
}

func (b *board) Write(p []byte) (int, error) {
	n, err := b.Port.Write(p)
	if err == nil && bytes.Equal(p, question) {
		b.Send(b.answer...)
	}
	return n, err
}

// open opens a meter as a configuration says.
func open(t *testing.T, b driver.Board, settings map[string]any) driver.Sensor {
	t.Helper()
	o := Chip.Options()
	if err := errors.Join(config.Decode(settings, o), o.Validate()); err != nil {
		t.Fatal(err)
	}
	s, err := o.Open(b, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestContract(t *testing.T) {
	drivertest.Run(t, func(t *testing.T) drivertest.Rig {
		b := &board{Port: drivertest.NewPort()}
		return drivertest.Rig{
			Dev:        open(t, b, map[string]any{"port": "/dev/ttyUSB0", "quantity": "level", "scale": 0.001}),
			Good:       func() { b.answer = answer2000 },
			Want:       []driver.Value{{Quantity: reading.Level, Value: 2, Quality: reading.NotEvaluated}},
			SilentErr:  driver.ErrNoAnswer,
			Garbage:    func() { b.answer = []byte{0x01, 0x03, 0x02, 0x07, 0xD1, 0xBB, 0xE8} },
			GarbageErr: driver.ErrChecksum,
			Half:       func() { b.answer = answer2000[:4] },
			HalfErr:    driver.ErrChecksum,
		}
	})
}

func TestTheLineIsOpenedAsConfigured(t *testing.T) {
	b := &board{Port: drivertest.NewPort(), answer: noRegister}
	s := open(t, b, map[string]any{"port": "/dev/ttyUSB0", "quantity": "level", "baud": 4800, "parity": "even"})
	defer s.Close()
	if b.baud != 4800 || b.parity != uart.Even {
		t.Errorf("opened at %d baud, parity %c", b.baud, b.parity)
	}
	if v, err := s.Sense(t.Context()); !errors.Is(err, driver.ErrRefused) {
		t.Errorf("Sense: %v, %v", v, err)
	}
}

func TestOptions(t *testing.T) {
	o := Chip.Options()
	settings := map[string]any{
		"port": "/dev/ttyUSB0", "unit": 7, "function": 4, "register": 16, "type": "int32", "word_order": "little",
		"quantity": "distance", "scale": 0.0001, "datum_m": 6.25, "min": 0.3, "max": 15, "error_values": []any{-1, 65535},
	}
	if err := config.Decode(settings, o); err != nil {
		t.Fatal(err)
	}
	if err := o.Validate(); err != nil || !slices.Equal(o.Quantities(), []reading.Quantity{reading.Level, reading.Distance}) {
		t.Errorf("Validate: %v; Quantities: %v", err, o.Quantities())
	}
	if err := config.Decode(map[string]any{"port": "", "baud": 300, "parity": "mark"}, o); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"port: empty", "baud: 300", "parity: \"mark\""} {
		if err := o.Validate(); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("Validate: %v, want %s", err, key)
		}
	}
}

func TestScan(t *testing.T) {
	if !bytes.Equal(Chip.UART.Ask, question) {
		t.Errorf("asks % x", Chip.UART.Ask)
	}
	for name, tc := range map[string]struct {
		heard []byte
		want  bool
	}{
		"an answer":   {answer2000, true},
		"a refusal":   {noRegister, true},
		"an echo":     {question, false},
		"silence":     {nil, false},
		"an A02YYUW":  {[]byte{0xFF, 0x07, 0xA1, 0xA7, 0xFF, 0x07, 0xA1, 0xA7}, false},
		"with noise":  {slices.Concat([]byte{0x00}, answer2000), true},
		"half of one": {answer2000[:5], false},
	} {
		if got := Chip.UART.Recognise(tc.heard); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
