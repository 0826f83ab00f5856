package modbuslevel

import (
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/uart"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/modbus"
)

// Chip is a level meter with Modbus as configurations and scans know it. A scan
// finds any slave that has number 1 and 9600 baud, as most have when they are new.
var Chip = driver.Chip{
	Name:    "modbus-level",
	Model:   "Level meter with Modbus RTU",
	Shared:  true,
	Options: func() driver.Options { return &options{Meter: DefaultMeter, Baud: usualBaud, Parity: "none"} },
	UART: &driver.UARTProbe{
		Baud: usualBaud, Parity: uart.NoParity,
		Ask:       modbus.Request(scanned),
		Recognise: func(heard []byte) bool { return modbus.Answered(heard, scanned) },
	},
}

const usualBaud = 9600

// scanned reads one holding register, which changes nothing. A slave that does
// not have it says so, which is as good.
var scanned = modbus.Query{Unit: 1, Function: 3, Count: 1}

var parities = map[string]uart.Parity{"none": uart.NoParity, "even": uart.Even, "odd": uart.Odd}

type options struct {
	driver.SerialPort `mapstructure:",squash"`
	// Baud and Parity are the line's: all sensors on one port must agree.
	Baud   int    `mapstructure:"baud"`
	Parity string `mapstructure:"parity"`
	Meter  `mapstructure:",squash"`
}

func (o *options) Validate() error {
	errs := []error{o.SerialPort.Validate()}
	if o.Baud < 1200 || o.Baud > 115200 {
		errs = append(errs, fmt.Errorf("baud: %d is outside 1200 to 115200", o.Baud))
	}
	if _, ok := parities[o.Parity]; !ok {
		errs = append(errs, fmt.Errorf("parity: %q: use none, even or odd", o.Parity))
	}
	return errors.Join(append(errs, o.Meter.Validate())...)
}

func (o *options) Open(b driver.Board, _ func() time.Duration) (driver.Sensor, error) {
	line, err := modbus.Open(b, o.Port, o.Baud, parities[o.Parity])
	if err != nil {
		return nil, err
	}
	dev, err := New(line, o.Meter)
	return driver.Opened(dev, err, line)
}
