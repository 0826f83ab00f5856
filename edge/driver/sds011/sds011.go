package sds011

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/uart"
	"github.com/siaga-id/siaga/internal/reading"
)

// Baud is the sensor's only baud rate.
const Baud = 9600

const (
	// fresh is the age at which a value of a sensor that talks every second no
	// longer tells what is true now.
	fresh = 5 * time.Second
	// highest is the most that the sensor can measure, in 0.1 µg/m³.
	highest = 9999
	// maxPeriod is the longest working period, in minutes.
	maxPeriod = 30
)

// Opts is what can be set.
type Opts struct {
	// Query is to ask for each reading, rather than to take what the sensor says
	// by itself.
	Query bool
	// Period is the working period in minutes, 0 to 30; 0 is to work always. A
	// value that Sense gives may then be as old as the period.
	Period int
	// WarmUp is how long after the driver woke the sensor Sense gives
	// driver.ErrWarmingUp; so it does after a silence of an active sensor, which may
	// have had no power. 0 is not at all.
	WarmUp time.Duration
	// Cold is that the sensor may have got its power just now, as after a boot of
	// the node or when it was plugged in again: New counts as a wake.
	Cold bool
	// Now is the node's clock, by which what the sensor said grows old; nil means
	// Go's monotonic clock.
	Now func() time.Duration
}

// DefaultOpts has the protocol's warm-up.
var DefaultOpts = Opts{WarmUp: 30 * time.Second}

// Dev is an SDS011 on a serial port. Its methods may be called concurrently; one
// Sense runs at a time.
type Dev struct {
	port   io.Writer
	opts   Opts
	ear    *ear
	reader *uart.Reader[frame]
	closed atomic.Bool

	turn   sync.Mutex // covers what follows
	asleep bool       // somebody put it to sleep
	ready  bool       // mode and period are as wanted
	tried  time.Duration
	woke   time.Duration // when the driver last woke the sensor
	warm   bool          // it was not woken, or long ago
	zeroes bool          // a first reading of 0 and 0 would be none
	asked  time.Duration // when it was last queried
	held   *frame        // a value of this period, which may not be the last one
	id     uint16        // as the sensor's last frame says; 0 is not known
}

// New takes over an open port, and starts to read it. It does not wait for the
// sensor. The port's Read must return 0 bytes and no error after a while
// without data.
func New(port io.ReadWriteCloser, opts Opts) (*Dev, error) {
	switch {
	case opts.WarmUp < 0:
		return nil, fmt.Errorf("open sds011: warm-up %v is negative", opts.WarmUp)
	case opts.Period < 0 || opts.Period > maxPeriod:
		return nil, fmt.Errorf("open sds011: period of %d minutes is outside 0 to %d", opts.Period, maxPeriod)
	case opts.Period > 0 && opts.Query:
		return nil, errors.New("open sds011: a sensor that sleeps by itself cannot be queried")
	}
	if opts.Now == nil {
		began := time.Now()
		opts.Now = func() time.Duration { return time.Since(began) }
	}
	d := &Dev{port: port, opts: opts, ear: newEar(opts.Now), warm: true, zeroes: true}
	d.tried = d.opts.Now()
	if opts.Cold {
		d.woke, d.warm = d.tried, false
	}
	d.asked = d.tried - leastApart
	ageless := func() time.Duration { return 0 }
	d.reader = uart.Start(port, d.ear.parse, ageless)
	return d, nil
}

// Sense returns pm2_5 and pm10 (µg/m³), which it has not returned yet, or waits
// for them until ctx ends. PM10 that is less than PM2.5, which it holds, makes
// both Suspect. Errors: driver.ErrNoAnswer, ErrChecksum, ErrOutOfRange,
// ErrRefused where the sensor does not keep what it was told, ErrAsleep,
// ErrUnplugged, ErrClosed, or ctx's own when it is cancelled; ErrWarmingUp also while a sensor
// sleeps by its period.
func (d *Dev) Sense(ctx context.Context) ([]driver.Value, error) {
	d.turn.Lock()
	defer d.turn.Unlock()
	if d.asleep {
		return nil, fmt.Errorf("sense sds011: %w", driver.ErrAsleep)
	}
	f, err := d.measure(ctx)
	if err == nil {
		err = d.judge(f)
	}
	if err != nil {
		if d.id != 0 {
			return nil, fmt.Errorf("sense sds011 %04X: %w", d.id, err)
		}
		return nil, fmt.Errorf("sense sds011: %w", err)
	}
	values := []driver.Value{
		driver.Measured(reading.PM2_5, float64(f.pm25)/10),
		driver.Measured(reading.PM10, float64(f.pm10)/10),
	}
	if f.pm10 < f.pm25 {
		for i := range values {
			values[i].Quality = values[i].Quality.Worse(reading.Suspect)
		}
	}
	return values, nil
}

// Close stops reading, waits for that, and closes the port.
func (d *Dev) Close() error {
	d.closed.Store(true)
	if err := d.reader.Close(); err != nil {
		return fmt.Errorf("close sds011: %w", err)
	}
	return nil
}

// measure returns a value that is fit for the mode.
func (d *Dev) measure(ctx context.Context) (frame, error) {
	get := d.listen
	switch {
	case d.opts.Query:
		get = d.query
	case d.opts.Period > 0:
		get = d.perPeriod
	}
	for {
		f, err := get(ctx)
		if err != nil {
			return f, err
		}
		if !d.opts.Query && d.opts.Period == 0 && f.back > d.woke {
			d.woke, d.warm, d.zeroes = f.back, false, true // it may have had no power
		}
		none := d.zeroes && f.pm25 == 0 && f.pm10 == 0
		d.zeroes = false
		if !none {
			return f, nil
		}
	}
}

func (d *Dev) judge(f frame) error {
	if !d.warm {
		if left := d.opts.WarmUp - (f.heard - d.woke); left > 0 {
			return fmt.Errorf("%w: %v left", driver.ErrWarmingUp, left.Round(time.Second))
		}
		d.warm = true
	}
	if f.pm25 == 0 && f.pm10 == 0 {
		// In no air on earth is nothing at all.
		return fmt.Errorf("%w: not a single particle: the fan or the laser stands", driver.ErrStuck)
	}
	if f.pm25 > highest || f.pm10 > highest {
		return fmt.Errorf("%w: PM2.5 %.1f, PM10 %.1f µg/m³", driver.ErrOutOfRange, float64(f.pm25)/10, float64(f.pm10)/10)
	}
	return nil
}

// next waits for the next frame.
func (d *Dev) next(ctx context.Context) (frame, error) {
	f, err := d.reader.Next(ctx)
	if err == nil {
		d.id = f.Value.id
	}
	return f.Value, err
}

// value waits for the next value, and passes over answers to commands.
func (d *Dev) value(ctx context.Context) (frame, error) {
	for {
		f, err := d.next(ctx)
		if err != nil || !f.reply {
			return f, err
		}
	}
}
