package fleet

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/siaga-id/siaga/edge"
	"github.com/siaga-id/siaga/firmware-sim/world"
)

// ServePorts offers the serial chips of one village's board as terminals of
// this computer, for programs that open serial ports; no node runs. It calls
// ready with a sensor's id, its driver and the terminal's path as each is there,
// from several goroutines; sensors that share a port share its terminal. It
// returns nil when ctx ends, or the first error. Of the options it uses Seed,
// Chips, Trace and Replay.
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
	onPort := map[string][]edge.SensorConfig{}
	for _, sc := range b.sensors {
		if port, ok := sc.Options["port"].(string); ok {
			onPort[port] = append(onPort[port], sc)
		}
	}
	if len(onPort) == 0 {
		return errors.New("none of the simulated chips sits on a serial port")
	}
	var wg sync.WaitGroup
	for port, sensors := range onPort {
		wg.Go(func() {
			err := b.machine.ServePTY(ctx, port, func(tty string) {
				for _, sc := range sensors {
					ready(sc.ID, sc.Driver, tty)
				}
			})
			if ctx.Err() == nil {
				cancel(fmt.Errorf("sensor %s: %w", sensors[0].ID, err))
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
