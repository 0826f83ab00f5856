package bme280

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/i2c/i2ctest"
	"periph.io/x/conn/v3/physic"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
	"github.com/siaga-id/siaga/internal/reading"
)

const addr = 0x76

// errNACK is what the bus says when nobody answers.
var errNACK = errors.New("remote I/O error")

// The coefficients of temperature and pressure, with the raw values below, are
// the worked example of Bosch's BMP280 data sheet: 25.08 °C, 1006.53 hPa. Those
// of humidity are a usual chip's.
var (
	calibTP = []byte{
		0x70, 0x6B, 0x43, 0x67, 0x18, 0xFC, // T1 27504, T2 26435, T3 -1000
		0x7D, 0x8E, 0x43, 0xD6, 0xD0, 0x0B, 0x27, 0x0B, // P1 36477, P2 -10685, P3 3024, P4 2855
		0x8C, 0x00, 0xF9, 0xFF, 0x8C, 0x3C, 0xF8, 0xC6, 0x70, 0x17, // P5 140, P6 -7, P7 15500, P8 -14600, P9 6000
		0x00, 0x4B, // reserved, H1 75
	}
	calibH = []byte{0x6A, 0x01, 0x00, 0x13, 0x29, 0x03, 0x1E} // H2 362, H3 0, H4 313, H5 50, H6 30
	sample = []byte{0x65, 0x5A, 0xC0, 0x7E, 0xED, 0x00, 0x76, 0x54}
)

// rawHumidity is sample's last word.
const rawHumidity = 0x7654

// humidity is the compensation formula in floating point (data sheet, appendix
// A), with the coefficients above; fine is the sample's fine temperature.
func humidity(raw float64) float64 {
	const h1, h2, h3, h4, h5, h6, fine = 75, 362, 0, 313, 50, 30, 128422
	h := fine - 76800.0
	h = (raw - (h4*64 + h5/16384.0*h)) * (h2 / 65536.0 * (1 + h6/67108864.0*h*(1+h3/67108864.0*h)))
	return h * (1 - h1*h/524288)
}

var goldenValues = []driver.Value{
	{Quantity: reading.Temperature, Value: 25.08, Quality: reading.NotEvaluated},
	{Quantity: reading.Humidity, Value: reading.Humidity.Round(humidity(rawHumidity)), Quality: reading.NotEvaluated},
	{Quantity: reading.Pressure, Value: 1006.53, Quality: reading.NotEvaluated},
}

// fakeBus is an I2C bus with the registers of one chip on it.
type fakeBus struct {
	mu     sync.Mutex
	regs   [256]byte
	absent bool
	failAt byte // a read from here fails
	noisy  bool // what is read is garbled, differently each time
	noise  byte
}

var _ i2c.Bus = (*fakeBus)(nil)

func newBus() *fakeBus {
	b := &fakeBus{}
	b.powerUp()
	return b
}

// powerUp puts the registers to what they are after power-up.
func (b *fakeBus) powerUp() {
	b.regs = [256]byte{regID: chipBME280}
	copy(b.regs[0x88:], calibTP)
	copy(b.regs[regHumCalib:], calibH)
	copy(b.regs[regData:], sample)
}

