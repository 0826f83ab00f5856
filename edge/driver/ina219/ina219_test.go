package ina219

import (
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
	"github.com/siaga-id/siaga/internal/config"
	"github.com/siaga-id/siaga/internal/reading"
)

const addr = 0x40

// errNACK is what the bus says when nobody answers.
var errNACK = errors.New("remote I/O error")

// fakeBus is an I2C bus with the six registers of one chip on it.
type fakeBus struct {
	mu     sync.Mutex
	regs   [6]uint16
	absent bool
	failAt byte   // a read from here fails
	noise  uint16 // is added to what is read
	ovf    bool
	closed bool

	volt, shunt float64 // what is there, V
}

var _ i2c.BusCloser = (*fakeBus)(nil)

func newBus(volt, shunt float64) *fakeBus {
	return &fakeBus{regs: [6]uint16{regConfig: configNew}, volt: volt, shunt: shunt}
}

func (b *fakeBus) change(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

func (b *fakeBus) String() string                  { return "fake" }
func (b *fakeBus) SetSpeed(physic.Frequency) error { return nil }
func (b *fakeBus) Close() error                    { b.closed = true; return nil }

func (b *fakeBus) Tx(a uint16, w, r []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.absent || a != addr || len(r) > 0 && b.failAt != 0 && w[0] == b.failAt {
		return errNACK
	}
	if len(r) == 0 {
		b.regs[w[0]] = binary.BigEndian.Uint16(w[1:])
		return nil
	}
	// Registers 1, 2 and 4 as the data sheet reckons them (§8.5.1, §8.6).
	shunt := math.Round(max(-32000, min(32000, b.shunt/10e-6)))
	b.regs[1] = uint16(int16(shunt))
	b.regs[2] = uint16(min(4000, math.Round(b.volt/4e-3)))<<3 | 2
	if b.ovf {
		b.regs[2] |= 1
	}
	b.regs[4] = uint16(int16(shunt * float64(b.regs[5]) / 4096))
	binary.BigEndian.PutUint16(r, b.regs[w[0]]+b.noise)
	b.noise *= 3
	return nil
}

func values(pairs ...any) []driver.Value {
	var vs []driver.Value
	for i := 0; i < len(pairs); i += 2 {
		vs = append(vs, driver.Measured(pairs[i].(reading.Quantity), pairs[i+1].(float64)))
	}
	return vs
}

// battery is 12.5 V and, over 0.1 Ω, 1.5 A.
var battery = values(reading.Voltage, 12.5, reading.Current, 1.536, reading.PowerW, 19.2)

func TestContract(t *testing.T) {
	drivertest.Run(t, func(t *testing.T) drivertest.Rig {
		b := newBus(12.5, 0.1536)
		d, err := New(b, addr, DefaultOpts)
		if err != nil {
			t.Fatal(err)
		}
		b.absent = true
		return drivertest.Rig{
			Dev:        d,
			Good:       func() { b.change(func() { b.absent, b.noise, b.failAt = false, 0, 0 }) },
			Want:       battery,
			SilentErr:  driver.ErrNoAnswer,
			Garbage:    func() { b.change(func() { b.absent, b.noise = false, 0x4321 }) },
			GarbageErr: driver.ErrReset, // what it says of its configuration is wrong
			Half:       func() { b.change(func() { b.absent, b.failAt = false, 4 }) },
			HalfErr:    driver.ErrNoAnswer,
		}
	})
}

// sense runs one Sense on a new chip.
func sense(t *testing.T, b *fakeBus, opts Opts) (vs []driver.Value, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d, e := New(b, addr, opts)
		if e != nil {
			t.Fatal(e)
		}
		vs, err = d.Sense(t.Context())
	})
	return vs, err
}

