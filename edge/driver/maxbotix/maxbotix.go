package maxbotix

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/a02yyuw"
	"github.com/siaga-id/siaga/edge/driver/uart"
)

// Baud is the sensors' only baud rate.
const Baud = 9600

const (
	tooNear = 300  // what the sensor says of all that is nearer
	nothing = 5000 // what it says when it heard nothing
	// enough frames make a median that one wrong frame cannot move.
	enough = 3
)

// Opts is what can be set.
type Opts struct {
	a02yyuw.Datum
	// Now is the node's clock, by which what the sensor said grows old; nil means
	// Go's monotonic clock.
	Now func() time.Duration
}

// Dev is a sensor on a serial port. Its methods may be called concurrently.
type Dev struct {
	datum  a02yyuw.Datum
	reader *uart.Reader[recent]

	mu    sync.Mutex // covers taken
	taken uint64     // how many of all frames went into a Sense
}

// New takes over an open port, and starts to read it. It does not wait for the
// sensor. The port's Read must return 0 bytes and no error after a while
// without data.
func New(port io.ReadWriteCloser, opts Opts) (*Dev, error) {
	if err := opts.Validate(); err != nil {
		return nil, fmt.Errorf("open mb7389: %w", err)
	}
	now := opts.Now
	if now == nil {
		began := time.Now()
		now = func() time.Duration { return time.Since(began) }
	}
	p := &parser{now: now}
	return &Dev{datum: opts.Datum, reader: uart.Start(port, p.parse, now)}, nil
}

// Sense returns the distance (mm), and before it the level (m above gauge zero)
// where the datum is known: the median of the frames since the last Sense. Of
// fewer than three it waits for more until ctx ends. Errors: driver.ErrEchoLost
// (mostly nothing was heard), ErrOutOfRange (mostly something nearer than 300
// mm), ErrNoAnswer, ErrChecksum (bytes, but no frame), ErrUnplugged, ErrClosed, or
// ctx's own when it is cancelled.
func (d *Dev) Sense(ctx context.Context) ([]driver.Value, error) {
	for {
		f, err := d.reader.Next(ctx)
		if err != nil {
			return nil, fmt.Errorf("sense mb7389: %w", err)
		}
		frames := d.take(f.Value)
		if frames == nil {
			continue
		}
		mm, err := median(frames)
		if err != nil {
			return nil, fmt.Errorf("sense mb7389: %w", err)
		}
		return d.datum.Values(float64(mm)), nil
	}
}

// Close stops reading, waits for that, and closes the port.
func (d *Dev) Close() error {
	if err := d.reader.Close(); err != nil {
		return fmt.Errorf("close mb7389: %w", err)
	}
	return nil
}

// take returns the frames that no Sense has had yet; nil while they are too few.
func (d *Dev) take(r recent) []millimetres {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r.count <= d.taken {
		return nil // another Sense, a moment ago, had newer ones
	}
	frames := r.after(d.taken)
	if len(frames) < enough {
		return nil
	}
	d.taken = r.count
	return frames
}

// median returns the distance in the middle of those that were heard; of two in
// the middle the shorter one, which was heard, rather than a mean, which was not.
func median(frames []millimetres) (millimetres, error) {
	var heard []millimetres
	near, lost := 0, 0
	for _, mm := range frames {
		switch {
		case mm <= tooNear:
			near++
		case mm >= nothing:
			lost++
		default:
			heard = append(heard, mm)
		}
	}
	if 2*len(heard) > len(frames) {
		slices.Sort(heard)
		return heard[(len(heard)-1)/2], nil
	}
	if near > lost {
		return 0, fmt.Errorf("%w: something is nearer than %d mm in %d of %d frames", driver.ErrOutOfRange, tooNear, near, len(frames))
	}
	return 0, fmt.Errorf("%w: in %d of %d frames", driver.ErrEchoLost, lost, len(frames))
}
