package tfluna

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
)

const (
	// rest is how long the port is left alone after each read. The kernel keeps
	// 4096 bytes, which is 4.5 s of frames.
	rest = 100 * time.Millisecond
	// stale is how long ago the last frame may be. The slowest rate that makes
	// sense for traffic is 10 frames a second.
	stale = time.Second
	// patience is how long Sense waits for a frame.
	patience = 2 * time.Second
)

// follow reads the port until Close.
func (d *Dev) follow() {
	defer close(d.done)
	var chunk [4096]byte
	var pending []byte
	var frames []frame
	for {
		n, err := d.port.Read(chunk[:])
		select {
		case <-d.stop:
			d.err = driver.ErrClosed
			return
		default:
		}
		if err != nil {
			d.err = fmt.Errorf("%w: %w", driver.ErrUnplugged, err)
			return
		}
		var lost int
		if n == 0 { // a frame does not pause
			lost, pending = len(pending), pending[:0]
		}
		left := append(pending, chunk[:n]...)
		frames = frames[:0]
		for len(left) > 0 {
			f, done, ok := parse(left)
			if done == 0 {
				break
			}
			left = left[done:]
			if ok {
				frames, lost = append(frames, f), 0
			} else {
				lost += done
			}
		}
		pending = append(pending[:0], left...)
		d.take(frames, lost)
		if n > 0 && d.paused() {
			d.err = driver.ErrClosed
			return
		}
	}
}

// paused rests, and reports whether Close was called.
func (d *Dev) paused() bool {
	t := time.NewTimer(rest)
	defer t.Stop()
	select {
	case <-d.stop:
		return true
	case <-t.C:
		return false
	}
}

// take takes the frames of one chunk, and how many bytes behind them were none.
func (d *Dev) take(frames []frame, lost int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := max(d.now(), d.read)
	for i, f := range frames {
		d.road.see(f, d.read+(now-d.read)*time.Duration(i+1)/time.Duration(len(frames)))
	}
	d.read = now
	if len(frames) == 0 {
		d.noise += lost
		return
	}
	d.heard, d.noise = time.Now(), lost
	close(d.changed)
	d.changed = make(chan struct{})
}

// alive returns nil where a frame came lately, or comes now.
func (d *Dev) alive(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		d.mu.Lock()
		changed, heard := d.changed, d.heard
		d.mu.Unlock()
		select {
		case <-d.done:
			return d.err
		default:
		}
		if time.Since(heard) <= stale {
			return nil
		}
		select {
		case <-changed:
		case <-d.done:
		case <-limited.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return ctx.Err()
			}
			return d.nothing()
		}
	}
}

// nothing says what came in place of a frame, once.
func (d *Dev) nothing() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := d.noise; n > 0 {
		d.noise = 0
		return fmt.Errorf("%w: %d bytes and no frame", driver.ErrChecksum, n)
	}
	return fmt.Errorf("%w: no frame for %v", driver.ErrNoAnswer, patience)
}
