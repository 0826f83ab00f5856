package ina219

import (
	"context"
	"encoding/binary"
	"fmt"

	"periph.io/x/conn/v3/i2c"

	"github.com/siaga-id/siaga/edge/driver"
)

// The configuration register and what is in it (data sheet, table 4).
const (
	regConfig = 0x00
	configSet = 0x1FFF // by periph's driver
	configNew = 0x399F // after power-up
	unused    = 0xC000 // bits that read 0
)

// link is the bus as periph's driver sees it. It keeps the error of a transfer,
// which that driver flattens to text.
type link struct {
	i2c.Bus
	ctx context.Context // of the call that runs
	err error           // the first error since cause
}

var _ i2c.Bus = (*link)(nil)

// Tx implements i2c.Bus.
func (l *link) Tx(addr uint16, w, r []byte) error {
	err := l.ctx.Err()
	if err == nil {
		err = l.Bus.Tx(addr, w, r)
	}
	if err != nil {
		err = fmt.Errorf("%w: %w", driver.ErrNoAnswer, err)
		if l.err == nil {
			l.err = err
		}
	}
	return err
}

// cause returns the error of the transfer that failed, or nil where none did.
func (l *link) cause() error {
	err := l.err
	l.err = nil
	return err
}

// configuration returns what is in the configuration register.
func configuration(bus i2c.Bus, addr uint16) (uint16, error) {
	var r [2]byte
	if err := bus.Tx(addr, []byte{regConfig}, r[:]); err != nil {
		return 0, fmt.Errorf("%w: %w", driver.ErrNoAnswer, err)
	}
	return binary.BigEndian.Uint16(r[:]), nil
}
