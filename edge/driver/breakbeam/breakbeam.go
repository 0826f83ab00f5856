package breakbeam

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/internal/reading"
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
	// Now is a clock that never goes back. It must be given for a pin with
	// EdgeTime, and be the one that EdgeTime is read from; nil otherwise means
	// Go's monotonic clock.
	Now func() time.Duration
}

// DefaultOpts counts up to 500 pulses a second and gives no speeds.
var DefaultOpts = Opts{Debounce: time.Millisecond, Pull: gpio.PullUp}

// edgeTimer is what a pin can also do: tell when the edge came that the last
// WaitForEdge returned for.
type edgeTimer interface {
	EdgeTime() time.Duration
}

// Dev is a light barrier on a pin. Its methods may be called concurrently.
type Dev struct {
	pin     gpio.PinIn
	blocked gpio.Level
	now     func() time.Duration
	edge    func() time.Duration // when the last edge came

	cuts chan *cut // holds one
	stop chan struct{}
	done chan struct{}

	closeOnce sync.Once
	closeErr  error

	// What follows is the goroutine's.
	beam   beam
	opened bool // a window is open
}

// New configures the pin as an input and begins to watch it.
func New(pin gpio.PinIn, opts Opts) (*Dev, error) {
	for _, m := range []float64{opts.VehicleLengthM, opts.DetectorLengthM} {
		if !(m >= 0) || math.IsInf(m, 0) {
			return nil, fmt.Errorf("open break beam: length %v m, want 0 or more", m)
		}
	}
	if opts.Debounce < 0 {
		return nil, fmt.Errorf("open break beam: debounce %v is negative", opts.Debounce)
	}
	d := &Dev{
		pin:     pin,
		blocked: opts.Blocked,
		now:     opts.Now,
		cuts:    make(chan *cut, 1),
		stop:    make(chan struct{}),
		done:    make(chan struct{}),
	}
	timer, timed := pin.(edgeTimer)
	if d.now == nil {
		if timed {
			return nil, errors.New("open break beam: a pin with EdgeTime needs the clock it is read from")
		}
		began := time.Now()
		d.now = func() time.Duration { return time.Since(began) }
	}
	d.edge = d.now
	if timed {
		d.edge = timer.EdgeTime
	}
	if err := pin.In(opts.Pull, gpio.BothEdges); err != nil {
		return nil, fmt.Errorf("open break beam: configure pin %s: %w", pin.Name(), err)
	}
	d.beam = beam{debounce: opts.Debounce, blocked: pin.Read() == d.blocked, since: d.now()}
	if opts.VehicleLengthM > 0 {
		d.beam.length = opts.VehicleLengthM + opts.DetectorLengthM
	}
	go d.watch()
	return d, nil
}

// Sense ends the window and returns its values: always count, flow and
// occupancy; headway, speed and speed_p85 where there are any. The next window
// begins where this one ended. The first call only opens a window: no values
// and no error. It waits, at most about a tenth of a second on real pins, until
// the edges that came before it have been taken. Errors: driver.ErrNoAnswer when
// ctx's deadline passes before that, driver.ErrClosed, or ctx's own when it is
// cancelled; the window then goes on.
func (d *Dev) Sense(ctx context.Context) ([]driver.Value, error) {
	values, err := d.values(ctx)
	if err == nil {
		return values, nil
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("%w: pin %s is not being watched", driver.ErrNoAnswer, d.pin.Name())
	}
	return nil, fmt.Errorf("sense break beam: %w", err)
}

func (d *Dev) values(ctx context.Context) ([]driver.Value, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-d.done:
		return nil, driver.ErrClosed
	default:
	}
	c := &cut{end: d.now(), values: make(chan []driver.Value, 1)}
	select {
	case d.cuts <- c:
	case <-d.done:
		return nil, driver.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	ended := ctx.Done()
	for {
		select {
		case values := <-c.values:
			return values, nil
		case <-d.done:
			return nil, driver.ErrClosed
		case <-ended:
			if c.taken.CompareAndSwap(false, true) {
				return nil, ctx.Err()
			}
			ended = nil // too late: the window is being cut, and its values must not be lost
		}
	}
}

// Close stops watching and waits for that, at most a tenth of a second on real
// pins, then halts the pin.
func (d *Dev) Close() error {
	d.closeOnce.Do(func() {
		close(d.stop)
		// The pin is halted only when nothing waits on it: periph's Halt and
		// WaitForEdge are not safe beside each other.
		<-d.done
		if err := d.pin.Halt(); err != nil {
			d.closeErr = fmt.Errorf("close break beam: halt pin %s: %w", d.pin.Name(), err)
		}
	})
	return d.closeErr
}

func (w *window) values(length time.Duration) []driver.Value {
	values := []driver.Value{
		driver.Measured(reading.Count, float64(w.count)),
		driver.Measured(reading.Flow, 3600*float64(w.count)/length.Seconds()),
		driver.Measured(reading.Occupancy, 100*w.on.Seconds()/length.Seconds()),
	}
	if w.gaps > 0 {
		values = append(values, driver.Measured(reading.Headway, w.gapSum.Seconds()/float64(w.gaps)))
	}
	if mean, p85, ok := w.speeds.summary(); ok {
		values = append(values, driver.Measured(reading.Speed, mean), driver.Measured(reading.SpeedP85, p85))
	}
	return values
}
