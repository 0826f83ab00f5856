package modbus

import (
	"sync"
	"time"
)

// Baud is the line's speed where Options do not say another.
const Baud = 9600

// Options say how the slave is set.
type Options struct {
	// Address is the slave's own, 1 to 247.
	Address byte
	// Baud is the line's speed; 0 is 9600.
	Baud int
}

// Sample is the slave's registers at a moment: those of function 03 and those
// of function 04. A register that is not there is an illegal address. The slave
// reads the maps and keeps nothing of them.
type Sample struct {
	Holding, Input map[uint16]uint16
}

// Fault is what is wrong with the slave or the adapter before it.
type Fault int

// The faults.
const (
	// None is a sound slave.
	None Fault = iota
	// DeviceFailure answers every request with exception 4.
	DeviceFailure
	// Busy answers every request with exception 6.
	Busy
	// BrokenCRC answers with a wrong checksum.
	BrokenCRC
	// Echo is an RS-485 adapter that hears itself: whatever the host sends
	// comes back before the answer.
	Echo
)

// turnaround is from the end of a request to its answer.
const turnaround = 5 * time.Millisecond

// maxFrame is the longest frame there is on a serial line.
const maxFrame = 256

// Chip is one slave. Its methods may be called concurrently.
type Chip struct {
	address byte
	gap     time.Duration
	table   func(at time.Time) (Sample, bool)

	mu     sync.Mutex // guards what follows
	fault  Fault
	in     []byte // of the frame under way
	heard  time.Time
	answer []byte
	due    time.Time
	echo   []byte
}

// New returns a slave with the registers that table says. Where table says
// false it is silent. table must not call the slave.
func New(opt Options, table func(at time.Time) (Sample, bool)) *Chip {
	baud := opt.Baud
	if baud == 0 {
		baud = Baud
	}
	// 3.5 characters of 11 bits; fixed above 19200 (serial line guide, 2.5.1.1).
	gap := 1750 * time.Microsecond
	if baud <= 19200 {
		gap = 77 * time.Second / time.Duration(2*baud)
	}
	return &Chip{address: opt.Address, gap: gap, table: table}
}

// PowerCycle cuts the supply for a moment: half a request and an answer under
// way are lost.
func (c *Chip) PowerCycle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.in, c.answer, c.echo = nil, nil, nil
}

// SetFault puts a fault into the slave, or with None takes it away.
func (c *Chip) SetFault(f Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = f
}

// Receive takes bytes that the host has sent. A silence of 3.5 characters
// before them ends the frame before. While an answer is under way nothing is
// heard.
func (c *Chip) Receive(at time.Time, b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fault == Echo && len(c.echo)+len(b) <= maxFrame {
		c.echo = append(c.echo, b...)
	}
	c.advance(at)
	if c.answer != nil {
		return
	}
	// Beyond the longest frame it is noise, and only its length matters.
	c.in = append(c.in, b[:min(len(b), maxFrame+1-len(c.in))]...)
	c.heard = at
}

// Send returns the next message that the slave has sent by now, which the
// caller owns, or nil and when to ask again; a zero time means not before
// something is received.
func (c *Chip) Send(now time.Time) (message []byte, next time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.echo) > 0 {
		message, c.echo = c.echo, nil
		return message, now
	}
	c.advance(now)
	switch {
	case c.answer != nil && !c.due.After(now):
		message, c.answer = c.answer, nil
		return message, now
	case c.answer != nil:
		return nil, c.due
	case len(c.in) > 0:
		return nil, c.heard.Add(c.gap)
	}
	return nil, time.Time{}
}

// advance takes the frame that a silence has ended by now for whole.
func (c *Chip) advance(now time.Time) {
	if c.heard.After(now) || c.answer != nil && c.due.After(now.Add(turnaround)) { // the clock was set back
		c.in, c.answer = nil, nil
	}
	end := c.heard.Add(c.gap)
	if len(c.in) == 0 || end.After(now) {
		return
	}
	c.answer, c.due = c.obey(end, c.in), end.Add(turnaround)
	c.in = c.in[:0]
}