func (b *fakeBus) change(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

func (b *fakeBus) String() string                  { return "fake" }
func (b *fakeBus) SetSpeed(physic.Frequency) error { return nil }

func (b *fakeBus) Tx(a uint16, w, r []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.absent || a != addr || len(r) > 0 && b.failAt != 0 && w[0] == b.failAt {
		return errNACK
	}
	if len(r) > 0 {
		copy(r, b.regs[w[0]:])
		if b.noisy && w[0] != regStatus {
			b.noise++
			r[0] ^= b.noise
		}
		return nil
	}
	for i := 0; i+1 < len(w); i += 2 {
		b.regs[w[i]] = w[i+1]
	}
	return nil
}

func TestContract(t *testing.T) {
	drivertest.Run(t, func(t *testing.T) drivertest.Rig {
		b := newBus()
		d, err := New(b, addr)
		if err != nil {
			t.Fatal(err)
		}
		b.absent = true
		return drivertest.Rig{
			Dev:        d,
			Good:       func() { b.change(func() { b.absent, b.noisy, b.failAt = false, false, 0; b.powerUp() }) },
			Want:       goldenValues,
			SilentErr:  driver.ErrNoAnswer,
			Garbage:    func() { b.change(func() { b.absent, b.noisy = false, true }) },
			GarbageErr: driver.ErrChecksum,
			Half:       func() { b.change(func() { b.absent, b.failAt = false, regData }) },
			HalfErr:    driver.ErrNoAnswer,
		}
	})
}

// TestTraffic holds the transfers themselves to what the data sheet wants.
func TestTraffic(t *testing.T) {
	b := &i2ctest.Playback{DontPanic: true, Ops: []i2ctest.IO{
		{Addr: addr, W: []byte{0xD0}, R: []byte{0x60}},
		{Addr: addr, W: []byte{0xD0}, R: []byte{0x60}}, // again, to compare
		{Addr: addr, W: []byte{0x88}, R: calibTP},
		{Addr: addr, W: []byte{0x88}, R: calibTP},
		{Addr: addr, W: []byte{0xE1}, R: calibH},
		{Addr: addr, W: []byte{0xE1}, R: calibH},
		{Addr: addr, W: []byte{0xF4, 0x6C, 0xF2, 0x03, 0xF5, 0xA0, 0xF4, 0x6C}},
		{Addr: addr, W: []byte{0xF4, 0x6D}},
		{Addr: addr, W: []byte{0xF3}, R: []byte{0x08}},
		{Addr: addr, W: []byte{0xF3}, R: []byte{0x00}},
		{Addr: addr, W: []byte{0xF7}, R: sample},
		{Addr: addr, W: []byte{0xF7}, R: sample},
	}}
	d, err := New(b, addr)
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.Sense(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(goldenValues, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

func TestHumidityFollowsTheFormula(t *testing.T) {
	b := newBus()
	d, err := New(b, addr)
	if err != nil {
		t.Fatal(err)
	}
	for raw := 24000; raw < 42000; raw += 997 {
		b.change(func() { b.regs[regData+6], b.regs[regData+7] = byte(raw>>8), byte(raw) })
		v, err := d.Sense(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := min(100, max(0, humidity(float64(raw))))
		if got := v[1].Value; math.Abs(got-want) > 0.02 {
			t.Errorf("raw %d: %v %%RH, want %v", raw, got, want)
		}
	}
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	for _, tc := range []struct {
		name string
		addr uint16
		spot func(b *fakeBus)
		err  error
	}{
		{"nothing there", addr, func(b *fakeBus) { b.absent = true }, driver.ErrNoAnswer},
		{"nothing at the other address", 0x77, func(*fakeBus) {}, driver.ErrNoAnswer},
		{"a BMP280", addr, func(b *fakeBus) { b.regs[regID] = 0x58 }, driver.ErrWrongDevice},
		{"an idle bus", addr, func(b *fakeBus) { b.regs[regID] = 0xFF }, driver.ErrNoAnswer},
		{"a BMP180", addr, func(b *fakeBus) { b.regs[regID] = 0x55 }, driver.ErrWrongDevice},
		{"calibration cannot be read", addr, func(b *fakeBus) { b.failAt = regHumCalib }, driver.ErrNoAnswer},
		{"calibration is garbled", addr, func(b *fakeBus) { b.noisy = true }, driver.ErrChecksum},
		{"H4 is negative", addr, func(b *fakeBus) { b.regs[0xE4] = 0xF0 }, nil},
		{"H5 is negative", addr, func(b *fakeBus) { b.regs[0xE6] = 0xFF }, nil},
		{"an address it cannot have", 0x40, func(*fakeBus) {}, nil},
	} {
		b := newBus()
		tc.spot(b)
		_, err := New(b, tc.addr)
		if err == nil || tc.err != nil && !errors.Is(err, tc.err) {
			t.Errorf("%s: error %v, want %v", tc.name, err, tc.err)
		}
	}
}

func TestKeepsTheBusError(t *testing.T) {
	b := newBus()
	b.absent = true
	if _, err := New(b, addr); !errors.Is(err, errNACK) {
		t.Errorf("New: %v", err)
	}
}

func TestChipThatNeverFinishes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBus()
		d, err := New(b, addr)
		if err != nil {
			t.Fatal(err)
		}
		b.regs[regStatus] = 0xFF
		if _, err := d.Sense(t.Context()); !errors.Is(err, driver.ErrNoAnswer) {
			t.Errorf("Sense: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			synctest.Wait()
			cancel()
		}()
		if _, err := d.Sense(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Sense, cancelled while it runs: %v", err)
		}
		b.change(func() { b.regs[regStatus] = 0 })
		if _, err := d.Sense(t.Context()); err != nil {
			t.Errorf("Sense after it came back: %v", err)
		}
	})
}

func TestResetChipIsSetUpAgain(t *testing.T) {
	b := newBus()
	d, err := New(b, addr)
	if err != nil {
		t.Fatal(err)
	}
	b.powerUp()
	skipped := []byte{0x80, 0x00}
	copy(b.regs[regData+6:], skipped)
	if _, err := d.Sense(t.Context()); !errors.Is(err, driver.ErrReset) {
		t.Fatalf("after a reset: %v", err)
	}
	// Now humidity is on, and the word means the value.
	v, err := d.Sense(t.Context())
	if err != nil {
		t.Fatalf("set up again: %v", err)
	}
	if want := reading.Humidity.Round(humidity(0x8000)); math.Abs(v[1].Value-want) > 0.011 {
		t.Errorf("humidity %v, want %v", v[1].Value, want)
	}
}

func TestWhatIsNoMeasurement(t *testing.T) {
	for _, tc := range []struct {
		name string
		data []byte
		err  error
	}{
		{"the bus is held low", make([]byte, 8), driver.ErrOutOfRange},
		{"the answer broke off", []byte{0x65, 0x5A, 0xC0, 0x7E, 0xFF, 0xFF, 0xFF, 0xFF}, driver.ErrChecksum},
		{"hotter than it can be", []byte{0x65, 0x5A, 0xC0, 0xF0, 0x00, 0x00, 0x76, 0x54}, driver.ErrOutOfRange},
	} {
		b := newBus()
		d, err := New(b, addr)
		if err != nil {
			t.Fatal(err)
		}
		copy(b.regs[regData:], tc.data)
		if v, err := d.Sense(t.Context()); !errors.Is(err, tc.err) {
			t.Errorf("%s: %v, %v", tc.name, v, err)
		}
		copy(b.regs[regData:], sample)
		v, err := d.Sense(t.Context())
		if err != nil {
			t.Errorf("%s, after that: %v", tc.name, err)
		}
		if diff := cmp.Diff(goldenValues, v); diff != "" {
			t.Errorf("%s, after that (-want +got):\n%s", tc.name, diff)
		}
	}
}
