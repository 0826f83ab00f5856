package sps30

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"time"

	"periph.io/x/conn/v3/i2c"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/sensirion"
)

// Baud is the sensor's only baud rate.
const Baud = 115200

const (
	measuredSize = 40 // ten floats
	// poll is how often the sensor is asked for a new measurement. It makes one a
	// second.
	poll = 200 * time.Millisecond
	// idleAfter is the silence after which a sensor that this Dev has not heard yet
	// does not measure; resetAfter the same of one that did, longer than the fan
	// cleans.
	idleAfter  = 2500 * time.Millisecond
	resetAfter = 12 * time.Second
	// faultShows is the longest that a fault takes to show in a register that was
	// cleared: the sensor looks once a second, and believes it the second time.
	faultShows = 3 * time.Second
)

// Bits of the status register (datasheet §4.4). That of the fan stays set until
// the register is cleared.
const (
	statusFan   = 1 << 4
	statusLaser = 1 << 5
	statusSpeed = 1 << 21
)

// What a line says besides the errors of package driver.
var (
	// errNotNow: the sensor is in a state in which it cannot do that.
	errNotNow = fmt.Errorf("%w: not in this state", driver.ErrRefused)
	// errUnknown: the sensor's firmware does not know the command.
	errUnknown = fmt.Errorf("%w: unknown command", driver.ErrRefused)
)

// line is the sensor by either of its two ways.
type line interface {
	serial(ctx context.Context) (string, error)
	// wake wakes a sensor that sleeps, in which state it answers nothing.
	wake(ctx context.Context) error
	// start begins to measure. errNotNow: it does already.
	start(ctx context.Context) error
	// read returns ten floats, or none where there is nothing new.
	read(ctx context.Context) ([]byte, error)
	// interval is that of the fan's cleaning, in seconds.
	interval(ctx context.Context) (uint32, error)
	setInterval(ctx context.Context, seconds uint32) error
	// status returns the status register. errUnknown: the sensor has none.
	status(ctx context.Context) (uint32, error)
	clearStatus(ctx context.Context) error
	close() error
}

// Opts is what can be set.
type Opts struct {
	// WarmUp is how long after the driver started the sensor Sense gives
	// driver.ErrWarmingUp. 0 is not at all.
	WarmUp time.Duration
	// Cold is that a sensor which measures already may have begun just now, as
	// where the Dev before this one has started it: New counts as a start.
	Cold bool
	// CleanInterval is how often the fan cleans itself while it runs; whole seconds.
	// It is written to the sensor, which keeps it, only where it has another.
	CleanInterval time.Duration
	// Now is the node's clock, by which what came on a serial port grows old; nil
	// means Go's monotonic clock.
	Now func() time.Duration
}

// DefaultOpts has the datasheet's warm-up, and the cleaning interval that the
// sensor comes with.
var DefaultOpts = Opts{WarmUp: 30 * time.Second, CleanInterval: 168 * time.Hour}

// Dev is an SPS30. Its methods may be called concurrently; one Sense runs at a
// time.
type Dev struct {
	line line
	opts Opts
	life context.Context // ends with Close
	end  context.CancelCauseFunc

	turn    sync.Mutex // covers what follows
	ready   bool       // it is the right sensor, and cleans its fan as wanted
	heard   bool       // it has measured since it was started
	silent  time.Time  // since when it had nothing new; zero: the last answer had
	started time.Time  // when the driver may have started it; zero is never
	faulty  time.Time  // when it last reported a fault; zero is never
}

// New takes over an open port, and starts to read it. It does not wait for the
// sensor. The port's Read must return 0 bytes and no error after a while
// without data.
func New(port io.ReadWriteCloser, opts Opts) (*Dev, error) {
	if err := opts.validate(); err != nil {
		return nil, fmt.Errorf("open sps30: %w", err)
	}
	return newDev(newSHDLC(port, opts.Now), opts), nil
}

// NewI2C makes a Dev of the sensor at Address. It does not wait for it. The bus
// stays the caller's: it must outlive the Dev.
func NewI2C(b i2c.Bus, opts Opts) (*Dev, error) {
	if err := opts.validate(); err != nil {
		return nil, fmt.Errorf("open sps30: %w", err)
	}
	return newDev(newBus(b), opts), nil
}

func newDev(l line, opts Opts) *Dev {
	life, end := context.WithCancelCause(context.Background())
	d := &Dev{line: l, opts: opts, life: life, end: end}
	if opts.Cold {
		d.started = time.Now()
	}
	return d
}

func (o Opts) validate() error {
	if o.WarmUp < 0 {
		return fmt.Errorf("warm-up %v is negative", o.WarmUp)
	}
	if o.CleanInterval < time.Hour || o.CleanInterval > math.MaxUint32*time.Second || o.CleanInterval%time.Second != 0 {
		return fmt.Errorf("cleaning interval %v is not whole seconds of at least an hour", o.CleanInterval)
	}
	return nil
}

