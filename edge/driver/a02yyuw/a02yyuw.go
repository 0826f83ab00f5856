package a02yyuw

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/uart"
	"github.com/siaga-id/siaga/internal/reading"
)

// Baud is the sensor's only baud rate.
const Baud = 9600

const (
	blindMM = 30   // distances up to here are in the blind zone
	mostMM  = 4500 // longest distance that can be measured
)

// Opts is what can be set.
type Opts struct {
	// DatumM is the height of the sensor's face above gauge zero, in metres.
	DatumM float64
	// Now is the node's clock, by which what the sensor said grows old; nil means
	// Go's monotonic clock.
	Now func() time.Duration
}

// Dev is an A02YYUW on a serial port. Its methods may be called concurrently.
type Dev struct {
	datumM float64
	reader *uart.Reader[millimetres]
}

type millimetres uint16

// New takes over an open port, and starts to read it. It does not wait for the
// sensor. The port's Read must return 0 bytes and no error after a while
// without data.
func New(port io.ReadWriteCloser, opts Opts) (*Dev, error) {
	if math.IsNaN(opts.DatumM) || math.IsInf(opts.DatumM, 0) {
		return nil, fmt.Errorf("open a02yyuw: datum %v m is no height", opts.DatumM)
	}
	return &Dev{datumM: opts.DatumM, reader: uart.Start(port, new(parser).parse, opts.Now)}, nil
}

// Sense returns level (m above gauge zero) and distance (mm) of the newest
// frame that it has not returned yet, or waits for the next one until ctx ends.
// After garbled bytes the first frame does not count.
// Errors: driver.ErrEchoLost (nothing heard, or from farther than 4500 mm),
// ErrOutOfRange (in the blind zone: the water, or something else, is at the
// sensor), ErrNoAnswer, ErrChecksum, ErrUnplugged, ErrClosed, or ctx's own when
// it is cancelled.
func (d *Dev) Sense(ctx context.Context) ([]driver.Value, error) {
	f, err := d.reader.Next(ctx)
	if err != nil {
		return nil, fmt.Errorf("sense a02yyuw: %w", err)
	}
	mm := f.Value
	if mm == 0 || mm > mostMM {
		return nil, fmt.Errorf("sense a02yyuw: %w: distance %d mm, can measure up to %d", driver.ErrEchoLost, mm, mostMM)
	}
	if mm <= blindMM {
		return nil, fmt.Errorf("sense a02yyuw: %w: distance %d mm is in the blind zone of %d mm", driver.ErrOutOfRange, mm, blindMM)
	}
	return []driver.Value{
		driver.Measured(reading.Level, d.datumM-float64(mm)/1000),
		driver.Measured(reading.Distance, float64(mm)),
	}, nil
}

// Close stops reading, waits for that, and closes the port.
func (d *Dev) Close() error {
	if err := d.reader.Close(); err != nil {
		return fmt.Errorf("close a02yyuw: %w", err)
	}
	return nil
}

// parser finds frames. The checksum lets one in 256 garbled frames pass, so a
// frame counts only right behind another one.
type parser struct {
	inStep bool // what came last was a frame
}

// parse is a uart.Parse. Any byte of a frame may be FF, so that only the
// checksum tells where a frame begins.
func (p *parser) parse(b []byte) (millimetres, int, bool) {
	i := bytes.IndexByte(b, 0xFF)
	switch {
	case i < 0:
		p.inStep = false
		return 0, len(b), false
	case i > 0:
		p.inStep = false
		return 0, i, false
	case len(b) < 4:
		return 0, 0, false
	case b[0]+b[1]+b[2] != b[3]:
		p.inStep = false
		return 0, 1, false
	}
	ok := p.inStep
	p.inStep = true
	return millimetres(b[1])<<8 | millimetres(b[2]), 4, ok
}
