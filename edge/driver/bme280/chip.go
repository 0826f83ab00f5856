package bme280

import (
	"fmt"
	"time"

	"periph.io/x/conn/v3/i2c"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// addresses are a BME280's with its pin SDO low, as most boards have it, and
// high (BST-BME280-DS002 §6.2).
var addresses = []uint16{0x76, 0x77}

// Chip is the BME280 as configurations and scans know it.
var Chip = driver.Chip{
	Name:    "bme280",
	Model:   "Bosch BME280",
	Options: func() driver.Options { return &options{} },
	I2C:     &driver.I2CProbe{Addresses: addresses, Identify: identify},
}

type options struct {
	driver.I2CBus `mapstructure:",squash"`
}

func (o *options) Validate() error { return o.I2CBus.Validate(addresses...) }

func (*options) Quantities() []reading.Quantity {
	return []reading.Quantity{reading.Temperature, reading.Humidity, reading.Pressure}
}

func (o *options) Open(b driver.Board, _ func() time.Duration) (driver.Sensor, error) {
	bus, err := b.I2C(o.Bus)
	if err != nil {
		return nil, err
	}
	dev, err := New(bus, o.Addr(addresses[0]))
	return driver.On(dev, err, bus)
}

func identify(bus i2c.Bus, addr uint16) (string, error) {
	id := []byte{0}
	if err := bus.Tx(addr, []byte{regID}, id); err != nil {
		return "", fmt.Errorf("%w: %w", driver.ErrNoAnswer, err)
	}
	if id[0] != chipBME280 {
		return "", fmt.Errorf("%w: id %#02x", driver.ErrWrongDevice, id[0])
	}
	return "", nil
}
