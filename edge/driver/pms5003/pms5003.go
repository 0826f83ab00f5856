package pms5003

import (
	"context"
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

// Opts is what can be set.
type Opts struct {
	// WarmUp is how long after the driver woke the sensor Sense gives
	// driver.ErrWarmingUp; so it does after a silence of an active sensor, which may
	// have had no power. 0 is not at all.
	WarmUp time.Duration
	// Cold is that the sensor may have got its power just now, as after a boot of
	// the node or when it was plugged in again: New counts as a wake.
	Cold bool
	// Passive is to ask for each reading, rather than to take what the sensor says
	// by itself.
	Passive bool
	// Sleep is to let a passive sensor sleep between readings that are far enough
	// apart, and to wake it WarmUp and a little before the next one.
	Sleep bool
	// CF1 is to give the "CF=1" values besides.
	CF1 bool
	// Now is the node's clock, by which what the sensor said grows old; nil means
	// Go's monotonic clock.
	Now func() time.Duration
}

// DefaultOpts has the manual's warm-up.
var DefaultOpts = Opts{WarmUp: 30 * time.Second}

// Dev is a PMS5003 on a serial port. Its methods may be called concurrently.
type Dev struct {
	port   io.Writer
	opts   Opts
	reader *uart.Reader[frame]
	rest   *rest // nil: the sensor never sleeps

	closed atomic.Bool
	asleep atomic.Bool // somebody put it to sleep; changed with turn held

	turn    sync.Mutex // held while a passive sensor is asked, and to wake any
	passive bool       // it was told to be passive; turn covers it

	mu   sync.Mutex // covers woke
	woke time.Time  // when the driver last woke the sensor; zero is never
}

// New takes over an open port, and starts to read it. It does not wait for the
// sensor. The port's Read must return 0 bytes and no error after a while
// without data.
func New(port io.ReadWriteCloser, opts Opts) (*Dev, error) {
	if opts.WarmUp < 0 {
		return nil, fmt.Errorf("open pms5003: warm-up %v is negative", opts.WarmUp)
	}
	if opts.Sleep && !opts.Passive {
		return nil, fmt.Errorf("open pms5003: an active sensor is never put to sleep")
	}
	d := &Dev{port: port, opts: opts, reader: uart.Start(port, new(ear).parse, opts.Now)}
	if opts.Cold {
		d.woke = time.Now()
	}
	if opts.Sleep {
		d.rest = startRest(opts.WarmUp+lead, d.send, d.unlessAsleep)
	}
	return d, nil
}

// Sense returns pm1, pm2_5 and pm10 (µg/m³), and their CF=1 twins where asked
// for. An active sensor's are of the newest frame that Sense has not returned
// yet; else it waits until ctx ends. The values are Suspect where the sensor
// reports an error. Errors: driver.ErrNoAnswer, ErrChecksum, ErrWarmingUp,
// ErrStuck (mass without a single particle), ErrAsleep, ErrUnplugged, ErrClosed, or
// ctx's own when it is cancelled.
func (d *Dev) Sense(ctx context.Context) ([]driver.Value, error) {
	if d.asleep.Load() {
		return nil, fmt.Errorf("sense pms5003: %w", driver.ErrAsleep)
	}
	ask := d.listen
	if d.opts.Passive {
		ask = d.ask
	}
	f, err := ask(ctx)
	if err != nil {
		return nil, fmt.Errorf("sense pms5003: %w", err)
	}
	if left := d.warming(f); left > 0 {
		return nil, fmt.Errorf("sense pms5003: %w: %v left", driver.ErrWarmingUp, left.Round(time.Second))
	}
	v := f.Value
	if v.over03 == 0 && v.pm1|v.pm25|v.pm10 != 0 {
		return nil, fmt.Errorf("sense pms5003: %w: PM10 %d µg/m³ without a particle above 0.3 µm", driver.ErrStuck, v.pm10)
	}
	return d.values(v), nil
}

// Close stops reading, waits for that, and closes the port. A sensor that
// sleeps sleeps on: the next Dev wakes it.
func (d *Dev) Close() error {
	d.closed.Store(true)
	if d.rest != nil {
		d.rest.stop()
	}
	if err := d.reader.Close(); err != nil {
		return fmt.Errorf("close pms5003: %w", err)
	}
	return nil
}

func (d *Dev) values(v frame) []driver.Value {
	values := []driver.Value{
		driver.Measured(reading.PM1, float64(v.pm1)),
		driver.Measured(reading.PM2_5, float64(v.pm25)),
		driver.Measured(reading.PM10, float64(v.pm10)),
	}
	if d.opts.CF1 {
		values = append(values,
			driver.Measured(reading.PM1CF1, float64(v.pm1CF1)),
			driver.Measured(reading.PM2_5CF1, float64(v.pm25CF1)),
			driver.Measured(reading.PM10CF1, float64(v.pm10CF1)))
	}
	if v.fault != 0 {
		for i := range values {
			values[i].Quality = values[i].Quality.Worse(reading.Suspect)
		}
	}
	return values
}

// data waits for a data frame, and passes over answers to commands.
func (d *Dev) data(ctx context.Context) (uart.Frame[frame], error) {
	for {
		f, err := d.reader.Next(ctx)
		if err != nil || !f.Value.reply {
			return f, err
		}
	}
}

// warming returns how much of the warm-up is left.
func (d *Dev) warming(f uart.Frame[frame]) time.Duration {
	woke := d.wokeAt()
	if back := f.Value.back; !d.opts.Passive && back.After(woke) {
		woke = back
	}
	return d.opts.WarmUp - f.At.Sub(woke)
}

func (d *Dev) wokeAt() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.woke
}
