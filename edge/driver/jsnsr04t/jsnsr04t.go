package jsnsr04t

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/a02yyuw"
	"github.com/siaga-id/siaga/edge/driver/uart"
)

// Baud is the modules' only baud rate.
const Baud = 9600

// patience is how long an answer may take. The modules measure in 100 to 120 ms.
const patience = 250 * time.Millisecond

// Opts is what can be set.
type Opts struct {
	Kind Kind
	// Ask is for a module that talks only when it is asked.
	Ask bool
	a02yyuw.Datum
	// Now is the node's clock, by which what the sensor said grows old; nil means
	// Go's monotonic clock.
	Now func() time.Duration
}

// Dev is a module on a serial port. Its methods may be called concurrently.
type Dev struct {
	kind   Kind
	datum  a02yyuw.Datum
	port   io.Writer
	ask    bool
	asked  atomic.Uint32 // index of the question that was answered last
	reader *uart.Reader[a02yyuw.Frame]
}

// New takes over an open port, and starts to read it. It does not wait for the
// sensor. The port's Read must return 0 bytes and no error after a while
// without data.
func New(port io.ReadWriteCloser, opts Opts) (*Dev, error) {
	if int(opts.Kind) >= len(facts) {
		return nil, fmt.Errorf("open jsn-sr04t: kind %d is neither module", uint8(opts.Kind))
	}
	if err := opts.Validate(); err != nil {
		return nil, fmt.Errorf("open %v: %w", opts.Kind, err)
	}
	p := &a02yyuw.Parser{Sum: facts[opts.Kind].sum}
	return &Dev{
		kind: opts.Kind, datum: opts.Datum, port: port, ask: opts.Ask,
		reader: uart.Start(port, p.Parse, opts.Now),
	}, nil
}

// Sense returns the distance (mm), and before it the level (m above gauge zero)
// where the datum is known: of the newest frame that it has not returned yet, or
// of the next one, which it asks for where the module wants that. After garbled
// bytes the first frame does not count. Errors: driver.ErrEchoLost (nothing
// heard, or nearer or farther than can be measured), ErrWrongDevice (the frames
// have the other module's checksum), ErrNoAnswer, ErrChecksum, ErrUnplugged,
// ErrClosed, or ctx's own when it is cancelled.
func (d *Dev) Sense(ctx context.Context) ([]driver.Value, error) {
	f, err := d.next(ctx)
	if err != nil {
		return nil, fmt.Errorf("sense %v: %w", d.kind, err)
	}
	if f.Foreign {
		return nil, fmt.Errorf("sense %v: %w: the frames have the checksum that driver %v expects: configure that one",
			d.kind, driver.ErrWrongDevice, d.kind.other())
	}
	blind, most := facts[d.kind].blindMM, facts[d.kind].mostMM
	if f.MM <= blind || f.MM > most {
		return nil, fmt.Errorf("sense %v: %w: distance %d mm, can measure above %d to %d", d.kind, driver.ErrEchoLost, f.MM, blind, most)
	}
	return d.datum.Values(float64(f.MM)), nil
}

// Close stops reading, waits for that, and closes the port.
func (d *Dev) Close() error {
	if err := d.reader.Close(); err != nil {
		return fmt.Errorf("close %v: %w", d.kind, err)
	}
	return nil
}

// next waits for a frame, and asks for it again and again where the module
// wants that: after noise it takes two until one counts.
func (d *Dev) next(ctx context.Context) (a02yyuw.Frame, error) {
	if !d.ask {
		f, err := d.reader.Next(ctx)
		return f.Value, err
	}
	var garbled error // what was heard in vain; the last silence would hide it
	questions := facts[d.kind].questions
	for i := d.asked.Load(); ; i++ {
		if errors.Is(ctx.Err(), context.Canceled) {
			return a02yyuw.Frame{}, ctx.Err()
		}
		i %= uint32(len(questions))
		if _, err := d.port.Write(questions[i : i+1]); err != nil {
			return a02yyuw.Frame{}, d.broken(ctx, err)
		}
		patient, cancel := context.WithTimeout(ctx, patience)
		f, err := d.reader.Next(patient)
		cancel()
		switch {
		case err == nil:
			d.asked.Store(i)
			return f.Value, nil
		case errors.Is(err, driver.ErrChecksum):
			garbled = err
		case !errors.Is(err, driver.ErrNoAnswer):
			return a02yyuw.Frame{}, err
		}
		if ctx.Err() == nil {
			continue
		}
		if garbled != nil {
			err = garbled
		}
		return a02yyuw.Frame{}, err
	}
}

// broken tells why nothing can be written. The reader knows whether the port was
// closed on purpose.
func (d *Dev) broken(ctx context.Context, err error) error {
	patient, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if _, rerr := d.reader.Next(patient); errors.Is(rerr, driver.ErrClosed) || errors.Is(rerr, driver.ErrUnplugged) {
		return rerr
	}
	return fmt.Errorf("%w: %w", driver.ErrUnplugged, err)
}
