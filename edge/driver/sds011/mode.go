package sds011

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
)

const (
	// silence is how long an active sensor may say nothing before the driver wakes
	// it.
	silence = 5 * time.Second
	// answerIn is how long a query may go without a value before the driver wakes
	// the sensor.
	answerIn = 2 * time.Second
	// leastApart is how soon the sensor may be queried again (protocol V1.3 §3).
	leastApart = 3 * time.Second
	// settled is how far into its 30 s of work a value of a period is as good as
	// the last one.
	settled = 25 * time.Second
	// over is the silence that says that the work of a period is done.
	over = 3 * time.Second
)

// listen returns a value of an active sensor, and sets up one that is silent.
func (d *Dev) listen(ctx context.Context) (frame, error) {
	patience := silence - min(d.ear.silent(), d.opts.Now()-d.tried)
	patient, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	f, err := d.freshValue(patient)
	if err == nil || patient.Err() == nil || ctx.Err() != nil {
		return f, err
	}
	if !errors.Is(err, driver.ErrNoAnswer) {
		return d.freshValue(ctx)
	}
	d.tried = d.opts.Now()
	if err := d.setUp(ctx); err != nil {
		return frame{}, err
	}
	return d.freshValue(ctx)
}

func (d *Dev) freshValue(ctx context.Context) (frame, error) {
	for {
		f, err := d.value(ctx)
		if err != nil || d.opts.Now()-f.heard <= fresh {
			return f, err
		}
	}
}

// query asks for a value, and sets up a sensor that does not answer.
func (d *Dev) query(ctx context.Context) (frame, error) {
	if ctx.Err() != nil {
		return d.next(ctx) // which says how
	}
	if !d.ready {
		if err := d.setUp(ctx); err != nil {
			return frame{}, err
		}
	}
	if err := d.pace(ctx); err != nil {
		return frame{}, err
	}
	asked := d.opts.Now()
	if err := d.send(command(cmdQuery, 0, 0)); err != nil {
		return frame{}, err
	}
	d.asked = asked
	patient, cancel := context.WithTimeout(ctx, answerIn)
	defer cancel()
	for {
		f, err := d.value(patient)
		if errors.Is(err, driver.ErrNoAnswer) {
			d.ready = false
		}
		if err != nil || f.heard >= asked {
			return f, err
		}
	}
}

// pace waits until the sensor may be queried again.
func (d *Dev) pace(ctx context.Context) error {
	left := leastApart - (d.opts.Now() - d.asked)
	if left <= 0 {
		return nil
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: asked again too soon: %w", driver.ErrNoAnswer, ctx.Err())
	}
}

// perPeriod returns the last value of a period's work, or one that is as good.
func (d *Dev) perPeriod(ctx context.Context) (frame, error) {
	if !d.ready {
		if err := d.setUp(ctx); err != nil {
			return frame{}, err
		}
	}
	for {
		wait := d.period()
		if d.held != nil {
			wait = max(over-(d.opts.Now()-d.held.heard), time.Millisecond) // what came meanwhile is better
		}
		patient, cancel := context.WithTimeout(ctx, wait)
		f, err := d.value(patient)
		silent := patient.Err() != nil && ctx.Err() == nil
		cancel()
		switch {
		case err == nil:
			d.held = &f
			if f.intoPhase < settled {
				continue
			}
		case !silent, d.held == nil:
			return frame{}, d.without(err)
		}
		f, d.held = *d.held, nil
		if d.opts.Now()-f.heard > d.period() {
			continue
		}
		d.zeroes = d.zeroes || f.intoPhase == 0
		return f, nil
	}
}

// without tells a sensor that sleeps by its period from one that is dead.
func (d *Dev) without(err error) error {
	if !errors.Is(err, driver.ErrNoAnswer) {
		return err
	}
	if d.ear.silent() < d.period() {
		return fmt.Errorf("%w: it works for 30s every %d minutes", driver.ErrWarmingUp, d.opts.Period)
	}
	d.ready = false
	return err
}

// period is the longest that a sensor with a working period is silent, and a
// little.
func (d *Dev) period() time.Duration {
	return time.Duration(d.opts.Period)*time.Minute + 30*time.Second
}
