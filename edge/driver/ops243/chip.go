package ops243

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"periph.io/x/conn/v3/uart"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// Chip is the radar as configurations and scans know it. Each direction of the
// road is a sensor of its own; they name the same port.
var Chip = driver.Chip{
	Name:   "ops243",
	Model:  "OmniPreSense OPS243-A",
	Shared: true,
	Options: func() driver.Options {
		return &options{Direction: "both", Join: DefaultOpts.Join, MinSpeedKMH: DefaultOpts.MinSpeedKMH, Units: "kmh"}
	},
	UART: &driver.UARTProbe{Baud: Baud, Parity: uart.NoParity, Ask: ask, Recognise: recognise},
}

type options struct {
	driver.SerialPort `mapstructure:",squash"`

	Direction   string        `mapstructure:"direction"`
	Join        time.Duration `mapstructure:"join"`
	MinSpeedKMH float64       `mapstructure:"min_speed_kmh"`
	Units       string        `mapstructure:"units"`
}

var _ driver.Options = (*options)(nil)

var directions = map[string]Direction{"both": Both, "inbound": Inbound, "outbound": Outbound}

// Validate implements driver.Options.
func (o *options) Validate() error {
	err := o.SerialPort.Validate()
	if _, ok := directions[o.Direction]; !ok {
		err = errors.Join(err, fmt.Errorf("direction: %.20q: give inbound (towards the radar), outbound or both", o.Direction))
	}
	if o.Join < 100*time.Millisecond || o.Join > time.Minute {
		err = errors.Join(err, fmt.Errorf("join: %v: give 100ms to 1m, 1500ms is usual", o.Join))
	}
	if !(o.MinSpeedKMH >= 0) || math.IsInf(o.MinSpeedKMH, 0) {
		err = errors.Join(err, fmt.Errorf("min_speed_kmh: %v: give 0 or more, 5 is usual", o.MinSpeedKMH))
	}
	switch o.Units {
	case "kmh", "ms", "mph":
	default:
		err = errors.Join(err, fmt.Errorf("units: %.20q: give kmh, ms or mph", o.Units))
	}
	return err
}

// Quantities implements driver.Options. Headway and speeds come only where
// something passed.
func (o *options) Quantities() []reading.Quantity {
	return []reading.Quantity{reading.Count, reading.Flow}
}

// Open implements driver.Options. A port that another sensor of the process has
// open already is shared.
func (o *options) Open(b driver.Board, now func() time.Duration) (driver.Sensor, error) {
	dev, err := openShared(b, o.Port, Opts{
		Direction: directions[o.Direction], Join: o.Join, MinSpeedKMH: o.MinSpeedKMH, Units: o.Units, Now: now,
	})
	if err != nil {
		return nil, fmt.Errorf("open ops243: %w", err)
	}
	return dev, nil
}

// recognise wants a line that other devices do not print: an answer with this
// family's name, or a report in JSON.
func recognise(heard []byte) bool {
	for line := range bytes.FieldsFuncSeq(heard, func(c rune) bool { return c == '\r' || c == '\n' }) {
		m, err := parse(line)
		if err == nil && m.json && (strings.HasPrefix(m.product, "OPS24") || len(m.speeds) > 0) {
			return true
		}
	}
	return false
}
