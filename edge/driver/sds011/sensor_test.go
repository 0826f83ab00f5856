package sds011

import (
	"bytes"
	"context"
	"encoding/hex"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
	"github.com/siaga-id/siaga/internal/reading"
)

// golden is 12.3 and 43.2 µg/m³ of the sensor A160.
var golden = unhex("AAC0 7B00 B001 A160 2D AB")

var goldenValues = []driver.Value{
	{Quantity: reading.PM2_5, Value: 12.3, Quality: reading.NotEvaluated},
	{Quantity: reading.PM10, Value: 43.2, Quality: reading.NotEvaluated},
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// said returns a frame with six bytes of payload.
func said(kind byte, payload ...byte) []byte {
	return append(append([]byte{head, kind}, payload...), sum(payload), tail)
}

func values(pm25, pm10 uint16) []byte {
	return said(kindData, byte(pm25), byte(pm25>>8), byte(pm10), byte(pm10>>8), 0xA1, 0x60)
}

// sensor answers commands as the protocol says.
type sensor struct {
	*drivertest.Port
	mu       sync.Mutex
	asleep   bool
	deaf     bool // answers nothing
	forgets  bool // confirms a setting, and does not keep it
	settings map[byte]byte
	sets     []byte // which settings were written
	answer   []byte // to a query; nil is none
	zeroes   int    // so many queries are answered with 0 and 0 first
	garble   bool
}

func newSensor() *sensor {
	return &sensor{Port: drivertest.NewPort(), settings: map[byte]byte{}}
}

func (s *sensor) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := s.Port.Write(b)
	if err != nil || s.deaf {
		return n, err
	}
	cmd, how, value := b[2], b[3], b[4]
	if s.asleep && (cmd != cmdWork || how != set) {
		return n, err
	}
	if s.garble {
		s.Send(unhex("00AAC0AAAB0102AAC5")...)
		return n, err
	}
	switch {
	case cmd == cmdQuery && s.zeroes > 0:
		s.zeroes--
		s.Send(values(0, 0)...)
	case cmd == cmdQuery:
		s.Send(s.answer...)
	case cmd == cmdWork:
		state := byte(working)
		if how == set {
			s.asleep, state = value != working, value
		}
		s.Send(said(kindReply, cmd, how, state, 0, 0xA1, 0x60)...)
	case how == set:
		s.sets = append(s.sets, cmd)
		if !s.forgets {
			s.settings[cmd] = value
		}
		s.Send(said(kindReply, cmd, how, value, 0, 0xA1, 0x60)...)
	default:
		s.Send(said(kindReply, cmd, how, s.settings[cmd], 0, 0xA1, 0x60)...)
	}
	return n, err
}

func (s *sensor) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
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

// sense runs one Sense with the time that the agent gives.
func sense(t *testing.T, d *Dev) ([]driver.Value, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return d.Sense(ctx)
}

func TestCommandsAreThoseOfTheProtocol(t *testing.T) {
	for want, got := range map[string][]byte{
		"AAB406010000000000000000000000FFFF05AB": command(cmdWork, set, 0),
		"AAB406010100000000000000000000FFFF06AB": command(cmdWork, set, working),
		"AAB408010500000000000000000000FFFF0CAB": command(cmdPeriod, set, 5),
		"AAB404000000000000000000000000FFFF02AB": command(cmdQuery, 0, 0),
	} {
		if !bytes.Equal(got, unhex(want)) {
			t.Errorf("% x, want %s", got, want)
		}
	}
}
