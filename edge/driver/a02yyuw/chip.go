package a02yyuw

import (
	"errors"
	"time"

	"periph.io/x/conn/v3/uart"

	"github.com/siaga-id/siaga/edge/driver"
)

// Chip is the A02YYUW as configurations and scans know it. A JSN-SR04T that
// talks by itself looks the same to a scan.
var Chip = driver.Chip{
	Name:    "a02yyuw",
	Model:   "DFRobot A02YYUW",
	Options: func() driver.Options { return &options{} },
	UART: &driver.UARTProbe{
		Baud: Baud, Parity: uart.NoParity,
		Recognise: func(heard []byte) bool { return Recognise(heard, SumOfAll) },
	},
}

type options struct {
	driver.SerialPort `mapstructure:",squash"`
	Datum             `mapstructure:",squash"`
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
