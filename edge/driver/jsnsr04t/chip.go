package jsnsr04t

import (
	"errors"
	"slices"
	"time"

	"periph.io/x/conn/v3/uart"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/a02yyuw"
)

// The modules as configurations and scans know them. To a scan a JSN-SR04T looks
// the same as an A02YYUW.
var (
	JSN = driver.Chip{
		Name:    JSNSR04T.String(),
		Model:   "Jieshenna JSN-SR04T",
		Options: func() driver.Options { return &options{kind: JSNSR04T} },
		UART:    probe(JSNSR04T),
	}
	AJ = driver.Chip{
		Name:    AJSR04M.String(),
		Model:   "AJ-SR04M",
		Options: func() driver.Options { return &options{kind: AJSR04M} },
		UART:    probe(AJSR04M),
	}
)

// probe knows a module that talks by itself by two frames in a row: an A02YYUW
// may send one in the same time. One that was asked says no more than one.
func probe(k Kind) *driver.UARTProbe {
	recognise := func(heard []byte) bool { return a02yyuw.Recognise(heard, facts[k].sum) }
	return &driver.UARTProbe{
		Baud: Baud, Parity: uart.NoParity, Ask: facts[k].questions, Recognise: recognise,
		Answer: func(heard []byte) bool {
			if len(heard) == frameLen {
				heard = slices.Concat(heard, heard)
			}
			return recognise(heard)
		},
	}
}

const frameLen = 4

type options struct {
	driver.SerialPort `mapstructure:",squash"`
	a02yyuw.Datum     `mapstructure:",squash"`
	// Ask is true where the module's resistor makes it wait for a question.
	Ask  bool `mapstructure:"ask"`
	kind Kind `mapstructure:"-"`
}

func (o *options) Validate() error {
	return errors.Join(o.SerialPort.Validate(), o.Datum.Validate())
}

func (o *options) Open(b driver.Board, now func() time.Duration) (driver.Sensor, error) {
	port, err := b.Serial(o.Port, Baud, uart.NoParity)
	if err != nil {
		return nil, err
	}
	dev, err := New(port, Opts{Kind: o.kind, Ask: o.Ask, Datum: o.Datum, Now: now})
	return driver.Opened(dev, err, port)
}
