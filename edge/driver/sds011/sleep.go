package sds011

import (
	"context"
	"fmt"

	"github.com/siaga-id/siaga/edge/driver"
)

var _ driver.Sleeper = (*Dev)(nil)

// Sleep stops the fan and the laser until Wake, or until another Dev takes the
// sensor over. It waits for a Sense that runs. Errors: as Sense's.
func (d *Dev) Sleep(ctx context.Context) error {
	d.turn.Lock()
	defer d.turn.Unlock()
	if _, err := d.exchange(ctx, tries, cmdWork, set, sleeping); err != nil {
		return fmt.Errorf("put sds011 to sleep: %w", err)
	}
	d.asleep, d.held = true, nil
	return nil
}

// Wake starts a sensor that Sleep has stopped. Errors: as Sense's.
func (d *Dev) Wake(ctx context.Context) error {
	d.turn.Lock()
	defer d.turn.Unlock()
	if err := d.rouse(ctx); err != nil {
		return fmt.Errorf("wake sds011: %w", err)
	}
	d.asleep, d.ready = false, false
	return nil
}
