package scd4x

import (
	"context"
	"encoding/binary"
	"fmt"

	"periph.io/x/conn/v3/i2c"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/sensirion"
)

// link is the bus as periph's driver sees it. It keeps the error of a transfer,
// which that driver flattens to text. That driver asks for new data again and
// again, whatever the error: then link says that there is some, so that the
// read which follows ends it.
type link struct {
	i2c.Bus
	ctx context.Context // of the call that runs
	err error           // the first error since cause
}

var _ i2c.Bus = (*link)(nil)

// Tx implements i2c.Bus.
func (l *link) Tx(addr uint16, w, r []byte) error {
	var cmd uint16
	if len(w) >= 2 {
		cmd = binary.BigEndian.Uint16(w)
	}
	if cmd == cmdWake || cmd == cmdStop {
		return l.Bus.Tx(addr, w, r) // not acknowledged in every state
	}
	if l.err == nil {
		l.err = l.transfer(addr, w, r)
	}
	if l.err != nil && cmd == cmdReady {
		copy(r, sensirion.Append(nil, 1))
		return nil
	}
	return l.err
}

func (l *link) transfer(addr uint16, w, r []byte) error {
	if err := l.ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", driver.ErrNoAnswer, err)
	}
	if err := l.Bus.Tx(addr, w, r); err != nil {
		return fmt.Errorf("%w: %w", driver.ErrNoAnswer, err)
	}
	_, err := sensirion.Words(r)
	return err
}

// cause returns the error behind the one that periph's driver made of it.
func (l *link) cause(flat error) error {
	err := l.err
	l.err = nil
	if err == nil {
		return flat
	}
	return err
}
