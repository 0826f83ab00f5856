package modbuslevel

import (
	"context"
	"fmt"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/modbus"
)

// Dev is a meter on a line. Its methods may be called concurrently.
type Dev struct {
	line  *modbus.Line
	meter Meter
}

// New takes over a line's share. It does not speak to the meter yet.
func New(line *modbus.Line, meter Meter) (*Dev, error) {
	if err := meter.Validate(); err != nil {
		return nil, fmt.Errorf("open modbus level meter: %w", err)
	}
	return &Dev{line: line, meter: meter}, nil
}

// Sense asks the meter once and returns Meter.Quantities: level in m above gauge
// zero, distance in mm. Errors: driver.ErrEchoLost (one of ErrorValues),
// ErrOutOfRange (no number, or outside Min and Max), those of modbus.Client.Ask,
// ErrClosed, or ctx's own.
func (d *Dev) Sense(ctx context.Context) ([]driver.Value, error) {
	registers, err := d.line.Ask(ctx, d.meter.query())
	if err != nil {
		return nil, fmt.Errorf("sense modbus level meter: %w", err)
	}
	values, err := d.meter.values(registers)
	if err != nil {
		return nil, fmt.Errorf("sense modbus level meter, unit %d: %w", d.meter.Unit, err)
	}
	return values, nil
}

// Close gives the line's share back.
func (d *Dev) Close() error { return d.line.Close() }
