package pms5003

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/uart"
	"github.com/siaga-id/siaga/internal/reading"
)

// Baud is the sensor's only baud rate.
const Baud = 9600

// silence is how long the sensor may say nothing before the driver wakes it:
// twice its slowest cadence, and a little.
const silence = 5 * time.Second

// wakeUp wakes the sensor and puts it into active mode.
var wakeUp = []byte{
	0x42, 0x4D, 0xE4, 0x00, 0x01, 0x01, 0x74,
	0x42, 0x4D, 0xE1, 0x00, 0x01, 0x01, 0x71,
}

// Opts is what can be set.
type Opts struct {
	// WarmUp is how long after the driver woke the sensor Sense gives
	// driver.ErrWarmingUp. 0 is not at all.
	WarmUp time.Duration
	// Now is the node's clock, by which what the sensor said grows old; nil means
	// Go's monotonic clock.
	Now func() time.Duration
}

// DefaultOpts has the manual's warm-up.
var DefaultOpts = Opts{WarmUp: 30 * time.Second}

// Dev is a PMS5003 on a serial port. Its methods may be called concurrently.
type Dev struct {
	port   io.Writer
	warmUp time.Duration
	reader *uart.Reader[frame]

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
	return &Dev{port: port, warmUp: opts.WarmUp, reader: uart.Start(port, parse, opts.Now)}, nil
}

// Sense returns pm1, pm2_5 and pm10 (µg/m³) of the newest frame that it has not
// returned yet, or waits for the next one until ctx ends. The values are
// Suspect where the sensor reports an error. Errors: driver.ErrNoAnswer,
// ErrChecksum, ErrWarmingUp, ErrStuck (mass without a single particle),
// ErrUnplugged, ErrClosed, or ctx's own when it is cancelled.
func (d *Dev) Sense(ctx context.Context) ([]driver.Value, error) {
	f, err := d.next(ctx)
	if err != nil {
		return nil, fmt.Errorf("sense pms5003: %w", err)
	}
	if left := d.warmUp - f.At.Sub(d.wokeAt()); left > 0 {
		return nil, fmt.Errorf("sense pms5003: %w: %v left", driver.ErrWarmingUp, left.Round(time.Second))
	}
	v := f.Value
	if v.over03 == 0 && v.pm1|v.pm25|v.pm10 != 0 {
		return nil, fmt.Errorf("sense pms5003: %w: PM10 %d µg/m³ without a particle above 0.3 µm", driver.ErrStuck, v.pm10)
	}
	values := []driver.Value{
		driver.Measured(reading.PM1, float64(v.pm1)),
		driver.Measured(reading.PM2_5, float64(v.pm25)),
		driver.Measured(reading.PM10, float64(v.pm10)),
	}
	if v.fault != 0 {
		for i := range values {
			values[i].Quality = values[i].Quality.Worse(reading.Suspect)
		}
	}
	return values, nil
}

// Close stops reading, waits for that, and closes the port.
func (d *Dev) Close() error {
	if err := d.reader.Close(); err != nil {
		return fmt.Errorf("close pms5003: %w", err)
	}
	return nil
}

// next waits for a frame, and wakes a sensor that has been silent too long
// since its last frame or the last attempt to wake it.
func (d *Dev) next(ctx context.Context) (uart.Frame[frame], error) {
	since := d.reader.Heard()
	if woke := d.wokeAt(); woke.After(since) {
		since = woke
	}
	patient, cancel := context.WithDeadline(ctx, since.Add(silence))
	defer cancel()
	f, err := d.reader.Next(patient)
	if err == nil || patient.Err() == nil || ctx.Err() != nil {
		return f, err
	}
	if errors.Is(err, driver.ErrNoAnswer) {
		if werr := d.wake(); werr != nil {
			return f, fmt.Errorf("%w; wake: %w", err, werr)
		}
	}
	return d.reader.Next(ctx)
}

func (d *Dev) wake() error {
	_, err := d.port.Write(wakeUp)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.woke = time.Now()
	return err
}

func (d *Dev) wokeAt() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.woke
}
