package simbus

import (
	"errors"
	"fmt"
	"sync"
)

// Fault is what is wrong with a chip's wires.
type Fault int

// The faults. A wire that cannot show one of them treats it as silence.
const (
	// None is a sound chip.
	None Fault = iota
	// Silent is a chip without power: no byte, no acknowledge, no edge.
	Silent
	// Garbage is a noisy wire: every message or answer comes with flipped bits,
	// and every edge of a line bounces.
	Garbage
	// Half is a wire that breaks off: of every message or answer only the first
	// half comes. An I2C answer ends in FF, as an idle bus reads.
	Half
	// NACK is a chip that refuses: on I2C no acknowledge, elsewhere silence.
	NACK
	// Unplugged is a chip that is not there. A serial port that was open fails
	// for good and has to be opened again after the fault has gone.
	Unplugged
)

var faultNames = [...]string{"none", "silent", "garbage", "half", "nack", "unplugged"}

// String returns the fault's name.
func (f Fault) String() string {
	if f < None || f > Unplugged {
		return fmt.Sprintf("fault %d", int(f))
	}
	return faultNames[f]
}

// Errors of a board's buses.
var (
	// ErrNotFound means that the board has no such bus, port or line.
	ErrNotFound = errors.New("no such device")
	// ErrUnplugged means that the device behind a port is gone.
	ErrUnplugged = errors.New("device unplugged")
	// ErrBusy means that a port is open already.
	ErrBusy = errors.New("port busy")
	// ErrClosed means that a port or bus was closed here.
	ErrClosed = errors.New("closed")
	// ErrNoAcknowledge means that no chip answers at an I2C address.
	ErrNoAcknowledge = errors.New("remote I/O error: no acknowledge")
)

// Plug is where a chip sits on the board. Its methods may be called
// concurrently with everything else.
type Plug struct {
	name string

	mu     sync.Mutex // guards what follows and every call of the chip
	fault  Fault
	pulled int           // how often it was unplugged; an open port remembers
	stir   chan struct{} // closed and replaced when waiting readers must look again
	noise  uint64        // state of the garbage
}

func newPlug(name string) *Plug {
	p := &Plug{name: name, stir: make(chan struct{}), noise: 1}
	for _, c := range []byte(name) {
		p.noise = p.noise*31 + uint64(c)
	}
	return p
}

// Name returns where the plug is, such as "/dev/ttyS1" or "i2c-1 0x76".
func (p *Plug) Name() string { return p.name }

// Fault returns what is wrong with the chip now.
func (p *Plug) Fault() Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fault
}

// SetFault puts a fault on the chip's wires, or with None takes it away. It
// works at once: readers that wait see it.
func (p *Plug) SetFault(f Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f == Unplugged && p.fault != Unplugged {
		p.pulled++
	}
	p.fault = f
	p.wake()
}

// wake makes waiting readers look again. It wants mu.
func (p *Plug) wake() {
	close(p.stir)
	p.stir = make(chan struct{})
}

// garble flips bits in b, at least one of every message. It wants mu.
func (p *Plug) garble(b []byte) {
	for i := range b {
		p.noise ^= p.noise << 13
		p.noise ^= p.noise >> 7
		p.noise ^= p.noise << 17
		if i == len(b)/2 || p.noise&3 == 0 {
			b[i] ^= byte(p.noise>>32) | 1
		}
	}
}
