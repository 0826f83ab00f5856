package gascell

import (
	"context"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/ads1115"
	"github.com/siaga-id/siaga/internal/reading"
)

// broken is the voltage up to which nothing drives an input: boards' zeros are at
// hundreds of millivolts.
const broken = 0.005

// Opts is what can be set.
type Opts struct {
	Cell
	// WarmUp is how long after the node's start values are suspect.
	WarmUp time.Duration
	// Now is the time since the node's start; nil means since New.
	Now func() time.Duration
}

// DefaultOpts has the stabilisation time that SPEC's datasheets recommend.
var DefaultOpts = Opts{Cell: DefaultCell, WarmUp: time.Hour}

// Dev is a cell on a converter. Its methods may be called concurrently.
type Dev struct {
	adc    *ads1115.Dev
	cell   Cell
	we, ae ads1115.Input
	warmUp time.Duration
	now    func() time.Duration
}

// New takes over an open converter. It does not speak to it yet.
func New(adc *ads1115.Dev, opts Opts) (*Dev, error) {
	if err := opts.Validate(); err != nil {
		return nil, fmt.Errorf("open gas cell: %w", err)
	}
	d := &Dev{adc: adc, cell: opts.Cell, warmUp: opts.WarmUp, now: opts.Now}
	var err error
	if d.we, err = ads1115.Single(opts.WE); err == nil && d.cell.usesAE() {
		d.ae, err = ads1115.Single(opts.AE)
	}
	if err != nil {
		return nil, fmt.Errorf("open gas cell: %w", err)
	}
	if d.now == nil {
		began := time.Now()
		d.now = func() time.Duration { return time.Since(began) }
	}
	return d, nil
}

// Sense measures once and returns the gas in µg/m³ at 25 °C and 1 atm, suspect
// while the cell settles. Errors: driver.ErrOpenLoop (an input is at 0 V: the
// board has no power or a wire is broken), ErrOverRange (the board gives all it
// can), those of ads1115.Dev.Read, ErrClosed, or ctx's own.
func (d *Dev) Sense(ctx context.Context) ([]driver.Value, error) {
	v, err := d.measure(ctx)
	if err != nil {
		return nil, fmt.Errorf("sense %s cell: %w", d.cell.Gas, err)
	}
	return []driver.Value{v}, nil
}

// Close closes the converter's handle.
func (d *Dev) Close() error {
	if err := d.adc.Close(); err != nil {
		return fmt.Errorf("close %s cell: %w", d.cell.Gas, err)
	}
	return nil
}

func (d *Dev) measure(ctx context.Context) (driver.Value, error) {
	var ae float64
	we, err := d.millivolts(ctx, d.we)
	if err == nil && d.cell.usesAE() {
		ae, err = d.millivolts(ctx, d.ae)
	}
	if err != nil {
		return driver.Value{}, err
	}
	v := driver.Measured(gases[d.cell.Gas].quantity, d.cell.microgrammes(we, ae))
	if d.now() < d.warmUp {
		v.Quality = v.Quality.Worse(reading.Suspect)
	}
	return v, nil
}

func (d *Dev) millivolts(ctx context.Context, in ads1115.Input) (float64, error) {
	// A board at its end gives a little more or less than it should, which must
	// not be the end of the converter's span.
	const margin = 1.02
	v, err := d.adc.Read(ctx, in, d.cell.FullScaleV*margin)
	switch {
	case err != nil:
		return 0, err
	case v <= broken:
		return 0, fmt.Errorf("%w: %v is at %.3f V", driver.ErrOpenLoop, in, v)
	case v >= d.cell.FullScaleV:
		return 0, fmt.Errorf("%w: %v is at %.3f V of %v", driver.ErrOverRange, in, v, d.cell.FullScaleV)
	}
	return 1000 * v, nil
}
