package pms5003

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/uart"
)

const (
	// silence is how long an active sensor may say nothing before the driver wakes
	// it: twice its slowest cadence, and a little.
	silence = 5 * time.Second
	// answerIn is how long a passive sensor may take to answer before the driver
	// wakes it. A frame takes 34 ms on the wire.
	answerIn = time.Second
)

// What the host says (Plantower PMS5003 manual, appendix I).
var (
	cmdWake    = []byte{0x42, 0x4D, 0xE4, 0x00, 0x01, 0x01, 0x74}
	cmdSleep   = []byte{0x42, 0x4D, 0xE4, 0x00, 0x00, 0x01, 0x73}
	cmdActive  = []byte{0x42, 0x4D, 0xE1, 0x00, 0x01, 0x01, 0x71}
	cmdPassive = []byte{0x42, 0x4D, 0xE1, 0x00, 0x00, 0x01, 0x70}
	cmdRead    = []byte{0x42, 0x4D, 0xE2, 0x00, 0x00, 0x01, 0x71}
)

// listen waits for a frame of an active sensor, and wakes one that has been
// silent too long since its last frame or the last attempt to wake it.
func (d *Dev) listen(ctx context.Context) (uart.Frame[frame], error) {
	since := d.reader.Heard()
	if woke := d.wokeAt(); woke.After(since) {
		since = woke
	}
	patient, cancel := context.WithDeadline(ctx, since.Add(silence))
	defer cancel()
	f, err := d.data(patient)
	if err == nil || patient.Err() == nil || ctx.Err() != nil {
		return f, err
	}
	if errors.Is(err, driver.ErrNoAnswer) {
		if werr := d.rouse(); werr != nil {
			return f, fmt.Errorf("%w; wake: %w", err, werr)
		}
	}
	return d.data(ctx)
}

// ask asks a passive sensor, and wakes one that does not answer.
func (d *Dev) ask(ctx context.Context) (uart.Frame[frame], error) {
	d.turn.Lock()
	defer d.turn.Unlock()
	if ctx.Err() != nil {
		return d.reader.Next(ctx) // which says how
	}
	if d.asleep.Load() {
		return uart.Frame[frame]{}, driver.ErrAsleep
	}
	if d.rest != nil {
		if err := d.rest.end(); err != nil {
			return uart.Frame[frame]{}, err
		}
	}
	if !d.passive {
		if err := d.send(cmdPassive); err != nil {
			return uart.Frame[frame]{}, err
		}
		d.passive = true
	}
	f, err := d.request(ctx)
	if errors.Is(err, driver.ErrNoAnswer) && ctx.Err() == nil {
		if err := d.wake(); err != nil {
			return f, err
		}
		f, err = d.request(ctx)
	}
	if err == nil && d.rest != nil && d.warming(f) <= 0 {
		d.rest.begin()
	}
	return f, err
}

// request asks once.
func (d *Dev) request(ctx context.Context) (uart.Frame[frame], error) {
	if err := d.send(cmdRead); err != nil {
		return uart.Frame[frame]{}, err
	}
	patient, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	return d.data(patient)
}

// wake wakes the sensor and puts it into its mode, which a sensor that was
// asleep may have left.
func (d *Dev) wake() error {
	mode := cmdActive
	if d.opts.Passive {
		mode = cmdPassive
	}
	err := d.send(cmdWake, mode)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.woke = time.Now()
	return err
}

func (d *Dev) send(commands ...[]byte) error {
	var b []byte
	for _, c := range commands {
		b = append(b, c...)
	}
	if _, err := d.port.Write(b); err != nil {
		if d.closed.Load() {
			return driver.ErrClosed
		}
		return fmt.Errorf("%w: %w", driver.ErrUnplugged, err)
	}
	return nil
}
