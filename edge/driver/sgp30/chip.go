package sgp30

import (
	"context"
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/i2c"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/sensirion"
	"github.com/siaga-id/siaga/internal/reading"
)

// Chip is the SGP30 as configurations and scans know it.
var Chip = driver.Chip{
	Name:    "sgp30",
	Model:   "Sensirion SGP30",
	Options: func() driver.Options { return &options{} },
	I2C:     &driver.I2CProbe{Addresses: []uint16{Address}, Identify: identify},
}

type options struct {
	driver.I2CBus `mapstructure:",squash"`
}

func (o *options) Validate() error { return o.I2CBus.Validate(Address) }

func (*options) Quantities() []reading.Quantity {
	return []reading.Quantity{reading.TVOC, reading.ECO2}
}

func (o *options) Open(b driver.Board, _ func() time.Duration) (driver.Sensor, error) {
	bus, err := b.I2C(o.Bus)
	if err != nil {
		return nil, err
	}
	dev, err := New(bus)
	return driver.On(dev, err, bus)
}

// identify reads the feature set and the serial number, which a sensor that
// measures says too.
func identify(bus i2c.Bus, addr uint16) (string, error) {
	detail, err := identity(context.Background(), sensirion.Conn{Bus: bus, Addr: addr})
	if errors.Is(err, driver.ErrChecksum) {
		err = fmt.Errorf("%w: %w", driver.ErrWrongDevice, err)
	}
	return detail, err
}