func TestValues(t *testing.T) {
	for _, tc := range []struct {
		name        string
		volt, shunt float64
		ohm         float64
		want        []driver.Value
		err         error
	}{
		{"a battery", 12.5, 0.1536, 0.1, battery, nil},
		{"it is charged", 13.8, -0.0768, 0.1, values(reading.Voltage, 13.8, reading.Current, -0.768, reading.PowerW, -10.6), nil},
		{"a shunt of 75 mV for 50 A", 12, 0.0384, 0.0015, values(reading.Voltage, 12., reading.Current, 25.6, reading.PowerW, 307.2), nil},
		{"an empty battery", 6, 0, 0.1, values(reading.Voltage, 6., reading.Current, 0., reading.PowerW, 0.), nil},
		{"the last voltage", 15.984, 0, 0.1, values(reading.Voltage, 15.984, reading.Current, 0., reading.PowerW, 0.), nil},
		{"a 24 V pack", 25.6, 0.0512, 0.1, values(reading.Current, 0.512), driver.ErrOverRange},
		{"more current than the shunt shows", 12, 0.4, 0.1, values(reading.Voltage, 12.), driver.ErrOverRange},
		{"more of both", 20, -0.4, 0.1, nil, driver.ErrOverRange},
	} {
		got, err := sense(t, newBus(tc.volt, tc.shunt), Opts{ShuntOhm: tc.ohm})
		if !errors.Is(err, tc.err) {
			t.Errorf("%s: error %v, want %v", tc.name, err, tc.err)
		}
		for i := range got { // the chip's calibration is a whole number
			if i < len(tc.want) && math.Abs(got[i].Value-tc.want[i].Value) <= 0.0005*math.Abs(tc.want[i].Value)+1e-9 {
				got[i].Value = tc.want[i].Value
			}
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

func TestOverRangeSaysWhatToDo(t *testing.T) {
	if _, err := sense(t, newBus(24, 0), DefaultOpts); err == nil || !strings.Contains(err.Error(), "use a divider") {
		t.Errorf("%v", err)
	}
	b := newBus(12, 0.1)
	b.ovf = true
	if v, err := sense(t, b, DefaultOpts); !errors.Is(err, driver.ErrOverRange) || v != nil {
		t.Errorf("bit OVF: %v, %v", v, err)
	}
}

func TestResetChipIsSetUpAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBus(12.5, 0.1536)
		d, err := New(b, addr, DefaultOpts)
		if err != nil {
			t.Fatal(err)
		}
		b.regs[0], b.regs[5] = configNew, 0
		if v, err := d.Sense(t.Context()); !errors.Is(err, driver.ErrReset) || v != nil {
			t.Fatalf("after a reset: %v, %v", v, err)
		}
		got, err := d.Sense(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(battery, got); diff != "" {
			t.Errorf("set up again (-want +got):\n%s", diff)
		}
	})
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	for _, tc := range []struct {
		name string
		spot func(b *fakeBus)
		err  error
	}{
		{"nothing there", func(b *fakeBus) { b.absent = true }, driver.ErrNoAnswer},
		{"an idle bus", func(b *fakeBus) { b.regs[0] = 0xFFFF }, driver.ErrNoAnswer},
		{"another chip", func(b *fakeBus) { b.regs[0] = 0x8583 }, driver.ErrWrongDevice},
		{"another program had it", func(b *fakeBus) { b.regs[0] = 0x019F }, nil},
		{"garbled", func(b *fakeBus) { b.noise = 1 }, driver.ErrWrongDevice},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBus(12, 0)
			tc.spot(b)
			if _, err := New(b, addr, DefaultOpts); !errors.Is(err, tc.err) {
				t.Errorf("%s: error %v, want %v", tc.name, err, tc.err)
			}
		})
	}
	for _, ohm := range []float64{0, -1, math.NaN(), 100} {
		if _, err := New(newBus(12, 0), addr, Opts{ShuntOhm: ohm}); err == nil {
			t.Errorf("accepted a shunt of %v Ω", ohm)
		}
	}
	if _, err := New(newBus(12, 0), 0x50, DefaultOpts); err == nil {
		t.Error("accepted an address it cannot have")
	}
}

func TestKeepsTheBusError(t *testing.T) {
	b := newBus(12, 0)
	b.absent = true
	if _, err := New(b, addr, DefaultOpts); !errors.Is(err, errNACK) {
		t.Errorf("New: %v", err)
	}
}

// board has one bus.
type board struct {
	driver.Board
	bus *fakeBus
}

func (b board) I2C(string) (i2c.BusCloser, error) { return b.bus, nil }

func TestChip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := Chip.Options()
		if err := o.Validate(); err == nil || !strings.HasPrefix(err.Error(), "i2c: ") {
			t.Errorf("defaults without a bus: %v", err)
		}
		if err := config.Decode(map[string]any{"i2c": "1", "address": 0x40, "shunt_ohm": 0.1}, o); err != nil {
			t.Fatal(err)
		}
		if err := o.Validate(); err != nil {
			t.Error(err)
		}
		b := newBus(12.5, 0.1536)
		if _, err := Chip.I2C.Identify(b, addr); err != nil {
			t.Errorf("identify: %v", err)
		}
		d, err := o.Open(board{bus: b}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Chip.I2C.Identify(b, addr); err != nil {
			t.Errorf("identify in use: %v", err)
		}
		got, err := d.Sense(t.Context())
		if err != nil {
			t.Error(err)
		}
		for i, q := range o.Quantities() {
			if got[i].Quantity != q {
				t.Errorf("value %d: %v, want %v", i, got[i].Quantity, q)
			}
		}
		if err := d.Close(); err != nil || !b.closed {
			t.Errorf("Close: %v, the bus is closed: %v", err, b.closed)
		}
		b.regs[0] = 0x0483
		if _, err := Chip.I2C.Identify(b, addr); !errors.Is(err, driver.ErrWrongDevice) {
			t.Errorf("identify another chip: %v", err)
		}
	})
}
