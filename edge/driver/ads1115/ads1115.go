package ads1115

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/i2c"

	"github.com/siaga-id/siaga/edge/driver"
)

// Addresses are those that the chip can have, the usual one first.
var Addresses = []uint16{0x48, 0x49, 0x4A, 0x4B}

const (
	// limit is how long a conversion may take: twice as long as it takes.
	limit = 250 * time.Millisecond
	// poll is the pause between two looks at the ready bit.
	poll = 5 * time.Millisecond
)

// Dev is one user's way to a converter. Its methods may be called concurrently.
type Dev struct {
	bus    i2c.BusCloser
	addr   uint16
	shared *converter
	closed bool // guarded by shared's turn
}

// Open opens the converter at addr on a board's bus. b must be comparable, as
// boards are. It does not speak to the chip yet. The caller closes the Dev.
func Open(b driver.Board, bus string, addr uint16) (*Dev, error) {
	handle, err := b.I2C(bus)
	if err != nil {
		return nil, fmt.Errorf("open ads1115: %w", err)
	}
	return &Dev{bus: handle, addr: addr, shared: share(b, handle.String(), addr)}, nil
}

// Read converts once and returns the voltage. maxV is the highest that is
// expected, in volts, up to 6.144; it chooses the finest span that shows it. Read
// waits for other users of the converter. Errors: driver.ErrOverRange (the span's
// end, on either side), ErrNoAnswer (no chip, or a conversion that does not end),
// ErrReset (the chip lost its settings meanwhile), ErrWrongDevice (what was
// written does not stand there), ErrChecksum, ErrClosed, or ctx's own.
func (d *Dev) Read(ctx context.Context, in Input, maxV float64) (float64, error) {
	v, err := d.read(ctx, in, maxV)
	if err != nil {
		return 0, fmt.Errorf("read ads1115 at %#x, %v: %w", d.addr, in, err)
	}
	return v, nil
}

// Close waits for a conversion that runs, and closes the bus handle.
func (d *Dev) Close() error {
	d.shared.turn <- struct{}{}
	defer func() { <-d.shared.turn }()
	if d.closed {
		return nil
	}
	d.closed = true
	d.shared.leave()
	if err := d.bus.Close(); err != nil {
		return fmt.Errorf("close ads1115: %w", err)
	}
	return nil
}

func (d *Dev) read(ctx context.Context, in Input, maxV float64) (float64, error) {
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	span, err := spanFor(maxV)
	if err != nil {
		return 0, err
	}
	select {
	case d.shared.turn <- struct{}{}:
		defer func() { <-d.shared.turn }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	if d.closed {
		return 0, driver.ErrClosed
	}
	code, err := d.convert(ctx, config(in, span))
	if err != nil {
		return 0, err
	}
	v, within := volts(code, span)
	if !within {
		return 0, fmt.Errorf("%w: %.3f V, the end of the span", driver.ErrOverRange, v)
	}
	return v, nil
}

func (d *Dev) convert(ctx context.Context, set uint16) (int16, error) {
	// A conversion that somebody gave up waiting for must end first: the chip
	// starts none while one runs.
	if _, err := d.waitReady(ctx); err != nil {
		return 0, err
	}
	if err := d.write(regConfig, set); err != nil {
		return 0, err
	}
	got, err := d.waitReady(ctx)
	switch {
	case err != nil:
		return 0, err
	case got == set:
	case got == powerUp:
		return 0, fmt.Errorf("%w: its settings are those of power-up", driver.ErrReset)
	default:
		return 0, fmt.Errorf("%w: config reads %04x, wrote %04x", driver.ErrWrongDevice, got, set)
	}
	code, err := d.readTwice(regConversion)
	return int16(code), err
}

// waitReady waits until no conversion runs, and returns the config register.
func (d *Dev) waitReady(ctx context.Context) (uint16, error) {
	began := time.Now()
	for {
		set, err := d.readTwice(regConfig)
		changed := errors.Is(err, driver.ErrChecksum) // as when it ends just now
		if err != nil && !changed {
			return 0, err
		}
		if !changed && set&ready != 0 {
			return set, nil
		}
		if !changed && set&singleShot == 0 {
			// Another program left it converting for ever.
			if err := d.write(regConfig, set|singleShot); err != nil {
				return 0, err
			}
		}
		if time.Since(began) >= limit {
			if changed {
				return 0, err
			}
			return 0, fmt.Errorf("%w: a conversion takes longer than %v", driver.ErrNoAnswer, limit)
		}
		pause := time.NewTimer(poll)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return 0, ctx.Err()
		}
	}
}

func (d *Dev) readTwice(reg byte) (uint16, error) {
	a, err := readRegister(d.bus, d.addr, reg)
	if err != nil {
		return 0, err
	}
	b, err := readRegister(d.bus, d.addr, reg)
	if err != nil {
		return 0, err
	}
	if a != b {
		return 0, fmt.Errorf("%w: register %d reads %04x, then %04x", driver.ErrChecksum, reg, a, b)
	}
	return a, nil
}

func (d *Dev) write(reg byte, v uint16) error {
	if err := d.bus.Tx(d.addr, binary.BigEndian.AppendUint16([]byte{reg}, v), nil); err != nil {
		return fmt.Errorf("%w: %w", driver.ErrNoAnswer, err)
	}
	return nil
}

func readRegister(bus i2c.Bus, addr uint16, reg byte) (uint16, error) {
	var b [2]byte
	if err := bus.Tx(addr, []byte{reg}, b[:]); err != nil {
		return 0, fmt.Errorf("%w: %w", driver.ErrNoAnswer, err)
	}
	return binary.BigEndian.Uint16(b[:]), nil
}
