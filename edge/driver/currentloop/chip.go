package currentloop

import (
	"errors"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/ads1115"
	"github.com/siaga-id/siaga/internal/reading"
)

// Chip is a 4–20 mA transducer as configurations know it. A scan finds its
// converter, which may also have something else on it.
var Chip = driver.Chip{
	Name:    "currentloop",
	Model:   "4–20 mA level transducer on an ADS1115",
	Shared:  true,
	Options: func() driver.Options { return &options{Loop: DefaultLoop} },
	I2C:     &ads1115.Probe,
}

type options struct {
	driver.I2CBus `mapstructure:",squash"`
	Loop          `mapstructure:",squash"`
}

func (o *options) Validate() error {
	return errors.Join(o.I2CBus.Validate(ads1115.Addresses...), o.Loop.Validate())
}

func (*options) Quantities() []reading.Quantity {
	return []reading.Quantity{reading.Level, reading.LoopCurrent}
}

func (o *options) Open(b driver.Board, _ func() time.Duration) (driver.Sensor, error) {
	adc, err := ads1115.Open(b, o.Bus, o.Addr(ads1115.Addresses[0]))
	if err != nil {
		return nil, err
	}
	dev, err := New(adc, o.Loop)
	return driver.Opened(dev, err, adc)
}
