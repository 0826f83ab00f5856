package bme280

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/devices/v3/bmxx80"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// limit is how long one measurement may take. With the oversampling used it
// takes 26 ms.
const limit = time.Second

// Dev is a BME280 on an I2C bus. Its methods may be called concurrently; one
// measurement runs at a time.
type Dev struct {
	bus  i2c.Bus
	addr uint16

	mu     sync.Mutex
	link   *link
	chip   *bmxx80.Dev // nil when the chip must be set up again
	closed bool
}

// New sets up the chip at addr, 0x76 or 0x77. The bus stays the caller's: it
// must outlive the Dev. Errors: driver.ErrNoAnswer, ErrChecksum, ErrWrongDevice.
func New(bus i2c.Bus, addr uint16) (*Dev, error) {
	if addr != 0x76 && addr != 0x77 {
		return nil, fmt.Errorf("open bme280: address %#x, want 0x76 or 0x77", addr)
	}
	d := &Dev{bus: bus, addr: addr}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := d.setUp(ctx); err != nil {
		return nil, fmt.Errorf("open bme280 at %#x: %w", addr, err)
	}
	return d, nil
}

// Sense measures once and returns temperature (°C), humidity (%RH) and pressure
// (hPa). After an error it sets the chip up again first, so that it recovers
// from a reset and from a chip swapped while the station runs. Errors:
// driver.ErrNoAnswer, ErrChecksum, ErrReset, ErrOutOfRange, ErrWrongDevice,
// ErrClosed, or ctx's own when it is cancelled.
func (d *Dev) Sense(ctx context.Context) ([]driver.Value, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, fmt.Errorf("sense bme280: %w", driver.ErrClosed)
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	values, err := d.measure(limited)
	if err != nil {
		d.chip = nil
		if errors.Is(ctx.Err(), context.Canceled) {
			err = ctx.Err()
		}
		return nil, fmt.Errorf("sense bme280 at %#x: %w", d.addr, err)
	}
	return values, nil
}

// Close waits for a measurement that runs. The chip sleeps by itself between
// measurements; the bus stays open.
func (d *Dev) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed, d.chip = true, nil
	return nil
}

func (d *Dev) setUp(ctx context.Context) error {
	d.link = &link{Bus: d.bus, ctx: ctx}
	chip, err := bmxx80.NewI2C(d.link, d.addr, &bmxx80.DefaultOpts)
	if err != nil {
		return d.link.cause(err)
	}
	d.chip = chip
	return nil
}

func (d *Dev) measure(ctx context.Context) ([]driver.Value, error) {
	if d.chip == nil {
		if err := d.setUp(ctx); err != nil {
			return nil, err
		}
	}
	d.link.ctx = ctx
	var e physic.Env
	if err := d.chip.Sense(&e); err != nil {
		return nil, d.link.cause(err)
	}
	celsius := e.Temperature.Celsius()
	hectopascal := float64(e.Pressure) / float64(100*physic.Pascal)
	if celsius < -40 || celsius > 85 || hectopascal < 300 || hectopascal > 1100 {
		return nil, fmt.Errorf("%w: %.2f °C, %.2f hPa", driver.ErrOutOfRange, celsius, hectopascal)
	}
	return []driver.Value{
		driver.Measured(reading.Temperature, celsius),
		driver.Measured(reading.Humidity, float64(e.Humidity)/float64(physic.PercentRH)),
		driver.Measured(reading.Pressure, hectopascal),
	}, nil
}
