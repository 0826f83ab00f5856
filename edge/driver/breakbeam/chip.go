package breakbeam

import (
	"errors"
	"fmt"
	"math"
	"time"

	"periph.io/x/conn/v3/gpio"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
)

// Chip is the light barrier.
var Chip = driver.Chip{
	Name:  "breakbeam",
	Model: "IR break beam",
	Options: func() driver.Options {
		return &beamOptions{road: road{StuckAfter: DefaultOpts.StuckAfter}}
	},
}

// LoopRelay is the relay contact of an inductive loop detector: it closes to
// ground while a vehicle is over the loop.
var LoopRelay = driver.Chip{
	Name:  "looprelay",
	Model: "Inductive loop detector, relay contact",
	Options: func() driver.Options {
		return &loopOptions{
			road:        road{StuckAfter: DefaultOpts.StuckAfter},
			LoopLengthM: 2,
			Debounce:    20 * time.Millisecond,
		}
	},
}

// road is what both have in common.
type road struct {
	driver.GPIOPin `mapstructure:",squash"`

	VehicleLengthM float64       `mapstructure:"vehicle_length_m"`
	StuckAfter     time.Duration `mapstructure:"stuck_after"`
}

// Quantities implements driver.Options. Headway and speeds come only where
// something passed.
func (road) Quantities() []reading.Quantity {
	return []reading.Quantity{reading.Count, reading.Flow, reading.Occupancy}
}

func (r road) validate() error {
	err := r.GPIOPin.Validate()
	if r.StuckAfter < 0 {
		err = errors.Join(err, fmt.Errorf("stuck_after: %v is negative: 10m is usual, 0 is never", r.StuckAfter))
	}
	return errors.Join(err, checkLength("vehicle_length_m", r.VehicleLengthM))
}

func checkLength(key string, m float64) error {
	if !(m >= 0) || math.IsInf(m, 0) {
		return fmt.Errorf("%s: %v: give metres, 0 or more", key, m)
	}
	return nil
}

func (r road) open(b driver.Board, opts Opts) (driver.Sensor, error) {
	pin, err := b.Pin(r.Pin)
	if err != nil {
		return nil, err
	}
	opts.VehicleLengthM, opts.StuckAfter = r.VehicleLengthM, r.StuckAfter
	dev, err := New(pin, opts)
	if err != nil {
		return nil, err
	}
	return dev, nil
}

type beamOptions struct {
	road `mapstructure:",squash"`

	DetectorLengthM float64 `mapstructure:"detector_length_m"`
	ActiveHigh      bool    `mapstructure:"active_high"`
}

var _ driver.Options = (*beamOptions)(nil)

// Validate implements driver.Options.
func (o *beamOptions) Validate() error {
	return errors.Join(o.validate(), checkLength("detector_length_m", o.DetectorLengthM))
}

// Open implements driver.Options.
func (o *beamOptions) Open(b driver.Board, now func() time.Duration) (driver.Sensor, error) {
	opts := DefaultOpts
	opts.DetectorLengthM, opts.Now = o.DetectorLengthM, now
	if o.ActiveHigh {
		opts.Blocked, opts.Pull = gpio.High, gpio.PullDown
	}
	return o.open(b, opts)
}

type loopOptions struct {
	road `mapstructure:",squash"`

	LoopLengthM float64       `mapstructure:"loop_length_m"`
	Debounce    time.Duration `mapstructure:"debounce"`
}

var _ driver.Options = (*loopOptions)(nil)

// Validate implements driver.Options.
func (o *loopOptions) Validate() error {
	err := errors.Join(o.validate(), checkLength("loop_length_m", o.LoopLengthM))
	if o.Debounce < 0 || o.Debounce > maxDebounce {
		err = errors.Join(err, fmt.Errorf("debounce: %v: give 0 to %v; a relay's contact bounces for some 20ms", o.Debounce, maxDebounce))
	}
	return err
}

// maxDebounce is still shorter than a motorcycle of 2 m takes over a loop of 2 m
// at 120 km/h.
const maxDebounce = 100 * time.Millisecond

// Open implements driver.Options.
func (o *loopOptions) Open(b driver.Board, now func() time.Duration) (driver.Sensor, error) {
	opts := DefaultOpts
	opts.DetectorLengthM, opts.Debounce, opts.Now = o.LoopLengthM, o.Debounce, now
	return o.open(b, opts)
}
