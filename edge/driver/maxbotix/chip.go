package maxbotix

import (
	"errors"
	"time"

	"periph.io/x/conn/v3/uart"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/a02yyuw"
)

// Chip is the MB7389 as configurations and scans know it.
var Chip = driver.Chip{
	Name:    "mb7389",
	Model:   "MaxBotix MB7389 (HRXL-MaxSonar-WR, 5 m)",
	Options: func() driver.Options { return &options{} },
	UART:    &driver.UARTProbe{Baud: Baud, Parity: uart.NoParity, Recognise: recognise},
}

type options struct {
	driver.SerialPort `mapstructure:",squash"`
	a02yyuw.Datum     `mapstructure:",squash"`
}

func (o *options) Validate() error {
	return errors.Join(o.SerialPort.Validate(), o.Datum.Validate())
}

func (o *options) Open(b driver.Board, now func() time.Duration) (driver.Sensor, error) {
	port, err := b.Serial(o.Port, Baud, uart.NoParity)
	if err != nil {
		return nil, err
	}
	dev, err := New(port, Opts{Datum: o.Datum, Now: now})
	return driver.Opened(dev, err, port)
}
