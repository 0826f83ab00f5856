package simbus

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/uart"
)

// Machine is one board. Its methods may be called concurrently.
type Machine struct {
	clock  Clock
	system System

	mu    sync.Mutex
	buses map[string]map[uint16]*i2cSlot
	ports map[string]*serialSlot
	pins  map[string]*Pin
	outs  map[string]*Output
}

// New returns a board with nothing on it.
func New(c Clock) *Machine {
	return &Machine{
		clock: c,
		buses: map[string]map[uint16]*i2cSlot{},
		ports: map[string]*serialSlot{},
		pins:  map[string]*Pin{},
		outs:  map[string]*Output{},
	}
}

// PlugI2C puts a chip on a bus, which the first chip brings into being. An
// address can be taken once.
func (m *Machine) PlugI2C(bus string, addr uint16, c I2CChip) (*Plug, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.buses[bus] == nil {
		m.buses[bus] = map[uint16]*i2cSlot{}
	}
	name := fmt.Sprintf("%s 0x%02x", bus, addr)
	if m.buses[bus][addr] != nil {
		return nil, fmt.Errorf("plug chip into %s: %w", name, ErrBusy)
	}
	s := &i2cSlot{Plug: newPlug(name), chip: c}
	m.buses[bus][addr] = s
	return s.Plug, nil
}

// PlugSerial puts a chip on the far end of a serial port, at the chip's speed
// in baud. A port has room for one.
func (m *Machine) PlugSerial(path string, baud int, c SerialChip) (*Plug, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ports[path] != nil {
		return nil, fmt.Errorf("plug chip into %s: %w", path, ErrBusy)
	}
	s := &serialSlot{Plug: newPlug(path), chip: c, baud: baud}
	m.ports[path] = s
	return s.Plug, nil
}

// PlugPin ties a chip's output to a GPIO line. A line has room for one.
func (m *Machine) PlugPin(name string, c PinChip) (*Plug, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.pins[name] != nil {
		return nil, fmt.Errorf("plug chip into %s: %w", name, ErrBusy)
	}
	p := &Pin{plug: newPlug(name), chip: c, clock: m.clock, number: len(m.pins)}
	m.pins[name] = p
	return p.plug, nil
}

// I2C opens a bus by name, as often as wanted. A bus that no chip was ever
// plugged into is ErrNotFound.
func (m *Machine) I2C(name string) (i2c.BusCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.buses[name] == nil {
		return nil, fmt.Errorf("open I2C bus %s: %w", name, ErrNotFound)
	}
	return &bus{machine: m, name: name}, nil
}

// Serial opens a port. Read returns 0, nil when nothing came for 200 ms; what
// the chip sent before the port was opened is gone. At another speed than the
// chip's, or with a parity bit, only garbage comes, and the chip understands
// nothing. A port that is open already is ErrBusy, a pulled one ErrUnplugged.
func (m *Machine) Serial(path string, baud int, parity uart.Parity) (io.ReadWriteCloser, error) {
	m.mu.Lock()
	s := m.ports[path]
	m.mu.Unlock()
	if s == nil {
		return nil, fmt.Errorf("open serial port %s: %w", path, ErrNotFound)
	}
	p, err := s.opened(m.clock, baud, parity)
	if err != nil {
		return nil, fmt.Errorf("open serial port %s: %w", path, err)
	}
	return p, nil
}

// Pin returns a GPIO line, a *Pin, the same one each time.
func (m *Machine) Pin(name string) (gpio.PinIn, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p := m.pins[name]
	if p == nil {
		return nil, fmt.Errorf("open GPIO line %s: %w", name, ErrNotFound)
	}
	return p, nil
}

// I2CBuses returns the names of the buses, sorted. The caller owns the slice.
func (m *Machine) I2CBuses() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.buses))
}

// SerialPorts returns the paths of the serial ports, sorted. The caller owns the
// slice.
func (m *Machine) SerialPorts() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.ports))
}
