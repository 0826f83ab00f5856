package a02yyuw

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/uart"
)

// Baud is the sensor's only baud rate.
const Baud = 9600

const (
	blindMM = 30   // distances up to here are in the blind zone
	mostMM  = 4500 // longest distance that can be measured
)

// Opts is what can be set.
type Opts struct {
	Datum
	// Now is the node's clock, by which what the sensor said grows old; nil means
	// Go's monotonic clock.
	Now func() time.Duration
}

// Dev is an A02YYUW on a serial port. Its methods may be called concurrently.
type Dev struct {
	datum  Datum
	reader *uart.Reader[Frame]
}

// New takes over an open port, and starts to read it. It does not wait for the
// sensor. The port's Read must return 0 bytes and no error after a while
// without data.
func New(port io.ReadWriteCloser, opts Opts) (*Dev, error) {
	if err := opts.Validate(); err != nil {
		return nil, fmt.Errorf("open a02yyuw: %w", err)
	}
	return &Dev{datum: opts.Datum, reader: uart.Start(port, new(Parser).Parse, opts.Now)}, nil
}

// Sense returns the distance (mm), and before it the level (m above gauge zero)
// where the datum is known, of the newest frame that it has not returned yet, or
// waits for the next one until ctx ends. After garbled bytes the first frame
// does not count.
// Errors: driver.ErrEchoLost (nothing heard, or from farther than 4500 mm),
// ErrOutOfRange (in the blind zone: the water, or something else, is at the
// sensor), ErrWrongDevice (an AJ-SR04M), ErrNoAnswer, ErrChecksum, ErrUnplugged,
// ErrClosed, or ctx's own when it is cancelled.
func (d *Dev) Sense(ctx context.Context) ([]driver.Value, error) {
	f, err := d.reader.Next(ctx)
	if err != nil {
		return nil, fmt.Errorf("sense a02yyuw: %w", err)
	}
	if f.Value.Foreign {
		return nil, fmt.Errorf("sense a02yyuw: %w: the frames have the checksum of an AJ-SR04M: configure that driver", driver.ErrWrongDevice)
	}
	mm := f.Value.MM
	if mm == 0 || mm > mostMM {
		return nil, fmt.Errorf("sense a02yyuw: %w: distance %d mm, can measure up to %d", driver.ErrEchoLost, mm, mostMM)
	}
	if mm <= blindMM {
		return nil, fmt.Errorf("sense a02yyuw: %w: distance %d mm is in the blind zone of %d mm", driver.ErrOutOfRange, mm, blindMM)
	}
	return d.datum.Values(float64(mm)), nil
}

// Close stops reading, waits for that, and closes the port.
func (d *Dev) Close() error {
	if err := d.reader.Close(); err != nil {
		return fmt.Errorf("close a02yyuw: %w", err)
	}
	return nil
}
