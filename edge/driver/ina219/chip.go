package ina219

import (
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/i2c"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// addresses are those that pins A0 and A1 select (data sheet, table 1), the usual
// one first.
var addresses = []uint16{
	0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47,
	0x48, 0x49, 0x4A, 0x4B, 0x4C, 0x4D, 0x4E, 0x4F,
}

// Chip is the INA219 as configurations and scans know it.
var Chip = driver.Chip{
	Name:    "ina219",
	Model:   "Texas Instruments INA219",
	Options: func() driver.Options { return &options{ShuntOhm: DefaultOpts.ShuntOhm} },
	I2C:     &driver.I2CProbe{Addresses: addresses, Identify: identify, Weak: true},
}

// identify takes the two configurations that are likely: as after power-up, and as
// this driver leaves it.
func identify(bus i2c.Bus, addr uint16) (string, error) {
	c, err := configuration(bus, addr)
	if err != nil {
		return "", err
	}
	if c != configNew && c != configSet {
		return "", fmt.Errorf("%w: register 0 reads %#04x", driver.ErrWrongDevice, c)
	}
	return "", nil
}

type options struct {
	driver.I2CBus `mapstructure:",squash"`

	ShuntOhm float64 `mapstructure:"shunt_ohm"`
}

var _ driver.Options = (*options)(nil)

// Validate implements driver.Options.
func (o *options) Validate() error {
	return errors.Join(o.I2CBus.Validate(addresses...), Opts{ShuntOhm: o.ShuntOhm}.check())
}

// Quantities implements driver.Options.
func (o *options) Quantities() []reading.Quantity {
	return []reading.Quantity{reading.Voltage, reading.Current, reading.PowerW}
}

// Open implements driver.Options.
func (o *options) Open(b driver.Board, _ func() time.Duration) (driver.Sensor, error) {
	bus, err := b.I2C(o.Bus)
	if err != nil {
		return nil, err
	}
	dev, err := New(bus, o.Addr(addresses[0]), Opts{ShuntOhm: o.ShuntOhm})
	return driver.On(dev, err, bus)
}
