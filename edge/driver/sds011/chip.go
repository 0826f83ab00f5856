package sds011

import (
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/uart"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// Chip is the SDS011 as configurations and scans know it.
var Chip = driver.Chip{
	Name:    "sds011",
	Model:   "Nova Fitness SDS011",
	Options: func() driver.Options { return &options{WarmUp: DefaultOpts.WarmUp, Mode: active} },
	UART: &driver.UARTProbe{
		Baud: Baud, Parity: uart.NoParity, Ask: command(cmdQuery, 0, 0), Recognise: hasFrame,
	},
}

// The modes as configurations call them.
const (
	active  = "active"
	queried = "query"
)

type options struct {
	driver.SerialPort `mapstructure:",squash"`
	WarmUp            time.Duration `mapstructure:"warm_up"`
	Mode              string        `mapstructure:"mode"`
	PeriodMinutes     int           `mapstructure:"period_minutes"`
}

func (o *options) Validate() error {
	errs := []error{o.SerialPort.Validate()}
	if o.WarmUp < 0 || o.WarmUp > 10*time.Minute {
		errs = append(errs, fmt.Errorf("warm_up: %v is outside 0 to 10m: leave it out for the maker's 30s", o.WarmUp))
	}
	if o.Mode != active && o.Mode != queried {
		errs = append(errs, fmt.Errorf("mode: %q is unknown: use %s or %s", o.Mode, active, queried))
	}
	switch {
	case o.PeriodMinutes < 0 || o.PeriodMinutes > maxPeriod:
		errs = append(errs, fmt.Errorf("period_minutes: %d is outside 0 to %d: 0 is to work always", o.PeriodMinutes, maxPeriod))
	case o.PeriodMinutes > 0 && o.Mode == queried:
		errs = append(errs, fmt.Errorf("period_minutes: a sensor that sleeps by itself cannot be queried: set mode to %s", active))
	}
	return errors.Join(errs...)
}

func (*options) Quantities() []reading.Quantity {
	return []reading.Quantity{reading.PM2_5, reading.PM10}
}

func (o *options) Open(b driver.Board, now func() time.Duration) (driver.Sensor, error) {
	port, err := b.Serial(o.Port, Baud, uart.NoParity)
	if err != nil {
		return nil, err
	}
	dev, err := New(port, Opts{Query: o.Mode == queried, Period: o.PeriodMinutes, WarmUp: o.WarmUp, Cold: true, Now: now})
	return driver.Opened(dev, err, port)
}
