package aht20

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/devices/v3/aht20"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// Address is the sensor's only I2C address.
const Address = 0x38

// limit is how long one measurement may take.
const limit = time.Second

// Dev is an AHT20 on an I2C bus. Its methods may be called concurrently; one
// measurement runs at a time.
type Dev struct {
	bus i2c.Bus

	mu       sync.Mutex
	link     *link
	chip     *aht20.Dev // nil when the sensor must be set up again
	measured bool       // it was calibrated
	closed   bool
}

// New sets up the sensor. The bus stays the caller's: it must outlive the Dev.
// The error is a driver.ErrNoAnswer.
func New(bus i2c.Bus) (*Dev, error) {
	d := &Dev{bus: bus}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := d.setUp(ctx); err != nil {
		return nil, fmt.Errorf("open aht20: %w", err)
	}
	return d, nil
}

// Sense measures once and returns temperature (°C) and humidity (%RH). After an
// error it sets the sensor up again first. Errors: driver.ErrNoAnswer,
// ErrChecksum, ErrOutOfRange, ErrReset (it has lost its calibration),
// ErrHeaterOff (it cannot be calibrated), ErrClosed, or ctx's own when it is
// cancelled.
func (d *Dev) Sense(ctx context.Context) ([]driver.Value, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, fmt.Errorf("sense aht20: %w", driver.ErrClosed)
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	values, err := d.measure(limited)
	if err != nil {
		d.chip = nil
		if errors.Is(ctx.Err(), context.Canceled) {
			err = ctx.Err()
		}
		return nil, fmt.Errorf("sense aht20: %w", err)
	}
	return values, nil
}

// Close waits for a measurement that runs. The sensor sleeps by itself between
// measurements; the bus stays open.
func (d *Dev) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed, d.chip = true, nil
	return nil
}

func (d *Dev) setUp(ctx context.Context) error {
	d.link = &link{Bus: d.bus, ctx: ctx}
	chip, err := aht20.NewI2C(d.link, &aht20.DefaultOpts)
	if err != nil {
		return err
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
		return nil, d.typed(err)
	}
	d.measured = true
	celsius := e.Temperature.Celsius()
	if celsius < -40 || celsius > 85 {
		return nil, fmt.Errorf("%w: %.2f °C", driver.ErrOutOfRange, celsius)
	}
	return []driver.Value{
		driver.Measured(reading.Temperature, celsius),
		driver.Measured(reading.Humidity, float64(e.Humidity)/float64(physic.PercentRH)),
	}, nil
}

// typed returns periph's error as one of package driver's.
func (d *Dev) typed(err error) error {
	var (
		corrupt      *aht20.DataCorruptionError
		late         *aht20.ReadTimeoutError
		uncalibrated *aht20.NotInitializedError
	)
	switch {
	case errors.As(err, &corrupt):
		return fmt.Errorf("%w: %w", driver.ErrChecksum, err)
	case errors.As(err, &late):
		return fmt.Errorf("%w: it never finishes: %w", driver.ErrNoAnswer, err)
	case errors.As(err, &uncalibrated) && d.measured:
		d.measured = false
		return fmt.Errorf("%w: %w", driver.ErrReset, err)
	case errors.As(err, &uncalibrated):
		return fmt.Errorf("%w: %w", driver.ErrHeaterOff, err)
	}
	return err
}

// link is the bus as periph's driver sees it: it ends that driver's waiting with
// ctx, and types a transfer's error.
type link struct {
	i2c.Bus
	ctx context.Context // of the call that runs
}

var _ i2c.Bus = (*link)(nil)

// Tx implements i2c.Bus.
func (l *link) Tx(addr uint16, w, r []byte) error {
	err := l.ctx.Err()
	if err == nil {
		err = l.Bus.Tx(addr, w, r)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", driver.ErrNoAnswer, err)
	}
	return nil
}
