package aht20

import (
	"fmt"
	"time"

	"periph.io/x/conn/v3/i2c"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// Chip is the AHT20 as configurations and scans know it.
var Chip = driver.Chip{
	Name:    "aht20",
	Model:   "Asair AHT20",
	Options: func() driver.Options { return &options{} },
	I2C:     &driver.I2CProbe{Addresses: []uint16{Address}, Identify: identify, Weak: true},
}

type options struct {
	driver.I2CBus `mapstructure:",squash"`
}

func (o *options) Validate() error { return o.I2CBus.Validate(Address) }

func (*options) Quantities() []reading.Quantity {
	return []reading.Quantity{reading.Temperature, reading.Humidity}
}

func (o *options) Open(b driver.Board, _ func() time.Duration) (driver.Sensor, error) {
	bus, err := b.I2C(o.Bus)
	if err != nil {
		return nil, err
	}
	dev, err := New(bus)
	return driver.On(dev, err, bus)
}

// identify reads without a command, since a command would set the outputs of a
// PCF8574A, which can have the same address. The first byte is the status: idle,
// in normal mode, calibrated.
func identify(bus i2c.Bus, addr uint16) (string, error) {
	status := []byte{0}
	if err := bus.Tx(addr, nil, status); err != nil {
		return "", fmt.Errorf("%w: %w", driver.ErrNoAnswer, err)
	}
	if status[0]&0xE8 != 0x08 {
		return "", fmt.Errorf("%w: status %02x", driver.ErrWrongDevice, status[0])
	}
	return "", nil
}
