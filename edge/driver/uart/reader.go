package uart

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
)

const (
	// fresh is the age at which a frame no longer tells what is true now. The
	// slowest sensor of this kind, a PMS5003 in stable air, talks every 2.3 s. It
	// is of the node's time, which in a replay runs fast.
	fresh = 5 * time.Second
	// torn is the pause that no frame has inside it. Sensors send a frame in one
	// go: at 9600 baud a byte takes 1 ms, and the quickest sensor pauses 95 ms
	// between frames. What a frame began before such a pause will never be
	// finished, and must not be joined with the next frame: an 8-bit checksum
	// would let one in 256 such joins pass.
	torn = 60 * time.Millisecond
	// longest bounds a frame, so that a Parse that waits for ever cannot hoard.
	longest = 256
)

// Parse looks at the beginning of b. It returns how many bytes are done with
// and, where those end a valid frame, its value and true. 0 bytes means that
// there is the beginning of a frame that needs more. It must not keep b, and
// must find its way back into step after any bytes. It is called by one
// goroutine, for all bytes in turn.
type Parse[T any] func(b []byte) (v T, n int, ok bool)

// Frame is one valid frame and when its last byte was read.
type Frame[T any] struct {
	Value T
	At    time.Time
	// heard is the same moment by the node's clock.
	heard time.Duration
}

// Reader reads a port in a goroutine of its own and keeps the newest valid
// frame; an older one that nobody took is replaced. Its methods may be called
// concurrently.
type Reader[T any] struct {
	port    io.ReadCloser
	parse   Parse[T]
	now     func() time.Duration
	frames  chan Frame[T] // holds one; only the goroutine sends
	noise   atomic.Int64  // bytes read since the last valid frame or complaint
	heard   atomic.Pointer[time.Time]
	closing atomic.Bool
	done    chan struct{}
	err     error // why reading ended; set before done closes

	closeOnce sync.Once
	closeErr  error
}

// Start begins to read the port, which the Reader owns from now on. The port's
// Read must return from time to time, with 0 bytes and no error when there is
// no data, or at once when the port is closed. now is the clock by which frames
// grow old; nil means Go's monotonic clock.
func Start[T any](port io.ReadCloser, parse Parse[T], now func() time.Duration) *Reader[T] {
	began := time.Now()
	if now == nil {
		now = func() time.Duration { return time.Since(began) }
	}
	r := &Reader[T]{
		port:   port,
		parse:  parse,
		now:    now,
		frames: make(chan Frame[T], 1),
		done:   make(chan struct{}),
	}
	r.heard.Store(&began)
	go r.read()
	return r
}

// Next returns the newest frame that no call has returned yet, or waits for the
// next one. When ctx's deadline passes first the error is driver.ErrNoAnswer
// where the line was silent and driver.ErrChecksum where it was not; a
// cancelled ctx gives ctx's own error, a failed port driver.ErrUnplugged.
func (r *Reader[T]) Next(ctx context.Context) (Frame[T], error) {
	for {
		if ctx.Err() != nil {
			return Frame[T]{}, r.overdue(ctx)
		}
		select {
		case f := <-r.frames:
			if r.now()-f.heard <= fresh {
				return f, nil
			}
			continue
		default:
		}
		select {
		case f := <-r.frames:
			return f, nil
		case <-r.done:
			return Frame[T]{}, r.err
		case <-ctx.Done():
		}
	}
}

// Heard returns when the last valid frame came; before the first one, when
// reading began.
func (r *Reader[T]) Heard() time.Time { return *r.heard.Load() }

// Close closes the port and waits until the goroutine has ended. A Next that
// waits returns driver.ErrClosed.
func (r *Reader[T]) Close() error {
	r.closeOnce.Do(func() {
		r.closing.Store(true)
		if err := r.port.Close(); err != nil {
			r.closeErr = fmt.Errorf("close port: %w", err)
		}
	})
	<-r.done
	return r.closeErr
}

func (r *Reader[T]) overdue(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	silent := time.Since(r.Heard()).Round(time.Millisecond)
	if n := r.noise.Swap(0); n > 0 {
		return fmt.Errorf("%w: %d bytes in %v", driver.ErrChecksum, n, silent)
	}
	return fmt.Errorf("%w: silent for %v", driver.ErrNoAnswer, silent)
}

func (r *Reader[T]) read() {
	defer close(r.done)
	var (
		chunk   [longest]byte
		pending []byte
		last    time.Time
	)
	for {
		n, err := r.port.Read(chunk[:])
		if n > 0 {
			now := time.Now()
			if now.Sub(last) > torn {
				pending = pending[:0]
			}
			last = now
			var found bool
			if pending, found = r.frame(append(pending, chunk[:n]...), now); !found {
				r.noise.Add(int64(n))
			}
		}
		if r.closing.Load() {
			r.err = driver.ErrClosed
			return
		}
		if err != nil {
			r.err = fmt.Errorf("%w: %w", driver.ErrUnplugged, err)
			return
		}
	}
}

// frame takes every frame out of b and returns what is left, at b's beginning,
// and whether there was any.
func (r *Reader[T]) frame(b []byte, now time.Time) (left []byte, found bool) {
	rest := b
	for len(rest) > 0 {
		v, n, ok := r.parse(rest)
		if n == 0 {
			if len(rest) < longest {
				break
			}
			n = 1
		}
		rest = rest[n:]
		if ok {
			r.publish(Frame[T]{Value: v, At: now, heard: r.now()})
			r.noise.Store(int64(len(rest)))
			found = true
		}
	}
	return append(b[:0], rest...), found
}

func (r *Reader[T]) publish(f Frame[T]) {
	r.heard.Store(&f.At)
	select {
	case <-r.frames:
	default:
	}
	r.frames <- f // never blocks: this goroutine is the only sender
}
