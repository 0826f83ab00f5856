package gascell

import (
	"errors"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/ads1115"
	"github.com/siaga-id/siaga/internal/reading"
)

// Chip is a gas cell as configurations know it. A scan finds its converter, which
// may also have something else on it.
var Chip = driver.Chip{
	Name:   "gascell",
	Model:  "Electrochemical cell on an ADS1115",
	Shared: true,
	I2C:    &ads1115.Probe,
	Options: func() driver.Options {
		return &options{Cell: DefaultOpts.Cell, WarmUp: DefaultOpts.WarmUp}
	},
}

type options struct {
	driver.I2CBus `mapstructure:",squash"`
	Cell          `mapstructure:",squash"`
	// WarmUp is how long after the node's start values are suspect.
	WarmUp time.Duration `mapstructure:"warm_up"`
}

func (o *options) Validate() error {
	errs := []error{o.I2CBus.Validate(ads1115.Addresses...), o.Cell.Validate()}
	if o.WarmUp < 0 {
		errs = append(errs, fmt.Errorf("warm_up: %v: negative", o.WarmUp))
	}
	return errors.Join(errs...)
}

func (o *options) Quantities() []reading.Quantity {
	return []reading.Quantity{gases[o.Gas].quantity}
}

func (o *options) Open(b driver.Board, now func() time.Duration) (driver.Sensor, error) {
	adc, err := ads1115.Open(b, o.Bus, o.Addr(ads1115.Addresses[0]))
	if err != nil {
		return nil, err
	}
	dev, err := New(adc, Opts{Cell: o.Cell, WarmUp: o.WarmUp, Now: now})
	return driver.Opened(dev, err, adc)
}
