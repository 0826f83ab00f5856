package ops243

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"sync"
	"time"

	"github.com/siaga-id/siaga/edge/driver"
)

const (
	// quiet is how long the radar may say nothing before it is asked.
	quiet = 30 * time.Second
	// patience is how long it has to answer. It needs a few milliseconds.
	patience = 2 * time.Second
	// settling is how long after the settings were written speeds are not believed,
	// unless the radar states its units sooner.
	settling = 500 * time.Millisecond
	// again is how long at least lies between two times that they are written.
	again = 10 * time.Second
	// longest bounds a line.
	longest = 512
)

var (
	setUp = []byte("OJUK??")
	ask   = []byte("??")
)

// radar reads one port for all sensors on it, in a goroutine of its own.
type radar struct {
	port  io.ReadWriteCloser
	units float64 // the configured unit in km/h
	now   func() time.Duration
	done  chan struct{}
	err   error // why reading ended; set before done closes

	write sync.Mutex // covers writing to the port

	mu       sync.Mutex // covers what follows
	devs     map[*Dev]struct{}
	changed  chan struct{} // closed and replaced at each line
	heard    time.Time     // the last line; zero is never
	noise    int           // bytes since then that were none
	wrote    time.Time     // the settings
	asked    time.Time
	believed bool    // the settings are in force
	json     bool    // a report came as JSON since they were written
	unit     float64 // that the radar stated, in km/h; 0 is none
	closing  bool

	closeOnce sync.Once
	closeErr  error
}

// start takes over an open port.
func start(port io.ReadWriteCloser, unit float64, now func() time.Duration) *radar {
	if began := time.Now(); now == nil {
		now = func() time.Duration { return time.Since(began) }
	}
	r := &radar{
		port: port, units: unit, now: now,
		done: make(chan struct{}), devs: map[*Dev]struct{}{}, changed: make(chan struct{}),
	}
	go r.read()
	return r
}

// read follows the port until it fails or is closed, and closes it.
func (r *radar) read() {
	defer close(r.done)
	err := r.configure()
	var pending []byte
	var chunk [longest]byte
	for err == nil {
		var n int
		n, err = r.port.Read(chunk[:])
		if n == 0 || len(pending)+n > 2*longest { // a line does not pause, and it ends
			r.note(len(pending))
			pending = pending[:0]
		}
		pending = append(pending, chunk[:n]...)
		for {
			end := bytes.IndexAny(pending, "\r\n")
			if end < 0 {
				break
			}
			if werr := r.line(pending[:end]); err == nil {
				err = werr
			}
			pending = append(pending[:0], pending[end+1:]...)
		}
	}
	r.mu.Lock()
	closing := r.closing
	r.mu.Unlock()
	if closing {
		r.err = driver.ErrClosed
		return
	}
	r.err = fmt.Errorf("%w: %w", driver.ErrUnplugged, errors.Join(err, r.closePort()))
}

// configure writes the settings, unless that was a short while ago.
func (r *radar) configure() error {
	r.mu.Lock()
	if !r.wrote.IsZero() && time.Since(r.wrote) < again {
		r.mu.Unlock()
		return nil
	}
	r.wrote, r.asked = time.Now(), time.Now()
	r.believed, r.json, r.unit = false, false, 0
	r.mu.Unlock()
	return r.say(setUp)
}

func (r *radar) say(b []byte) error {
	r.write.Lock()
	defer r.write.Unlock()
	_, err := r.port.Write(b)
	return err
}

// note counts bytes that were no line.
func (r *radar) note(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.noise += n
}

// line takes one line.
func (r *radar) line(line []byte) error {
	m, err := parse(line)
	if err != nil {
		r.note(len(line))
		return nil
	}
	if !m.json && len(m.speeds) == 0 {
		return nil // a banner; other devices print text too
	}
	r.mu.Lock()
	r.heard, r.noise = time.Now(), 0
	close(r.changed)
	r.changed = make(chan struct{})
	var lost bool
	var unit float64
	if len(m.speeds) == 0 {
		lost = r.answered(m)
	} else {
		unit, lost = r.spokeIn(m)
	}
	devs := maps.Clone(r.devs)
	r.mu.Unlock()
	if unit != 0 {
		at := r.now()
		for dev := range devs {
			dev.take(at, m, unit)
		}
	}
	if lost {
		return r.configure()
	}
	return nil
}

// answered takes an answer, and reports whether the radar has lost its settings:
// unasked it says who it is when its power comes back. It wants mu.
func (r *radar) answered(m message) (lost bool) {
	if m.unit != 0 {
		r.unit, r.believed = m.unit, true
	}
	return m.product != "" && time.Since(r.asked) > patience
}

// spokeIn returns the unit of a report in km/h, 0 where it is not known, and
// whether the radar has lost its settings: it no longer speaks JSON. It wants mu.
func (r *radar) spokeIn(m message) (unit float64, lost bool) {
	lost = r.json && !m.json
	r.json = r.json || m.json
	r.believed = r.believed || time.Since(r.wrote) > settling
	switch {
	case m.unit != 0:
		return m.unit, lost
	case lost || !r.believed:
		return 0, lost
	case r.unit != 0:
		return r.unit, false
	}
	return r.units, false
}

// alive returns nil where the radar has said something lately, or answers now.
// It ends with driver.ErrClosed when gone closes.
func (r *radar) alive(ctx context.Context, gone <-chan struct{}) error {
	r.mu.Lock()
	began := time.Now()
	silent := began.Sub(r.heard) > quiet
	recent := began.Sub(r.asked) < patience
	if silent && !recent {
		r.asked = began
	}
	r.mu.Unlock()
	if !silent {
		return r.ended()
	}
	if !recent {
		if err := r.say(ask); err != nil {
			return fmt.Errorf("%w: %w", driver.ErrUnplugged, err)
		}
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		r.mu.Lock()
		changed, heard := r.changed, r.heard
		r.mu.Unlock()
		if time.Since(heard) <= quiet {
			return r.ended()
		}
		select {
		case <-changed:
		case <-r.done:
			return r.err
		case <-gone:
			return driver.ErrClosed
		case <-limited.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return ctx.Err()
			}
			return r.nothing()
		}
	}
}

// nothing says what came in place of a line, once.
func (r *radar) nothing() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := r.noise; n > 0 {
		r.noise = 0
		return fmt.Errorf("%w: %d bytes and no line of the radar's", driver.ErrChecksum, n)
	}
	return fmt.Errorf("%w: no reply to ??", driver.ErrNoAnswer)
}

// ended returns why reading ended, or nil while it goes on.
func (r *radar) ended() error {
	select {
	case <-r.done:
		return r.err
	default:
		return nil
	}
}

// close closes the port and waits until the goroutine has ended.
func (r *radar) close() error {
	r.mu.Lock()
	r.closing = true
	r.mu.Unlock()
	err := r.closePort()
	<-r.done
	return err
}

func (r *radar) closePort() error {
	r.closeOnce.Do(func() {
		if err := r.port.Close(); err != nil {
			r.closeErr = fmt.Errorf("close port: %w", err)
		}
	})
	return r.closeErr
}
