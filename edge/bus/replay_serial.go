package bus

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"
	"time"

	"periph.io/x/conn/v3/uart"
)

// slack is how long after the end of an opening's tape a port is silent before
// it says that the tape has ended: who closed it then closes it about then again.
const slack = 2 * time.Second

// opening is a port from its opening to its closing, as recorded.
type opening struct {
	opened event
	reads  []hearing
	writes []event
	// end is when the tape of this opening ends; it counts as a hearing.
	end hearing
}

// hearing is what was read, and how long after what: a sensor that is asked
// answers the question, whenever that is asked.
type hearing struct {
	event
	writes int           // that went before it
	after  time.Duration // since the last of them, or since the opening
}

func newOpening(e event) *opening {
	o := &opening{opened: e}
	o.end = o.hear(e)
	return o
}

func (o *opening) add(e event) {
	switch e.Op {
	case opRead:
		o.reads = append(o.reads, o.hear(e))
	case opWrite:
		o.writes = append(o.writes, e)
	}
	o.end = o.hear(e)
}

func (o *opening) hear(e event) hearing {
	since := o.opened
	if n := len(o.writes); n > 0 {
		since = o.writes[n-1]
	}
	return hearing{e, len(o.writes), max(0, e.at()-since.at())}
}

// Serial implements driver.Board. A port gives its first opening with the same
// speed and parity that was not given yet.
func (t *Tape) Serial(path string, baud int, parity uart.Parity) (io.ReadWriteCloser, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	left := t.openings[path]
	i := slices.IndexFunc(left, func(o *opening) bool { return o.opened.Baud == baud && o.opened.Parity == string(parity) })
	if i < 0 {
		return nil, fmt.Errorf("open serial port %s: %w: no further opening at %d baud, parity %c", path, ErrTape, baud, parity)
	}
	o := left[i]
	t.openings[path] = slices.Delete(left, i, i+1)
	if o.opened.Err != nil {
		return nil, o.opened.Err.err()
	}
	return &tapePort{opening: o, path: path, bases: []time.Time{time.Now()}, stir: make(chan struct{})}, nil
}

// tapePort plays an opening.
type tapePort struct {
	*opening
	path string

	mu     sync.Mutex
	bases  []time.Time // when it was opened, and when each write was made
	heard  int         // hearings that were read to their end
	part   int         // bytes of the next one that were read
	closed bool
	stir   chan struct{} // closed and replaced when one of the above changes
}

// Read implements io.Reader.
func (p *tapePort) Read(b []byte) (int, error) {
	limit := time.NewTimer(readTimeout)
	defer limit.Stop()
	for {
		n, wait, stir, err := p.take(b)
		if n > 0 || err != nil || len(b) == 0 {
			return n, err
		}
		due := time.NewTimer(wait)
		select {
		case <-limit.C:
			due.Stop()
			return 0, nil
		case <-due.C:
		case <-stir:
			due.Stop()
		}
	}
}

// take returns what is due, or how long to wait for it.
func (p *tapePort) take(b []byte) (n int, wait time.Duration, stir <-chan struct{}, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return 0, 0, nil, fmt.Errorf("read serial port %s: %w", p.path, fs.ErrClosed)
	}
	next := p.end
	next.after += slack
	if p.heard < len(p.reads) {
		next = p.reads[p.heard]
	}
	if next.writes >= len(p.bases) { // an answer to what was not asked yet
		return 0, readTimeout, p.stir, nil
	}
	if wait = time.Until(p.bases[next.writes].Add(next.after)); wait > 0 {
		return 0, wait, p.stir, nil
	}
	if p.heard == len(p.reads) {
		return 0, 0, nil, fmt.Errorf("read serial port %s: %w: this opening ends at line %d", p.path, ErrTape, next.line)
	}
	n = copy(b, next.R[p.part:])
	p.part += n
	if p.part < len(next.R) {
		return n, 0, nil, nil
	}
	p.heard, p.part = p.heard+1, 0
	return n, 0, p.stir, next.Err.err()
}

// Write implements io.Writer.
func (p *tapePort) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return 0, fmt.Errorf("write serial port %s: %w", p.path, fs.ErrClosed)
	}
	n := len(p.bases) - 1
	if n == len(p.writes) {
		return 0, fmt.Errorf("write serial port %s: %w: no further write in this opening, but [% x]", p.path, ErrTape, b)
	}
	e := p.writes[n]
	if !bytes.Equal(e.W, b) {
		return 0, fmt.Errorf("write serial port %s: %w: line %d has [% x], not [% x]", p.path, ErrTape, e.line, []byte(e.W), b)
	}
	p.bases = append(p.bases, time.Now())
	p.wake()
	if err := e.Err.err(); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Close implements io.Closer.
func (p *tapePort) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.wake()
	return nil
}

// wake ends the waits of Read. It wants mu.
func (p *tapePort) wake() {
	close(p.stir)
	p.stir = make(chan struct{})
}
