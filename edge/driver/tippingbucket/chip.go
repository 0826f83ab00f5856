package tippingbucket

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// Chip is the rain gauge as configurations know it.
var Chip = driver.Chip{
	Name:  "tippingbucket",
	Model: "Tipping-bucket rain gauge",
	Options: func() driver.Options {
		return &options{MMPerTip: DefaultOpts.MMPerTip, StuckAfter: DefaultOpts.StuckAfter}
	},
}

type options struct {
	driver.GPIOPin `mapstructure:",squash"`

	MMPerTip   float64       `mapstructure:"mm_per_tip"`
	StuckAfter time.Duration `mapstructure:"stuck_after"`
}

var _ driver.Options = (*options)(nil)

// Validate implements driver.Options.
func (o *options) Validate() error {
	err := o.GPIOPin.Validate()
	if !(o.MMPerTip > 0) || math.IsInf(o.MMPerTip, 0) {
		err = errors.Join(err, fmt.Errorf("mm_per_tip: %v: give what the gauge's plate or manual says, such as 0.2", o.MMPerTip))
	}
	if o.StuckAfter < 0 {
		err = errors.Join(err, fmt.Errorf("stuck_after: %v is negative: 10m is usual, 0 is never", o.StuckAfter))
	}
	return err
}

// Quantities implements driver.Options.
func (o *options) Quantities() []reading.Quantity {
	return []reading.Quantity{reading.Rain, reading.RainRate}
}

// Open implements driver.Options.
func (o *options) Open(b driver.Board, now func() time.Duration) (driver.Sensor, error) {
	pin, err := b.Pin(o.Pin)
	if err != nil {
		return nil, err
	}
	opts := DefaultOpts
	opts.MMPerTip, opts.StuckAfter, opts.Now = o.MMPerTip, o.StuckAfter, now
	dev, err := New(pin, opts)
	if err != nil {
		return nil, err
	}
	return dev, nil
}
