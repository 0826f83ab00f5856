package tippingbucket

import (
	"context"
	"fmt"
	"math"
	"time"

	"periph.io/x/conn/v3/gpio"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/pulse"
	"github.com/siaga-id/siaga/internal/reading"
)

const (
	// shortest is the interval below which one tip more or less makes any rate.
	shortest = 10 * time.Second
	// heaviest is the rain rate, in mm/h, above which the gauge rather than the
	// sky is to be doubted: 10 mm/min.
	heaviest = 600
)

// Opts is how the gauge is built.
type Opts struct {
	// MMPerTip is the rain that one tip stands for, in mm.
	MMPerTip float64
	// Debounce is how long after an edge others are the contact's bounce.
	Debounce time.Duration
	// StuckAfter is how long the contact may be closed before it is stuck: a
	// bucket that hangs, or a wire that touches ground. A contact that was closed
	// from the beginning is stuck until it opens, since a tip takes but a moment. 0
	// is for ever.
	StuckAfter time.Duration
	// Now is a clock that never goes back. It must be given for a pin with
	// EdgeTime, and be the one that EdgeTime is read from; nil otherwise means
	// Go's monotonic clock.
	Now func() time.Duration
}

// DefaultOpts suits most gauges.
var DefaultOpts = Opts{MMPerTip: 0.2, Debounce: 30 * time.Millisecond, StuckAfter: 10 * time.Minute}

// Dev is a rain gauge on a pin. Its methods may be called concurrently.
type Dev struct {
	line       *pulse.Line[pulse.Window]
	mmPerTip   float64
	stuckAfter time.Duration
}

// New configures the pin as an input with a pull-up and begins to count. Tips
// from now on are in the first Sense.
func New(pin gpio.PinIn, opts Opts) (*Dev, error) {
	if !(opts.MMPerTip > 0) || math.IsInf(opts.MMPerTip, 0) {
		return nil, fmt.Errorf("open tipping bucket: %v mm per tip, want more than 0", opts.MMPerTip)
	}
	if opts.StuckAfter < 0 {
		return nil, fmt.Errorf("open tipping bucket: stuck after %v is negative", opts.StuckAfter)
	}
	line, err := pulse.New(pin, pulse.Wiring{Active: gpio.Low, Pull: gpio.PullUp, Now: opts.Now}, opts.Debounce)
	if err != nil {
		return nil, fmt.Errorf("open tipping bucket: %w", err)
	}
	return &Dev{line: line, mmPerTip: opts.MMPerTip, stuckAfter: opts.StuckAfter}, nil
}

// Sense ends the interval and returns its rain (mm) and rain_rate (mm/h). The
// next interval begins where this one ended. It waits, at most about a tenth of
// a second on real pins, until the edges that came before it have been taken.
// Errors: driver.ErrStuck where the contact was closed for too long, beside the
// rain of that interval if there was any; driver.ErrNoAnswer when ctx's deadline
// passes before the edges are taken, driver.ErrClosed, or ctx's own when it is
// cancelled; after these the interval goes on.
func (d *Dev) Sense(ctx context.Context) ([]driver.Value, error) {
	w, err := d.line.Cut(ctx)
	if err != nil {
		return nil, fmt.Errorf("sense tipping bucket: %w", err)
	}
	if d.stuckAfter > 0 && (w.Early || w.Held >= d.stuckAfter) {
		err = fmt.Errorf("sense tipping bucket: %w: the contact has been closed for %v", driver.ErrStuck, w.Held.Round(time.Second))
		if w.Count == 0 {
			return nil, err
		}
	}
	return d.values(w, err != nil), err
}

// Close stops counting and waits for that, at most a tenth of a second on real
// pins, then halts the pin. Tips since the last Sense are lost.
func (d *Dev) Close() error {
	if err := d.line.Close(); err != nil {
		return fmt.Errorf("close tipping bucket: %w", err)
	}
	return nil
}

func (d *Dev) values(w pulse.Window, suspect bool) []driver.Value {
	rain := float64(w.Count) * d.mmPerTip
	rate := 3600 * rain / w.Length.Seconds()
	values := []driver.Value{driver.Measured(reading.Rain, rain)}
	if w.Length >= shortest {
		values = append(values, driver.Measured(reading.RainRate, rate))
		suspect = suspect || reading.RainRate.Round(rate) > heaviest
	}
	if suspect {
		for i := range values {
			values[i].Quality = values[i].Quality.Worse(reading.Suspect)
		}
	}
	return values
}
