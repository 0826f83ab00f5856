package scan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/uart"

	"github.com/siaga-id/siaga/edge/bus"
	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/a02yyuw"
	"github.com/siaga-id/siaga/edge/driver/bme280"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
	"github.com/siaga-id/siaga/edge/driver/pms5003"
	"github.com/siaga-id/siaga/edge/explain"
	"github.com/siaga-id/siaga/internal/reading"
)

// village is a board whose buses and ports a test fills.
type village struct {
	buses map[string]*wires
	ports map[string]*plug
}

func (v village) I2CBuses() []string    { return slices.Sorted(maps.Keys(v.buses)) }
func (v village) SerialPorts() []string { return slices.Sorted(maps.Keys(v.ports)) }

func (v village) I2C(name string) (i2c.BusCloser, error) {
	b := v.buses[name]
	if b == nil || b.err != nil {
		return nil, fmt.Errorf("open i2c bus %s: %w", name, errors.Join(fs.ErrNotExist, b.err))
	}
	return b, nil
}

func (v village) Serial(path string, baud int, _ uart.Parity) (io.ReadWriteCloser, error) {
	p := v.ports[path]
	if p.err != nil {
		return nil, fmt.Errorf("open serial port %s: %w", path, p.err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.opened = append(p.opened, baud)
	line := &line{plug: p, Port: drivertest.NewPort(), baud: baud, done: make(chan struct{})}
	line.talking.Go(line.talk)
	return line, nil
}

func (village) Pin(string) (gpio.PinIn, error)     { return nil, fs.ErrNotExist }
func (village) Output(string) (gpio.PinOut, error) { return nil, fs.ErrNotExist }
func (village) Files() fs.FS                       { return fstest.MapFS{} }
func (village) Command(context.Context, string, ...string) ([]byte, error) {
	return nil, exec.ErrNotFound
}

// wires are a bus whose chips answer by function.
type wires struct {
	err   error // of opening
	chips map[uint16]func(w, r []byte) error

	mu    sync.Mutex
	asked map[uint16]int // by address, transfers
	wrote map[uint16][]byte
}

func (*wires) String() string                  { return "wires" }
func (*wires) Close() error                    { return nil }
func (*wires) SetSpeed(physic.Frequency) error { return nil }

func (b *wires) Tx(addr uint16, w, r []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.asked == nil {
		b.asked, b.wrote = map[uint16]int{}, map[uint16][]byte{}
	}
	b.asked[addr]++
	b.wrote[addr] = append(b.wrote[addr], w...)
	if b.chips[addr] == nil {
		return errors.New("remote I/O error")
	}
	return b.chips[addr](w, r)
}

// id answers every read with the same byte.
func id(b byte) func(w, r []byte) error {
	return func(_, r []byte) error {
		for i := range r {
			r[i] = b
		}
		return nil
	}
}

// plug is what is plugged into a port: it talks at its own speed, and another
// speed hears noise.
type plug struct {
	err    error
	baud   int
	every  time.Duration
	says   []byte
	answer map[string][]byte // to questions
	noise  []byte            // what is heard at another speed

	mu     sync.Mutex
	opened []int
	asked  []string
}

// line is one opening.
type line struct {
	*plug
	*drivertest.Port
	baud    int
	done    chan struct{}
	talking sync.WaitGroup
}

func (l *line) talk() {
	for l.every > 0 {
		select {
		case <-l.done:
			return
		case <-time.After(l.every):
		}
		if l.baud == l.plug.baud {
			l.Send(l.says...)
		} else {
			l.Send(l.noise...)
		}
	}
}

func (l *line) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.plug.asked = append(l.plug.asked, string(b))
	if l.baud == l.plug.baud {
		l.Send(l.answer[string(b)]...)
	}
	return len(b), nil
}

func (l *line) Close() error {
	close(l.done)
	l.talking.Wait()
	return l.Port.Close()
}

// thermo is a chip with an id register, as many have it: its id is want.
func thermo(name string, want byte, weak bool, addrs ...uint16) driver.Chip {
	return driver.Chip{
		Name: name, Model: "Test " + name, Options: func() driver.Options { return &thermoOptions{} },
		I2C: &driver.I2CProbe{Addresses: addrs, Weak: weak, Identify: func(b i2c.Bus, a uint16) (string, error) {
			r := []byte{0}
			if err := b.Tx(a, []byte{0xD0}, r); err != nil {
				return "", fmt.Errorf("%w: %w", driver.ErrNoAnswer, err)
			}
			if r[0] != want {
				return "", fmt.Errorf("%w: id %#x", driver.ErrWrongDevice, r[0])
			}
			return "no. 7", nil
		}},
	}
}

type thermoOptions struct {
	driver.I2CBus `mapstructure:",squash"`
	quantities
}

func (o *thermoOptions) Validate() error { return o.I2CBus.Validate(o.Address) }

// quantities are the rest of any options here: 27.5 °C.
type quantities struct{}

func (quantities) Quantities() []reading.Quantity { return []reading.Quantity{reading.Temperature} }

func (quantities) Open(driver.Board, func() time.Duration) (driver.Sensor, error) {
	return warm{}, nil
}

// warm gives 27.5 °C.
type warm struct{}

func (warm) Sense(context.Context) ([]driver.Value, error) {
	return []driver.Value{driver.Measured(reading.Temperature, 27.5)}, nil
}
func (warm) Close() error { return nil }

// run scans in a bubble of its own.
func run(t *testing.T, v village, o Options) (found []Finding) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var err error
		if found, err = Run(t.Context(), v, o); err != nil {
			t.Error(err)
		}
	})
	return found
}

func TestABoardWithNothing(t *testing.T) {
	found := run(t, village{}, Options{})
	if len(found) != 2 || found[0].Problem != explain.NoI2C || found[1].Problem != explain.NoSerial {
		t.Errorf("%+v", found)
	}
}

func TestProgressCountsEveryLook(t *testing.T) {
	v := village{
		buses: map[string]*wires{"1": {}, "2": {}},
		ports: map[string]*plug{"/dev/ttyUSB0": {}, "/dev/ttyUSB1": {err: bus.ErrConsole}},
	}
	last, total := 0, 0
	run(t, v, Options{Chips: []driver.Chip{pms5003.Chip, bme280.Chip}, Progress: func(_ Place, done, all int) {
		last, total = max(last, done), all
	}})
	if total != 4 || last >= total {
		t.Errorf("%d of %d", last, total)
	}
}

func TestCancelledScanKeepsWhatItFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		v := village{
			buses: map[string]*wires{"1": {chips: map[uint16]func(w, r []byte) error{0x76: id(0x60)}}},
			ports: map[string]*plug{"/dev/ttyUSB0": {}},
		}
		found, err := Run(ctx, v, Options{Chips: []driver.Chip{thermo("bme280", 0x60, false, 0x76), a02yyuw.Chip, pms5003.Chip}})
		if !errors.Is(err, context.DeadlineExceeded) || len(found) == 0 || found[0].Chip != "bme280" {
			t.Errorf("%+v, %v", found, err)
		}
	})
}
