package drivertest

import (
	"io"
	"sync"
	"time"
)

// quiet is how long Read waits for bytes, as a real port does.
const quiet = 200 * time.Millisecond

// Port is a serial port that says what the test sends. Its methods may be
// called concurrently.
type Port struct {
	mu      sync.Mutex
	in      []byte
	written []byte
	err     error
	changed chan struct{} // closed and replaced at each change
}

var _ io.ReadWriteCloser = (*Port)(nil)

// NewPort returns a silent port.
func NewPort() *Port { return &Port{changed: make(chan struct{})} }

// Send lets the sensor say b.
func (p *Port) Send(b ...byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.in = append(p.in, b...)
	p.wake()
}

// Unplug makes Read fail with err once what was sent has been read.
func (p *Port) Unplug(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = err
	p.wake()
}

// Written returns a copy of what the driver has written so far.
func (p *Port) Written() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]byte(nil), p.written...)
}

// Read implements io.Reader. Like a real port it returns 0 bytes and no error
// after a while without data.
func (p *Port) Read(b []byte) (int, error) {
	timeout := time.NewTimer(quiet)
	defer timeout.Stop()
	for {
		p.mu.Lock()
		n, err, changed := copy(b, p.in), p.err, p.changed
		p.in = p.in[n:]
		p.mu.Unlock()
		if n > 0 {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
		select {
		case <-changed:
		case <-timeout.C:
			return 0, nil
		}
	}
}

// Write implements io.Writer.
func (p *Port) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return 0, p.err
	}
	p.written = append(p.written, b...)
	return len(b), nil
}

// Close implements io.Closer. A Read that waits fails.
func (p *Port) Close() error {
	p.Unplug(io.ErrClosedPipe)
	return nil
}

func (p *Port) wake() {
	close(p.changed)
	p.changed = make(chan struct{})
}
