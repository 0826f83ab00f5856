package simbus

import (
	"fmt"
	"sync/atomic"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
)

type i2cSlot struct {
	*Plug
	chip I2CChip
}

// bus is one opening of an I2C bus.
type bus struct {
	machine *Machine
	name    string
	closed  atomic.Bool
}

var _ i2c.BusCloser = (*bus)(nil)

func (b *bus) String() string { return b.name }

// SetSpeed takes any speed: the simulated wires have no length.
func (b *bus) SetSpeed(physic.Frequency) error { return nil }

func (b *bus) Close() error {
	if b.closed.Swap(true) {
		return fmt.Errorf("close I2C bus %s: %w", b.name, ErrClosed)
	}
	return nil
}

func (b *bus) Tx(addr uint16, w, r []byte) error {
	err := ErrClosed
	if !b.closed.Load() {
		err = b.machine.transfer(b.name, addr, w, r)
	}
	if err != nil {
		return fmt.Errorf("transfer on %s with 0x%02x: %w", b.name, addr, err)
	}
	return nil
}

func (m *Machine) transfer(bus string, addr uint16, w, r []byte) error {
	m.mu.Lock()
	s := m.buses[bus][addr]
	m.mu.Unlock()
	if s == nil {
		return ErrNoAcknowledge
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch s.fault {
	case Silent, NACK, Unplugged:
		return ErrNoAcknowledge
	}
	if err := s.chip.Tx(m.clock.Now(), w, r); err != nil {
		return ErrNoAcknowledge
	}
	switch s.fault {
	case Garbage:
		s.garble(r)
	case Half:
		for i := len(r) / 2; i < len(r); i++ {
			r[i] = 0xFF
		}
	}
	return nil
}
