package aht20

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
	"github.com/siaga-id/siaga/edge/driver/sensirion"
	"github.com/siaga-id/siaga/internal/reading"
)

var errNACK = errors.New("remote I/O error")

// sample is periph's example, whose last byte is the checksum: 45.83 %RH (0x75520
// of 2^20), 19.45 °C (0x58E40).
var sample = []byte{0x18, 0x75, 0x52, 0x05, 0x8E, 0x40, 0x7F}

var goldenValues = []driver.Value{
	{Quantity: reading.Temperature, Value: 19.45, Quality: reading.NotEvaluated},
	{Quantity: reading.Humidity, Value: 45.83, Quality: reading.NotEvaluated},
}

// sensor is one on a bus.
type sensor struct {
	mu           sync.Mutex
	absent       bool
	garble       bool
	half         bool // breaks off when it is read
	busy         bool // never finishes
	uncalibrated bool
	broken       bool // cannot be calibrated
	inits        int
	writes       int
	data         []byte
}

var _ i2c.Bus = (*sensor)(nil)

func newSensor() *sensor { return &sensor{data: sample} }

func (s *sensor) String() string                  { return "fake" }
func (s *sensor) SetSpeed(physic.Frequency) error { return nil }

func (s *sensor) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func (s *sensor) Tx(addr uint16, w, r []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.absent || addr != Address || s.half && len(r) > 1 {
		return errNACK
	}
	if len(w) > 0 {
		s.writes++
		if w[0] == 0xBE {
			s.inits++
			s.uncalibrated = s.broken
		}
	}
	if len(r) == 0 {
		return nil
	}
	b := append([]byte(nil), s.data...)
	if s.uncalibrated {
		b[0] &^= 0x08
	}
	if s.busy {
		b[0] |= 0x80
	}
	b[6] = sensirion.CRC(b[:6]...) // the same polynomial
	if s.garble {
		b[6] ^= 1
	}
	copy(r, b)
	return nil
}

func TestContract(t *testing.T) {
	drivertest.Run(t, func(t *testing.T) drivertest.Rig {
		s := newSensor()
		d, err := New(s)
		if err != nil {
			t.Fatal(err)
		}
		s.absent = true
		return drivertest.Rig{
			Dev:        d,
			Good:       func() { s.change(func() { s.absent, s.garble, s.half = false, false, false }) },
			Want:       goldenValues,
			SilentErr:  driver.ErrNoAnswer,
			Garbage:    func() { s.change(func() { s.absent, s.garble = false, true }) },
			GarbageErr: driver.ErrChecksum,
			Half:       func() { s.change(func() { s.absent, s.half = false, true }) },
			HalfErr:    driver.ErrNoAnswer,
		}
	})
}

// inBubble runs a test on an open Dev, in the bubble's time.
func inBubble(t *testing.T, s *sensor, test func(t *testing.T, d *Dev)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d, err := New(s)
		if err != nil {
			t.Fatal(err)
		}
		test(t, d)
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestLostCalibrationIsAReset(t *testing.T) {
	s := newSensor()
	s.uncalibrated = true
	inBubble(t, s, func(t *testing.T, d *Dev) {
		if _, err := d.Sense(t.Context()); err != nil || s.inits != 1 {
			t.Fatalf("%v, %d inits", err, s.inits)
		}
		s.change(func() { s.uncalibrated = true })
		if _, err := d.Sense(t.Context()); !errors.Is(err, driver.ErrReset) {
			t.Errorf("%v", err)
		}
		got, err := d.Sense(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(goldenValues, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestSensorThatCannotBeCalibrated(t *testing.T) {
	s := newSensor()
	s.uncalibrated, s.broken = true, true
	inBubble(t, s, func(t *testing.T, d *Dev) {
		for range 2 {
			if _, err := d.Sense(t.Context()); !errors.Is(err, driver.ErrHeaterOff) {
				t.Errorf("%v", err)
			}
		}
	})
}

func TestSensorThatNeverFinishes(t *testing.T) {
	s := newSensor()
	s.busy = true
	inBubble(t, s, func(t *testing.T, d *Dev) {
		if _, err := d.Sense(t.Context()); !errors.Is(err, driver.ErrNoAnswer) {
			t.Errorf("%v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		began := time.Now()
		time.AfterFunc(100*time.Millisecond, cancel)
		if _, err := d.Sense(ctx); !errors.Is(err, context.Canceled) || time.Since(began) > 110*time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

func TestWhatIsNoMeasurement(t *testing.T) {
	for _, tc := range []struct {
		name string
		data []byte
		err  error
	}{
		{"colder than it can be", []byte{0x18, 0x75, 0x52, 0x00, 0x00, 0x00, 0}, driver.ErrOutOfRange},
		{"hotter", []byte{0x18, 0x75, 0x52, 0x0F, 0xFF, 0xFF, 0}, driver.ErrOutOfRange},
	} {
		s := newSensor()
		s.data = tc.data
		inBubble(t, s, func(t *testing.T, d *Dev) {
			if v, err := d.Sense(t.Context()); !errors.Is(err, tc.err) {
				t.Errorf("%s: %v, %v", tc.name, v, err)
			}
		})
	}
}

func TestNewOnAnEmptyBus(t *testing.T) {
	s := newSensor()
	s.absent = true
	if _, err := New(s); !errors.Is(err, driver.ErrNoAnswer) || !errors.Is(err, errNACK) {
		t.Errorf("New = %v", err)
	}
}

func TestScanWritesNothing(t *testing.T) {
	s := newSensor()
	if _, err := Chip.I2C.Identify(s, Address); err != nil || s.writes != 0 {
		t.Errorf("%v, wrote %d times", err, s.writes)
	}
	s.data = []byte{0xFF, 0, 0, 0, 0, 0, 0} // a PCF8574A with its inputs open
	if _, err := Chip.I2C.Identify(s, Address); !errors.Is(err, driver.ErrWrongDevice) {
		t.Errorf("another chip: %v", err)
	}
	s.absent = true
	if _, err := Chip.I2C.Identify(s, Address); !errors.Is(err, driver.ErrNoAnswer) {
		t.Errorf("absent: %v", err)
	}
}
