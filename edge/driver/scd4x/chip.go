package scd4x

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

// ChipSCD40 is the SCD40 as configurations and scans know it.
var ChipSCD40 = chip("scd40", SCD40)

// ChipSCD41 is the SCD41. To a scan, which must not stop a measurement, the two
// are the same.
var ChipSCD41 = chip("scd41", SCD41)

func chip(name string, v Variant) driver.Chip {
	return driver.Chip{
		Name:    name,
		Model:   "Sensirion " + v.String(),
		Options: func() driver.Options { return &options{variant: v, ASC: true} },
		I2C:     &driver.I2CProbe{Addresses: []uint16{Address}, Identify: identify},
	}
}

type options struct {
	driver.I2CBus      `mapstructure:",squash"`
	variant            Variant
	ASC                bool     `mapstructure:"asc"`
	TemperatureOffsetC *float64 `mapstructure:"temperature_offset_c"`
	AltitudeM          *int     `mapstructure:"altitude_m"`
	PressureHPa        *int     `mapstructure:"pressure_hpa"`
}

func (o *options) Validate() error {
	errs := []error{o.I2CBus.Validate(Address)}
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if t := o.TemperatureOffsetC; t != nil && !(*t >= 0 && *t <= maxOffset) {
		bad("temperature_offset_c: %v is outside 0 to %d: say how much too warm the sensor reads, or leave it out", *t, maxOffset)
	}
	if a := o.AltitudeM; a != nil && (*a < 0 || *a > maxAltitude) {
		bad("altitude_m: %d is outside 0 to %d: say metres above the sea", *a, maxAltitude)
	}
	if p := o.PressureHPa; p != nil && (*p < minPressure || *p > maxPressure) {
		bad("pressure_hpa: %d is outside %d to %d: say the station's own pressure, not that at sea level", *p, minPressure, maxPressure)
	}
	if o.AltitudeM != nil && o.PressureHPa != nil {
		bad("pressure_hpa: altitude_m is set too: keep one of the two")
	}
	return errors.Join(errs...)
}

func (*options) Quantities() []reading.Quantity {
	return []reading.Quantity{reading.CO2, reading.Temperature, reading.Humidity}
}

func (o *options) Open(b driver.Board, _ func() time.Duration) (driver.Sensor, error) {
	bus, err := b.I2C(o.Bus)
	if err != nil {
		return nil, err
	}
	dev, err := New(bus, Opts{
		Variant: o.variant, SelfCalibrate: o.ASC, TemperatureOffset: o.TemperatureOffsetC,
		Altitude: o.AltitudeM, Pressure: o.PressureHPa,
	})
	return driver.On(dev, err, bus)
}

// identify asks whether data is ready, which the sensor answers in every state
// and which takes nothing away. The serial number it would say only when idle.
func identify(bus i2c.Bus, addr uint16) (string, error) {
	_, err := sensirion.Conn{Bus: bus, Addr: addr}.Ask(context.Background(), cmdReady, takes, 1)
	if errors.Is(err, driver.ErrChecksum) {
		err = fmt.Errorf("%w: %w", driver.ErrWrongDevice, err)
	}
	return "", err
}
