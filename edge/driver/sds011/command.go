package sds011

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
)

// Commands and their values (Laser Dust Sensor Control Protocol V1.3).
const (
	cmdMode   = 2
	cmdQuery  = 4
	cmdWork   = 6
	cmdPeriod = 8

	get = 0
	set = 1

	modeActive = 0
	modeQuery  = 1
	sleeping   = 0
	working    = 1
)

const (
	// replyIn is how long the answer to a command may take. A second is usual.
	replyIn = 1500 * time.Millisecond
	// tries is how often a command is sent: a sensor that is about to say a value
	// may swallow one.
	tries = 2
)

// setUp wakes the sensor where it sleeps and gives it its mode and its period
// where they are others.
func (d *Dev) setUp(ctx context.Context) error {
	if err := d.rouse(ctx); err != nil {
		return err
	}
	mode := byte(modeActive)
	if d.opts.Query {
		mode = modeQuery
	}
	if err := d.keep(ctx, cmdMode, mode); err != nil {
		return fmt.Errorf("set report mode: %w", err)
	}
	if err := d.keep(ctx, cmdPeriod, byte(d.opts.Period)); err != nil {
		return fmt.Errorf("set working period: %w", err)
	}
	d.ready = true
	return nil
}

// rouse wakes the sensor unless it says that it works.
func (d *Dev) rouse(ctx context.Context) error {
	state, err := d.exchange(ctx, 1, cmdWork, get, 0)
	if err == nil && state == working {
		return nil
	}
	if err != nil && (ctx.Err() != nil || !errors.Is(err, driver.ErrNoAnswer)) {
		return err
	}
	if _, err := d.exchange(ctx, tries, cmdWork, set, working); err != nil {
		return fmt.Errorf("wake: %w", err)
	}
	d.woke, d.warm, d.zeroes = d.opts.Now(), false, true
	return nil
}

// keep reads a setting and writes it where it is another: the sensor keeps
// settings in memory that wears.
func (d *Dev) keep(ctx context.Context, cmd, want byte) error {
	got, err := d.exchange(ctx, tries, cmd, get, 0)
	if err != nil || got == want {
		return err
	}
	if _, err := d.exchange(ctx, tries, cmd, set, want); err != nil {
		return err
	}
	got, err = d.exchange(ctx, tries, cmd, get, 0)
	if err == nil && got != want {
		err = fmt.Errorf("%w: wrote %d, reads back as %d", driver.ErrRefused, want, got)
	}
	return err
}

// exchange sends a command until it is confirmed, and returns the value that the
// answer has. Values that come in between are passed over.
func (d *Dev) exchange(ctx context.Context, times int, cmd, how, value byte) (byte, error) {
	var err error
	for range times {
		sent := d.opts.Now()
		if err = d.send(command(cmd, how, value)); err != nil {
			return 0, err
		}
		var f frame
		if f, err = d.reply(ctx, sent, cmd, how); err == nil {
			if how == set && f.value != value {
				return 0, fmt.Errorf("%w: asked for %d, it says %d", driver.ErrRefused, value, f.value)
			}
			return f.value, nil
		}
		if ctx.Err() != nil || !errors.Is(err, driver.ErrNoAnswer) && !errors.Is(err, driver.ErrChecksum) {
			break
		}
	}
	return 0, err
}

func (d *Dev) reply(ctx context.Context, sent time.Duration, cmd, how byte) (frame, error) {
	patient, cancel := context.WithTimeout(ctx, replyIn)
	defer cancel()
	for {
		f, err := d.next(patient)
		if err != nil || f.reply && f.cmd == cmd && f.set == how && f.heard >= sent {
			return f, err
		}
	}
}

func (d *Dev) send(b []byte) error {
	if _, err := d.port.Write(b); err != nil {
		if d.closed.Load() {
			return driver.ErrClosed
		}
		return fmt.Errorf("%w: %w", driver.ErrUnplugged, err)
	}
	return nil
}
