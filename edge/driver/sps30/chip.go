package sps30

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/uart"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// Chip is the SPS30 on a serial port as configurations and scans know it.
var Chip = driver.Chip{
	Name:    "sps30",
	Model:   "Sensirion SPS30",
	Options: func() driver.Options { return &serialOptions{options: newOptions()} },
	UART: &driver.UARTProbe{
		Baud: Baud, Parity: uart.NoParity, Ask: request(cmdInfo, 3), Recognise: hasSerial,
	},
}

// ChipI2C is the SPS30 on an I2C bus.
var ChipI2C = driver.Chip{
	Name:    "sps30-i2c",
	Model:   "Sensirion SPS30",
	Options: func() driver.Options { return &busOptions{options: newOptions()} },
	I2C:     &driver.I2CProbe{Addresses: []uint16{Address}, Identify: identify},
}

// options are those of both.
type options struct {
	WarmUp        time.Duration `mapstructure:"warm_up"`
	CleanInterval time.Duration `mapstructure:"clean_interval"`
}

func newOptions() options {
	return options{WarmUp: DefaultOpts.WarmUp, CleanInterval: DefaultOpts.CleanInterval}
}

func (o *options) validate() error {
	var errs []error
	if o.WarmUp < 0 || o.WarmUp > 10*time.Minute {
		errs = append(errs, fmt.Errorf("warm_up: %v is outside 0 to 10m: leave it out for the datasheet's 30s", o.WarmUp))
	}
	if o.CleanInterval < time.Hour || o.CleanInterval > 8760*time.Hour || o.CleanInterval%time.Second != 0 {
		errs = append(errs, fmt.Errorf("clean_interval: %v is no whole number of seconds from 1h to 8760h: leave it out for 168h",
			o.CleanInterval))
	}
	return errors.Join(errs...)
}

func (*options) Quantities() []reading.Quantity {
	return []reading.Quantity{reading.PM1, reading.PM2_5, reading.PM4, reading.PM10}
}

func (o *options) opts(now func() time.Duration) Opts {
	return Opts{WarmUp: o.WarmUp, Cold: true, CleanInterval: o.CleanInterval, Now: now}
}

type serialOptions struct {
	driver.SerialPort `mapstructure:",squash"`
	options           `mapstructure:",squash"`
}

func (o *serialOptions) Validate() error {
	return errors.Join(o.SerialPort.Validate(), o.options.validate())
}

func (o *serialOptions) Open(b driver.Board, now func() time.Duration) (driver.Sensor, error) {
	port, err := b.Serial(o.Port, Baud, uart.NoParity)
	if err != nil {
		return nil, err
	}
	dev, err := New(port, o.opts(now))
	return driver.Opened(dev, err, port)
}

type busOptions struct {
	driver.I2CBus `mapstructure:",squash"`
	options       `mapstructure:",squash"`
}

func (o *busOptions) Validate() error {
	return errors.Join(o.I2CBus.Validate(Address), o.options.validate())
}

func (o *busOptions) Open(b driver.Board, now func() time.Duration) (driver.Sensor, error) {
	bus, err := b.I2C(o.Bus)
	if err != nil {
		return nil, err
	}
	dev, err := NewI2C(bus, o.opts(now))
	return driver.On(dev, err, bus)
}

// product is what an SPS30 says that it is (datasheet §6.3.9).
const product = "0008"

// identify asks for the product type, since other Sensirion sensors live at the
// same address. Early firmware only knows its serial number.
func identify(b i2c.Bus, addr uint16) (string, error) {
	l := newBus(b)
	l.conn.Addr = addr
	ctx := context.Background()
	data, err := l.ask(ctx, i2cProduct, 4)
	if err == nil && !strings.HasPrefix(string(data), product) {
		err = fmt.Errorf("product type %q", data)
	}
	if err != nil && !errors.Is(err, driver.ErrNoAnswer) {
		return "", notThis(err)
	}
	serial, err := l.serial(ctx)
	if err != nil {
		return "", notThis(err)
	}
	return "serial " + serial, nil
}

// notThis returns what a scan wants to hear.
func notThis(err error) error {
	if errors.Is(err, driver.ErrNoAnswer) {
		return err
	}
	return fmt.Errorf("%w: %w", driver.ErrWrongDevice, err)
}

// hasSerial reports whether an answer to the probe's question is in b.
func hasSerial(b []byte) bool {
	for len(b) > 0 {
		f, n, ok := parse(b)
		if ok && f.cmd == cmdInfo && f.state&stateMask == 0 {
			if _, err := text(f.data); err == nil {
				return true
			}
		}
		b = b[max(n, 1):]
	}
	return false
}
