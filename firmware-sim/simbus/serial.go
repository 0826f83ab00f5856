package simbus

import (
	"fmt"
	"io"
	"time"

	"periph.io/x/conn/v3/uart"
)

const (
	// readFor is how long a Read waits at most, in real time.
	readFor = 200 * time.Millisecond
	// nap is the shortest sleep of a reader: what a fast clock sends within it
	// comes at once.
	nap = 10 * time.Millisecond
)

type serialSlot struct {
	*Plug
	chip SerialChip
	baud int
	open *port // who has it open; guarded by the plug's mu
}

// port is one opening of a serial port. Read is for one goroutine; Write and
// Close may be called beside it.
type port struct {
	slot   *serialSlot
	clock  Clock
	pulled int
	deaf   bool // opened at another speed or parity

	unread []byte // guarded by the plug's mu, as is closed
	closed bool
}

var _ io.ReadWriteCloser = (*port)(nil)

// opened returns a new opening of the port at a speed in baud.
func (s *serialSlot) opened(c Clock, baud int, parity uart.Parity) (*port, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.fault == Unplugged:
		return nil, ErrUnplugged
	case s.open != nil && s.open.pulled == s.pulled:
		return nil, ErrBusy
	}
	p := &port{slot: s, clock: c, pulled: s.pulled, deaf: baud != s.baud || parity != uart.NoParity}
	p.fill(c.Now())
	p.unread = nil
	s.open = p
	return p, nil
}

// gone returns why the port no longer works, or nil. It wants the plug's mu.
func (p *port) gone() error {
	switch {
	case p.closed:
		return ErrClosed
	case p.pulled != p.slot.pulled:
		return ErrUnplugged
	}
	return nil
}

// fill takes what the chip has sent, as the wire brings it, and returns when it
// sends next. It wants the plug's mu.
func (p *port) fill(now time.Time) time.Time {
	for {
		message, next := p.slot.chip.Send(now)
		if message == nil {
			return next
		}
		switch p.slot.fault {
		case None:
		case Garbage:
			p.slot.garble(message)
		case Half:
			message = message[:len(message)/2]
		default:
			continue
		}
		if p.deaf {
			p.slot.garble(message)
		}
		p.unread = append(p.unread, message...)
	}
}

func (p *port) Read(b []byte) (int, error) {
	limit := time.NewTimer(readFor)
	defer limit.Stop()
	for {
		n, wait, stir, err := p.take(b)
		if n > 0 || err != nil || len(b) == 0 {
			return n, err
		}
		soon := time.NewTimer(wait)
		select {
		case <-limit.C:
			soon.Stop()
			return 0, nil
		case <-soon.C:
		case <-stir:
			soon.Stop()
		}
	}
}

// take gives what there is, or how long to sleep and what to wake for.
func (p *port) take(b []byte) (n int, wait time.Duration, stir <-chan struct{}, err error) {
	p.slot.mu.Lock()
	defer p.slot.mu.Unlock()
	if err := p.gone(); err != nil {
		return 0, 0, nil, fmt.Errorf("read serial port %s: %w", p.slot.name, err)
	}
	now := p.clock.Now()
	wait = readFor
	if next := p.fill(now); !next.IsZero() {
		real := float64(next.Sub(now)) / p.clock.Speed()
		wait = min(readFor, max(nap, time.Duration(real)))
	}
	n = copy(b, p.unread)
	if p.unread = p.unread[n:]; len(p.unread) == 0 {
		p.unread = nil
	}
	return n, wait, p.slot.stir, nil
}

func (p *port) Write(b []byte) (int, error) {
	p.slot.mu.Lock()
	defer p.slot.mu.Unlock()
	if err := p.gone(); err != nil {
		return 0, fmt.Errorf("write serial port %s: %w", p.slot.name, err)
	}
	if heard := p.slot.fault == None || p.slot.fault == Half; heard && !p.deaf {
		p.slot.chip.Receive(p.clock.Now(), b)
		p.slot.wake()
	}
	return len(b), nil
}

func (p *port) Close() error {
	p.slot.mu.Lock()
	defer p.slot.mu.Unlock()
	if p.closed {
		return fmt.Errorf("close serial port %s: %w", p.slot.name, ErrClosed)
	}
	p.closed = true
	if p.slot.open == p {
		p.slot.open = nil
	}
	p.slot.wake()
	return nil
}
