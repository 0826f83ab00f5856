package tfluna

import (
	"errors"
	"time"

	"periph.io/x/conn/v3/uart"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// Chip is the TF-Luna, and ChipMiniPlus the TFmini-Plus, as configurations and
// scans know them. A scan cannot tell one from the other.
var (
	Chip         = chip("tf-luna", "Benewake TF-Luna", Luna)
	ChipMiniPlus = chip("tfmini-plus", "Benewake TFmini-Plus", MiniPlus)
)

func chip(name, maker string, m Model) driver.Chip {
	return driver.Chip{
		Name:  name,
		Model: maker,
		Options: func() driver.Options {
			return &options{ThresholdM: DefaultOpts.ThresholdM, StuckAfter: DefaultOpts.StuckAfter, model: m}
		},
		UART: &driver.UARTProbe{Baud: Baud, Parity: uart.NoParity, Recognise: recognise},
	}
}

type options struct {
	driver.SerialPort `mapstructure:",squash"`

	RoadDistanceM  float64       `mapstructure:"road_distance_m"`
	ThresholdM     float64       `mapstructure:"threshold_m"`
	VehicleLengthM float64       `mapstructure:"vehicle_length_m"`
	StuckAfter     time.Duration `mapstructure:"stuck_after"`

	model Model
}

var _ driver.Options = (*options)(nil)

func (o *options) opts(now func() time.Duration) Opts {
	return Opts{
		Model: o.model, RoadDistanceM: o.RoadDistanceM, ThresholdM: o.ThresholdM,
		VehicleLengthM: o.VehicleLengthM, StuckAfter: o.StuckAfter, Now: now,
	}
}

// Validate implements driver.Options.
func (o *options) Validate() error {
	return errors.Join(o.SerialPort.Validate(), o.opts(nil).check())
}

// Quantities implements driver.Options. Headway and speeds come only where
// something passed.
func (o *options) Quantities() []reading.Quantity {
	return []reading.Quantity{reading.Count, reading.Flow, reading.Occupancy}
}

// Open implements driver.Options.
func (o *options) Open(b driver.Board, now func() time.Duration) (driver.Sensor, error) {
	port, err := b.Serial(o.Port, Baud, uart.NoParity)
	if err != nil {
		return nil, err
	}
	dev, err := New(port, o.opts(now))
	return driver.Opened(dev, err, port)
}
