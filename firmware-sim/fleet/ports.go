package fleet

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/siaga-id/siaga/firmware-sim/world"
)

// ServePorts offers the serial chips of one village's board as terminals of
// this computer, for programs that open serial ports; no node runs. It calls
// ready with a sensor's id, its driver and the terminal's path as each is there,
// from several goroutines, and returns nil when ctx ends, or the first error. Of
// the options it uses Seed, Trace and Replay.
func ServePorts(ctx context.Context, opt Options, v world.Village, ready func(sensor, driver, tty string)) error {
	c, s, replay, err := opt.time()
	if err != nil {
		return err
	}
	b, err := newBoard(c, s, opt, replay, v)
	if err != nil {
		return err
	}
	if err := c.begin(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	serial := 0
	for _, sc := range b.sensors {
		if sc.Port == "" {
			continue
		}
		serial++
		wg.Go(func() {
			err := b.machine.ServePTY(ctx, sc.Port, func(tty string) { ready(sc.ID, sc.Driver, tty) })
			if ctx.Err() == nil {
				cancel(fmt.Errorf("sensor %s: %w", sc.ID, err))
			}
		})
	}
	if serial == 0 {
		return errors.New("none of the simulated chips sits on a serial port")
	}
	wg.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
