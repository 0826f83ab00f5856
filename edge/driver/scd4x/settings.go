package scd4x

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/sensirion"
)

// Commands (datasheet §3.5 to §3.10).
const (
	cmdReady       = 0xE4B8
	cmdStop        = 0x3F86
	cmdWake        = 0x36F6
	cmdSerial      = 0x3682
	cmdVariant     = 0x202F
	cmdGetASC      = 0x2313
	cmdSetASC      = 0x2416
	cmdGetOffset   = 0x2318
	cmdSetOffset   = 0x241D
	cmdGetAltitude = 0x2322
	cmdSetAltitude = 0x2427
	cmdPressure    = 0xE000

	takes     = time.Millisecond
	takesWake = 30 * time.Millisecond
	takesStop = 500 * time.Millisecond
)

// halt makes the sensor idle. It acknowledges neither command in every state.
func (d *Dev) halt(ctx context.Context) error {
	_ = d.conn.Send(cmdWake)
	if err := sensirion.Pause(ctx, takesWake); err != nil {
		return err
	}
	_ = d.conn.Send(cmdStop)
	return sensirion.Pause(ctx, takesStop)
}

// checkVariant refuses the other sensor of the family: its range is another.
// Sensors of early firmware do not know the question.
func (d *Dev) checkVariant(ctx context.Context) error {
	if _, err := d.conn.Ask(ctx, cmdSerial, takes, 3); err != nil {
		return err
	}
	words, err := d.conn.Ask(ctx, cmdVariant, takes, 1)
	if errors.Is(err, driver.ErrNoAnswer) && ctx.Err() == nil {
		return nil
	}
	if err != nil {
		return err
	}
	if got := Variant(words[0] >> 12); got != d.opts.Variant {
		return fmt.Errorf("%w: an %v, not an %v", driver.ErrWrongDevice, got, d.opts.Variant)
	}
	return nil
}

// configure writes the settings that are others than wanted. The sensor is idle.
func (d *Dev) configure(ctx context.Context) error {
	asc := uint16(0)
	if d.opts.SelfCalibrate {
		asc = 1
	}
	if err := d.keep(ctx, cmdGetASC, cmdSetASC, asc); err != nil {
		return fmt.Errorf("set self-calibration: %w", err)
	}
	if o := d.opts.TemperatureOffset; o != nil {
		if err := d.keep(ctx, cmdGetOffset, cmdSetOffset, offsetWord(*o)); err != nil {
			return fmt.Errorf("set temperature offset: %w", err)
		}
	}
	if a := d.opts.Altitude; a != nil {
		if err := d.keep(ctx, cmdGetAltitude, cmdSetAltitude, uint16(*a)); err != nil {
			return fmt.Errorf("set altitude: %w", err)
		}
	}
	return nil
}

func (d *Dev) keep(ctx context.Context, get, set, want uint16) error {
	words, err := d.conn.Ask(ctx, get, takes, 1)
	if err != nil || words[0] == want {
		return err
	}
	if err := d.conn.Send(set, want); err != nil {
		return err
	}
	return sensirion.Pause(ctx, takes)
}

// offsetWord returns a temperature offset as the sensor takes it (datasheet
// §3.7.1: offset · 65535 / 175).
func offsetWord(celsius float64) uint16 { return uint16(celsius*65535/175 + 0.5) }
