package pms5003

import (
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3/uart"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// Chip is the PMS5003 as configurations and scans know it.
var Chip = driver.Chip{
	Name:    "pms5003",
	Model:   "Plantower PMS5003",
	Options: newOptions,
	UART:    probe,
}

// ChipPMS7003 is its smaller twin. What it says is the same: a scan cannot tell
// the two apart.
var ChipPMS7003 = driver.Chip{
	Name:    "pms7003",
	Model:   "Plantower PMS7003",
	Options: newOptions,
	UART:    probe,
}

// probe asks for a reading, which an active sensor passes over.
var probe = &driver.UARTProbe{Baud: Baud, Parity: uart.NoParity, Ask: cmdRead, Recognise: hasData}

// The modes as configurations call them.
const (
	modeActive  = "active"
	modePassive = "passive"
)

type options struct {
	driver.SerialPort `mapstructure:",squash"`
	WarmUp            time.Duration `mapstructure:"warm_up"`
	Mode              string        `mapstructure:"mode"`
	Sleep             bool          `mapstructure:"sleep"`
	CF1               bool          `mapstructure:"cf1"`
}

func newOptions() driver.Options {
	return &options{WarmUp: DefaultOpts.WarmUp, Mode: modeActive}
}

func (o *options) Validate() error {
	errs := []error{o.SerialPort.Validate()}
	if o.WarmUp < 0 || o.WarmUp > 10*time.Minute {
		errs = append(errs, fmt.Errorf("warm_up: %v is outside 0 to 10m: leave it out for the manual's 30s", o.WarmUp))
	}
	if o.Mode != modeActive && o.Mode != modePassive {
		errs = append(errs, fmt.Errorf("mode: %q is unknown: use %s or %s", o.Mode, modeActive, modePassive))
	}
	if o.Sleep && o.Mode == modeActive {
		errs = append(errs, fmt.Errorf("sleep: an active sensor cannot sleep: set mode to %s", modePassive))
	}
	return errors.Join(errs...)
}

func (o *options) Quantities() []reading.Quantity {
	qs := []reading.Quantity{reading.PM1, reading.PM2_5, reading.PM10}
	if o.CF1 {
		qs = append(qs, reading.PM1CF1, reading.PM2_5CF1, reading.PM10CF1)
	}
	return qs
}

func (o *options) Open(b driver.Board, now func() time.Duration) (driver.Sensor, error) {
	port, err := b.Serial(o.Port, Baud, uart.NoParity)
	if err != nil {
		return nil, err
	}
	dev, err := New(port, Opts{
		WarmUp: o.WarmUp, Cold: true, Passive: o.Mode == modePassive, Sleep: o.Sleep, CF1: o.CF1, Now: now,
	})
	return driver.Opened(dev, err, port)
}
