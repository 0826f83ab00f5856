package sensirion

import (
	"context"
	"fmt"
	"time"

	"periph.io/x/conn/v3/i2c"

	"github.com/siaga-id/siaga/edge/driver"
)

// Conn is one sensor on a bus. It keeps nothing between calls.
type Conn struct {
	Bus  i2c.Bus
	Addr uint16
}

// Send sends a command with its words. A driver.ErrNoAnswer wraps the bus's
// error: nobody acknowledged.
func (c Conn) Send(cmd uint16, words ...uint16) error {
	w := Append([]byte{byte(cmd >> 8), byte(cmd)}, words...)
	if err := c.Bus.Tx(c.Addr, w, nil); err != nil {
		return fmt.Errorf("%w: command %04x: %w", driver.ErrNoAnswer, cmd, err)
	}
	return nil
}

// Ask sends a command, gives the sensor the time that it needs, and reads n
// words. Errors: driver.ErrNoAnswer, also where ctx ended; ErrChecksum. The
// caller owns the slice.
func (c Conn) Ask(ctx context.Context, cmd uint16, takes time.Duration, n int) ([]uint16, error) {
	if err := c.Send(cmd); err != nil {
		return nil, err
	}
	if err := Pause(ctx, takes); err != nil {
		return nil, err
	}
	r := make([]byte, n*WordSize)
	if err := c.Bus.Tx(c.Addr, nil, r); err != nil {
		return nil, fmt.Errorf("%w: answer to %04x: %w", driver.ErrNoAnswer, cmd, err)
	}
	words, err := Words(r)
	if err != nil {
		return nil, fmt.Errorf("answer to %04x: %w", cmd, err)
	}
	return words, nil
}

// Pause waits. Where ctx ends first that is a driver.ErrNoAnswer which wraps
// what ended it.
func Pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", driver.ErrNoAnswer, context.Cause(ctx))
	}
}
