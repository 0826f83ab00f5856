package sgp30

import (
	"context"
	"encoding/binary"
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

var goldenValues = []driver.Value{
	{Quantity: reading.TVOC, Value: 123, Quality: reading.NotEvaluated},
	{Quantity: reading.ECO2, Value: 456, Quality: reading.NotEvaluated},
}

// sensor is one on a bus.
type sensor struct {
	mu         sync.Mutex
	absent     bool
	garble     bool
	half       bool // breaks off in the answer
	features   uint16
	eco2, tvoc uint16
	cut        bool // it has lost its power, and was not started since
	baseline   uint16
	asked      uint16
	inits      []time.Time
	measured   []time.Time
}

var _ i2c.Bus = (*sensor)(nil)

func newSensor() *sensor { return &sensor{features: 0x0022, eco2: 456, tvoc: 123} }

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
	if s.absent || addr != Address || s.half && len(r) > 0 {
		return errNACK
	}
	if len(w) > 0 {
		s.asked = binary.BigEndian.Uint16(w)
		if s.asked == cmdInit {
			s.cut = false
			s.inits = append(s.inits, time.Now())
		}
		return nil
	}
	var words []uint16
	switch s.asked {
	case cmdFeature:
		words = []uint16{s.features}
	case cmdSerial:
		words = []uint16{0x0000, 0x019B, 0x5723}
	case cmdMeasure:
		s.measured = append(s.measured, time.Now())
		words = []uint16{s.eco2, s.tvoc}
		if s.cut || time.Since(s.inits[len(s.inits)-1]) < warmUp {
			words = []uint16{400, 0}
		}
	case cmdBaseline:
		if words = []uint16{s.baseline, s.baseline}; s.cut {
			words = []uint16{0, 0}
		}
	case cmdRaw:
		words = []uint16{13000, 18000}
	}
	copy(r, sensirion.Append(nil, words...))
	if s.garble {
		r[0] ^= 0x40
	}
	return nil
}

func TestContract(t *testing.T) {
	drivertest.Run(t, func(t *testing.T) drivertest.Rig {
		s := newSensor()
		d, err := New(s)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(warmUp + every + every/2) // between two measurements
		s.change(func() { s.absent = true })
		time.Sleep(every)
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

// open opens a Dev that is closed with the test.
func open(t *testing.T, s *sensor) *Dev {
	t.Helper()
	d, err := New(s)
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

func sense(t *testing.T, d *Dev) ([]driver.Value, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return d.Sense(ctx)
}

func TestFirstFifteenSecondsAreNoValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t, newSensor())
		began := time.Now()
		for {
			got, err := sense(t, d)
			if err == nil {
				if diff := cmp.Diff(goldenValues, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				break
			}
			if !errors.Is(err, driver.ErrWarmingUp) {
				t.Fatal(err)
			}
		}
		if after := time.Since(began); after < warmUp || after > warmUp+2*every {
			t.Errorf("the first values came after %v", after)
		}
	})
}

func TestIsAskedOnceASecondWhateverTheInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSensor()
		d := open(t, s)
		time.Sleep(time.Minute)
		if _, err := sense(t, d); err != nil {
			t.Error(err)
		}
		s.change(func() {
			if len(s.measured) < 59 {
				t.Errorf("asked %d times in a minute", len(s.measured))
			}
			for i := 1; i < len(s.measured); i++ {
				if apart := s.measured[i].Sub(s.measured[i-1]); apart != every {
					t.Fatalf("asked after %v", apart)
				}
			}
		})
	})
}

func TestEachMeasurementIsGivenOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t, newSensor())
		time.Sleep(20*time.Second + 300*time.Millisecond)
		began := time.Now()
		for range 3 {
			if _, err := sense(t, d); err != nil {
				t.Error(err)
			}
		}
		if took := time.Since(began); took < every || took > 2*every {
			t.Errorf("three within %v, want the first at once", took)
		}
	})
}

func TestWhatIsNoMeasurement(t *testing.T) {
	for _, words := range [][2]uint16{{399, 0}, {60001, 0}, {400, 60001}, {0, 0}} {
		synctest.Test(t, func(t *testing.T) {
			s := newSensor()
			s.eco2, s.tvoc = words[0], words[1]
			d := open(t, s)
			time.Sleep(20 * time.Second)
			if v, err := sense(t, d); !errors.Is(err, driver.ErrOutOfRange) {
				t.Errorf("%v: %v, %v", words, v, err)
			}
		})
	}
}

func TestNewAndScanNameWhatIsWrong(t *testing.T) {
	for _, tc := range []struct {
		name      string
		spot      func(s *sensor)
		err, scan error
	}{
		{"nothing there", func(s *sensor) { s.absent = true }, driver.ErrNoAnswer, driver.ErrNoAnswer},
		{"garbled", func(s *sensor) { s.garble = true }, driver.ErrChecksum, driver.ErrWrongDevice},
		{"another of the maker's", func(s *sensor) { s.features = 0x3220 }, driver.ErrWrongDevice, driver.ErrWrongDevice},
	} {
		s := newSensor()
		tc.spot(s)
		if _, err := New(s); !errors.Is(err, tc.err) {
			t.Errorf("%s: New: %v", tc.name, err)
		}
		if _, err := Chip.I2C.Identify(s, Address); !errors.Is(err, tc.scan) {
			t.Errorf("%s: scan: %v", tc.name, err)
		}
	}
	s := newSensor()
	detail, err := Chip.I2C.Identify(s, Address)
	if err != nil || detail != "serial 0000019b5723" || s.inits != nil {
		t.Errorf("scan: %q, %v", detail, err)
	}
}