// Sense returns pm1, pm2_5, pm4 and pm10 (µg/m³) of the newest second, or waits
// for the next one until ctx ends. The values are Suspect where the fan's speed
// is out of range. It starts a sensor that does not measure. Errors:
// driver.ErrNoAnswer, ErrChecksum, ErrOutOfRange, ErrWarmingUp, ErrReset where a
// sensor that measured had to be started again, ErrFan, ErrRefused,
// ErrWrongDevice, ErrUnplugged, ErrClosed, or ctx's own when it is cancelled.
func (d *Dev) Sense(ctx context.Context) ([]driver.Value, error) {
	d.turn.Lock()
	defer d.turn.Unlock()
	living, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(d.life, func() { cancel(driver.ErrClosed) })()
	values, err := d.sense(living)
	switch {
	case err == nil:
		return values, nil
	case d.life.Err() != nil:
		err = driver.ErrClosed
	case errors.Is(ctx.Err(), context.Canceled):
		err = ctx.Err()
	}
	return nil, fmt.Errorf("sense sps30: %w", err)
}

// Close ends a Sense that runs, stops reading, and closes the port; an I2C bus
// stays open. The sensor goes on measuring.
func (d *Dev) Close() error {
	d.end(driver.ErrClosed)
	if err := d.line.close(); err != nil {
		return fmt.Errorf("close sps30: %w", err)
	}
	return nil
}

func (d *Dev) sense(ctx context.Context) ([]driver.Value, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", driver.ErrNoAnswer, err)
	}
	if !d.ready {
		if err := d.setUp(ctx); err != nil {
			return nil, err
		}
	}
	data, err := d.await(ctx)
	if err != nil {
		return nil, err
	}
	status, err := d.health(ctx)
	if left := d.opts.WarmUp - time.Since(d.started); left > 0 {
		// While the fan starts, the register may take it for a broken one.
		return nil, fmt.Errorf("%w: %v left", driver.ErrWarmingUp, left.Round(time.Second))
	}
	if err != nil {
		return nil, err
	}
	return values(data, status&statusSpeed != 0)
}

// health returns the status register, or a driver.ErrFan. It clears the register
// then, so that a fan that was held for a moment is well again.
func (d *Dev) health(ctx context.Context) (uint32, error) {
	status, err := d.line.status(ctx)
	if errors.Is(err, errUnknown) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read status: %w", err)
	}
	if status&(statusFan|statusLaser) != 0 {
		d.faulty = time.Now()
		err := fmt.Errorf("%w: status %08x", driver.ErrFan, status)
		return status, errors.Join(err, d.line.clearStatus(ctx))
	}
	if time.Since(d.faulty) < faultShows {
		return status, fmt.Errorf("%w: a moment ago", driver.ErrFan)
	}
	return status, nil
}

// setUp makes sure that this is the sensor and that it cleans its fan as wanted.
func (d *Dev) setUp(ctx context.Context) error {
	_, err := d.line.serial(ctx)
	if errors.Is(err, driver.ErrNoAnswer) && ctx.Err() == nil {
		if werr := d.line.wake(ctx); werr != nil {
			return err
		}
		_, err = d.line.serial(ctx)
	}
	if err != nil {
		return fmt.Errorf("read serial number: %w", err)
	}
	has, err := d.line.interval(ctx)
	if err != nil {
		return fmt.Errorf("read cleaning interval: %w", err)
	}
	if want := uint32(d.opts.CleanInterval / time.Second); has != want {
		// What it reads back as may be the old one until it is reset (datasheet
		// §4.2), so that reading it back would prove nothing.
		if err := d.line.setInterval(ctx, want); err != nil {
			return fmt.Errorf("set cleaning interval: %w", err)
		}
	}
	d.ready = true
	return nil
}

// await waits for a measurement, and starts a sensor that makes none.
func (d *Dev) await(ctx context.Context) ([]byte, error) {
	for {
		data, err := d.line.read(ctx)
		if err != nil {
			return nil, fmt.Errorf("read measurement: %w", err)
		}
		if data != nil {
			d.heard, d.silent = true, time.Time{}
			return data, nil
		}
		if d.silent.IsZero() {
			d.silent = time.Now()
		}
		if err := d.startIdle(ctx); err != nil {
			return nil, err
		}
		if err := sensirion.Pause(ctx, poll); err != nil {
			return nil, fmt.Errorf("%w; it answers, but measures nothing", err)
		}
	}
}

// startIdle starts a sensor that has been silent too long to be measuring.
func (d *Dev) startIdle(ctx context.Context) error {
	silent := time.Since(d.silent)
	if silent < idleAfter || d.heard && silent < resetAfter {
		return nil
	}
	d.silent = time.Time{}
	// Whatever it answers: where its answer was lost it has started, and says to
	// the question that is asked again that it measures already.
	err := d.line.start(ctx)
	d.started = time.Now()
	if errors.Is(err, errNotNow) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	if d.heard {
		d.heard, d.ready = false, false
		return fmt.Errorf("%w: it had stopped measuring", driver.ErrReset)
	}
	return nil
}
