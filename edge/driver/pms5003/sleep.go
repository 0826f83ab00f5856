package pms5003

import (
	"context"
	"fmt"

	"github.com/siaga-id/siaga/edge/driver"
)

var _ driver.Sleeper = (*Dev)(nil)

// Sleep stops the fan and the laser until Wake, or until another Dev takes the
// sensor over. Errors: driver.ErrUnplugged, ErrClosed.
func (d *Dev) Sleep(context.Context) error {
	d.turn.Lock()
	defer d.turn.Unlock()
	if d.rest != nil {
		d.rest.mu.Lock()
		defer d.rest.mu.Unlock()
	}
	if err := d.send(cmdSleep); err != nil {
		return fmt.Errorf("put pms5003 to sleep: %w", err)
	}
	d.asleep.Store(true)
	return nil
}

// Wake starts a sensor that Sleep has stopped. Errors: as Sleep's.
func (d *Dev) Wake(context.Context) error {
	d.turn.Lock()
	defer d.turn.Unlock()
	if d.rest != nil {
		d.rest.mu.Lock()
		defer d.rest.mu.Unlock()
		d.rest.asleep = false
	}
	if err := d.wake(); err != nil {
		return fmt.Errorf("wake pms5003: %w", err)
	}
	d.asleep.Store(false)
	return nil
}

// rouse wakes a silent sensor.
func (d *Dev) rouse() error {
	d.turn.Lock()
	defer d.turn.Unlock()
	return d.unlessAsleep()
}

// unlessAsleep wakes the sensor unless somebody has put it to sleep. It is called
// with turn held, or rest's mu.
func (d *Dev) unlessAsleep() error {
	if d.asleep.Load() {
		return driver.ErrAsleep
	}
	return d.wake()
}
