package breakbeam

import (
	"context"
	"fmt"
	"math"
	"time"

	"periph.io/x/conn/v3/gpio"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/pulse"
	"github.com/siaga-id/siaga/edge/driver/traffic"
)

// Opts is how the barrier is built.
type Opts struct {
	// VehicleLengthM is the mean length of the vehicles that pass, in metres,
	// which speeds are reckoned with. 0 means unknown: no speeds are given.
	VehicleLengthM float64
	// DetectorLengthM is the length of road that the detector sees, in metres:
	// the width of a beam, or the length of a loop.
	DetectorLengthM float64
	// Blocked is the pin's level while something is in the way. The zero value,
	// gpio.Low, suits an open collector with a pull-up.
	Blocked gpio.Level
	// Pull is the pin's own resistor; the zero value leaves it as it is.
	Pull gpio.Pull
	// Debounce is how long a level must last to be one. It must be shorter than
	// half the period of the quickest pulses to be counted.
	Debounce time.Duration
	// StuckAfter is how long the beam may be blocked before it is broken, or
	// something was parked in it, rather than traffic; where it was blocked from the
	// beginning that counts at once. 0 is for ever.
	StuckAfter time.Duration
	// Now is a clock that never goes back. It must be given for a pin with
	// EdgeTime, and be the one that EdgeTime is read from; nil otherwise means
	// Go's monotonic clock.
	Now func() time.Duration
}

// DefaultOpts counts up to 500 pulses a second and gives no speeds.
var DefaultOpts = Opts{Debounce: time.Millisecond, Pull: gpio.PullUp, StuckAfter: 10 * time.Minute}

// Dev is a light barrier on a pin. Its methods may be called concurrently.
type Dev struct {
	line *pulse.Line[*traffic.Window]
}

// New configures the pin as an input and begins to watch it.
func New(pin gpio.PinIn, opts Opts) (*Dev, error) {
	for _, m := range []float64{opts.VehicleLengthM, opts.DetectorLengthM} {
		if !(m >= 0) || math.IsInf(m, 0) {
			return nil, fmt.Errorf("open break beam: length %v m, want 0 or more", m)
		}
	}
	for _, t := range []time.Duration{opts.Debounce, opts.StuckAfter} {
		if t < 0 {
			return nil, fmt.Errorf("open break beam: a time of %v is negative", t)
		}
	}
	b := &beam{debounce: opts.Debounce, road: traffic.Presence{StuckAfter: opts.StuckAfter}}
	if opts.VehicleLengthM > 0 {
		b.road.Length = opts.VehicleLengthM + opts.DetectorLengthM
	}
	line, err := pulse.Watch(pin, pulse.Wiring{Active: opts.Blocked, Pull: opts.Pull, Now: opts.Now}, b)
	if err != nil {
		return nil, fmt.Errorf("open break beam: %w", err)
	}
	return &Dev{line: line}, nil
}

// Sense ends the window and returns its values: always count, flow and
// occupancy; headway, speed and speed_p85 where there are any. The next window
// begins where this one ended. The first call only opens a window: no values
// and no error. It waits, at most about a tenth of a second on real pins, until
// the edges that came before it have been taken. Errors: driver.ErrStuck for a
// window in which the beam was blocked for too long; driver.ErrNoAnswer when
// ctx's deadline passes before the edges are taken, driver.ErrClosed, or ctx's
// own when it is cancelled; after these the window goes on.
func (d *Dev) Sense(ctx context.Context) ([]driver.Value, error) {
	w, err := d.line.Cut(ctx)
	if err != nil {
		return nil, fmt.Errorf("sense break beam: %w", err)
	}
	values, err := w.Values()
	if err != nil {
		return nil, fmt.Errorf("sense break beam: %w", err)
	}
	return values, nil
}

// Close stops watching and waits for that, at most a tenth of a second on real
// pins, then halts the pin.
func (d *Dev) Close() error {
	if err := d.line.Close(); err != nil {
		return fmt.Errorf("close break beam: %w", err)
	}
	return nil
}
