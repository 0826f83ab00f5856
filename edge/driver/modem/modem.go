package modem

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync/atomic"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// refresh is how often the modem is told to measure, in seconds.
const refresh = "30"

// Opts is which modem.
type Opts struct {
	// Modem is its number or path as mmcli -L shows them; "" is any.
	Modem string
}

// Command runs a program of the machine, as driver.Board's does.
type Command func(ctx context.Context, name string, args ...string) ([]byte, error)

// Dev is a modem of the machine. Its methods may be called concurrently.
type Dev struct {
	command Command
	modem   string
	closed  atomic.Bool
}

// New asks by a command of the machine.
func New(command Command, opts Opts) *Dev {
	d := &Dev{command: command, modem: opts.Modem}
	if d.modem == "" {
		d.modem = "any"
	}
	return d
}

// Sense returns signal (dBm). Errors: driver.ErrNoAnswer where there is no modem or
// no ModemManager, ErrWarmingUp until the modem has measured, ErrChecksum where the
// answer cannot be understood, ErrClosed, or ctx's own when it is cancelled.
func (d *Dev) Sense(ctx context.Context) ([]driver.Value, error) {
	dBm, err := d.signal(ctx)
	if err != nil {
		return nil, fmt.Errorf("sense modem: %w", err)
	}
	return []driver.Value{driver.Measured(reading.Signal, dBm)}, nil
}

// Close makes later calls fail.
func (d *Dev) Close() error {
	d.closed.Store(true)
	return nil
}

func (d *Dev) signal(ctx context.Context) (float64, error) {
	if d.closed.Load() {
		return 0, driver.ErrClosed
	}
	out, err := d.mmcli(ctx, "-J", "--signal-get")
	if err != nil {
		return 0, err
	}
	dBm, known, measures, err := parse(out)
	switch {
	case err != nil:
		return 0, err
	case !measures:
		if _, err := d.mmcli(ctx, "--signal-setup="+refresh); err != nil {
			return 0, fmt.Errorf("tell the modem to measure, as root does by mmcli -m %s --signal-setup=%s: %w", d.modem, refresh, err)
		}
		return 0, fmt.Errorf("%w: it was told to measure just now", driver.ErrWarmingUp)
	case !known:
		return 0, fmt.Errorf("%w: the modem receives no network: see mmcli -m %s", driver.ErrNoAnswer, d.modem)
	}
	return dBm, nil
}

func (d *Dev) mmcli(ctx context.Context, args ...string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	out, err := d.command(ctx, "mmcli", append([]string{"-m", d.modem}, args...)...)
	switch {
	case err == nil:
		return out, nil
	case errors.Is(ctx.Err(), context.Canceled):
		return nil, ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return nil, fmt.Errorf("%w: there is no mmcli: sudo apt install modemmanager: %w", driver.ErrNoAnswer, err)
	}
	return nil, fmt.Errorf("%w: see mmcli -L: %w", driver.ErrNoAnswer, err)
}
