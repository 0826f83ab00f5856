package ops243

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
)

// Baud is the radar's rate as it is delivered. Over USB any rate does.
const Baud = 19200

// Opts is which vehicles are counted, and how.
type Opts struct {
	// Direction is which vehicles are counted.
	Direction Direction
	// Join is how far apart the reports of one vehicle may be.
	Join time.Duration
	// MinSpeedKMH is the speed below which nothing is a vehicle.
	MinSpeedKMH float64
	// Units is what reports are in that do not say so themselves, where the radar
	// has not stated it either: kmh, ms or mph. "" is kmh, which the driver sets.
	Units string
	// Now is the node's clock, by which reports are stamped; nil means Go's
	// monotonic clock.
	Now func() time.Duration
}

// DefaultOpts counts both directions.
var DefaultOpts = Opts{Join: 1500 * time.Millisecond, MinSpeedKMH: 5}

// Dev is one direction of an OPS243's road, or both. Its methods may be called
// concurrently.
type Dev struct {
	radar     *radar
	direction Direction
	release   func() error
	gone      chan struct{} // closed by Close

	mu       sync.Mutex // covers vehicles
	vehicles vehicles

	closeOnce sync.Once
	closeErr  error
}

// New takes over an open port, which this Dev alone uses, and starts to read it.
// It does not wait for the radar. The port's Read must return 0 bytes and no
// error after a while without data.
func New(port io.ReadWriteCloser, opts Opts) (*Dev, error) {
	unit, err := opts.unit()
	if err != nil {
		return nil, fmt.Errorf("open ops243: %w", err)
	}
	r := start(port, unit, opts.Now)
	return r.attach(opts, r.close), nil
}

func (o Opts) unit() (float64, error) {
	if o.Join < 0 || !(o.MinSpeedKMH >= 0) || math.IsInf(o.MinSpeedKMH, 0) {
		return 0, fmt.Errorf("join %v, at least %v km/h: want 0 or more", o.Join, o.MinSpeedKMH)
	}
	switch o.Units {
	case "":
		return units["kmh"], nil
	case "kmh", "ms", "mph":
		return units[o.Units], nil
	}
	return 0, fmt.Errorf("units %.20q, want kmh, ms or mph", o.Units)
}

// attach lets a Dev have the radar's reports, until it releases it.
func (r *radar) attach(opts Opts, release func() error) *Dev {
	d := &Dev{
		radar: r, direction: opts.Direction, release: release, gone: make(chan struct{}),
		vehicles: vehicles{join: opts.Join, least: opts.MinSpeedKMH},
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.devs[d] = struct{}{}
	return d
}

// take takes a report, whose unit is so many km/h. It does not wait.
func (d *Dev) take(at time.Duration, m message, unit float64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, v := range m.speeds {
		dir := m.direction
		if dir == Both {
			dir = Inbound
			if v < 0 {
				dir = Outbound
			}
		}
		if d.direction == Both || d.direction == dir {
			d.vehicles.report(at, dir, math.Abs(v)*unit)
		}
	}
}

// Sense ends the window and returns its values: always count and flow; headway,
// speed and speed_p85 where there are any. The next window begins where this one
// ended. The first call, and the first after an error, only opens a window: no
// values and no error. It waits for the radar where that has been silent for
// half a minute. Errors: driver.ErrNoAnswer, ErrChecksum (what comes is garbled),
// ErrUnplugged, ErrClosed, or ctx's own when it is cancelled; the window then
// goes on.
func (d *Dev) Sense(ctx context.Context) ([]driver.Value, error) {
	values, err := d.values(ctx)
	if err != nil {
		return nil, fmt.Errorf("sense ops243: %w", err)
	}
	return values, nil
}

func (d *Dev) values(ctx context.Context) ([]driver.Value, error) {
	if errors.Is(ctx.Err(), context.Canceled) {
		return nil, ctx.Err()
	}
	select {
	case <-d.gone:
		return nil, driver.ErrClosed
	default:
	}
	err := d.radar.alive(ctx, d.gone)
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case errors.Is(err, context.Canceled):
		return nil, err
	case err != nil:
		d.vehicles.forget() // nobody knows what it did not see
		return nil, err
	}
	return d.vehicles.cut(d.radar.now()).Values()
}

// Close stops counting. The last one on a port also stops reading, waits for
// that, and closes the port. A Sense that waits returns driver.ErrClosed.
func (d *Dev) Close() error {
	d.closeOnce.Do(func() {
		close(d.gone)
		d.radar.mu.Lock()
		delete(d.radar.devs, d)
		d.radar.mu.Unlock()
		if err := d.release(); err != nil {
			d.closeErr = fmt.Errorf("close ops243: %w", err)
		}
	})
	return d.closeErr
}
