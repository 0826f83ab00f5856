package bus

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
)

// Tape is a machine that says again what a recorded one said, to whoever asks
// the same questions. Each chip, port, pin, file and command is held to its own
// order, so that sensors may be read beside each other in another order than
// when it was recorded. Chips, files and commands answer at once; ports and
// pins in the pace in which they were recorded. Its methods may be called
// concurrently.
type Tape struct {
	header Header

	mu       sync.Mutex
	i2c      map[string]*track // by bus: the openings
	chips    map[chip]*track
	openings map[string][]*opening // by port, those not opened yet
	pins     map[string]*pinTrack
	outputs  map[string]*track
	files    map[string]*track
	commands map[string]*track
}

var _ Machine = (*Tape)(nil)

type chip struct {
	bus  string
	addr uint16
}

// Replay reads a tape that Record wrote.
func Replay(r io.Reader) (*Tape, error) {
	header, events, err := readTape(r)
	if err != nil {
		return nil, err
	}
	t := &Tape{
		header: header, i2c: map[string]*track{}, chips: map[chip]*track{}, openings: map[string][]*opening{},
		pins: map[string]*pinTrack{}, outputs: map[string]*track{}, files: map[string]*track{}, commands: map[string]*track{},
	}
	open := map[int]*opening{}
	for _, e := range events {
		switch e.Op {
		case opI2COpen:
			add(t.i2c, e.On, e)
		case opTx:
			add(t.chips, chip{e.On, e.Addr}, e)
		case opSerialOpen:
			o := newOpening(e)
			open[e.Open] = o
			t.openings[e.On] = append(t.openings[e.On], o)
		case opRead, opWrite, opClose:
			o := open[e.Open]
			if o == nil {
				return nil, fmt.Errorf("read tape: line %d: %s of port %s, which was not opened", e.line, e.Op, e.On)
			}
			o.add(e)
		case opPin, opIn, opLevel, opEdge:
			if t.pins[e.On] == nil {
				t.pins[e.On] = &pinTrack{}
			}
			if err := t.pins[e.On].add(e); err != nil {
				return nil, fmt.Errorf("read tape: line %d: pin %s: %w", e.line, e.On, err)
			}
		case opOutput, opOut:
			add(t.outputs, e.On, e)
		case opFile, opDir:
			add(t.files, e.On, e)
		case opCommand:
			add(t.commands, e.On, e)
		default:
			return nil, fmt.Errorf("read tape: line %d: %q is nothing that this program knows: update it", e.line, e.Op)
		}
	}
	return t, nil
}

// Header returns the tape's own first line. The slices are the tape's.
func (t *Tape) Header() Header { return t.header }

// I2CBuses implements Machine.
func (t *Tape) I2CBuses() []string { return slices.Clone(t.header.I2C) }

// SerialPorts implements Machine.
func (t *Tape) SerialPorts() []string { return slices.Clone(t.header.Serial) }

// track is a line of events in their order.
type track struct {
	events []event
	next   int
}

func add[K comparable](tracks map[K]*track, key K, e event) {
	if tracks[key] == nil {
		tracks[key] = &track{}
	}
	tracks[key].events = append(tracks[key].events, e)
}

// peek returns the event that comes next; false at the end. Who takes it counts
// next up: one that does not fit stays, and whoever asks then is told the same.
func (t *track) peek() (event, bool) {
	if t == nil || t.next == len(t.events) {
		return event{}, false
	}
	return t.events[t.next], true
}

// state takes an event of what is asked again and again, and stays as it was
// last.
func (t *track) state() (event, bool) {
	if t == nil {
		return event{}, false
	}
	t.next = min(t.next+1, len(t.events))
	return t.events[t.next-1], true
}

// I2C implements driver.Board.
func (t *Tape) I2C(name string) (i2c.BusCloser, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e, ok := t.i2c[name].state()
	if !ok {
		return nil, fmt.Errorf("open i2c bus %q: %w: it was never opened", name, ErrTape)
	}
	if e.Err != nil {
		return nil, e.Err.err()
	}
	return tapeBus{t, name}, nil
}

type tapeBus struct {
	tape *Tape
	name string
}

func (b tapeBus) String() string                  { return b.name }
func (b tapeBus) SetSpeed(physic.Frequency) error { return nil }
func (b tapeBus) Close() error                    { return nil }

// Tx implements i2c.Bus.
func (b tapeBus) Tx(addr uint16, w, r []byte) error {
	b.tape.mu.Lock()
	defer b.tape.mu.Unlock()
	t := b.tape.chips[chip{b.name, addr}]
	e, ok := t.peek()
	if !ok {
		return fmt.Errorf("transfer on %s with 0x%02x: %w: the tape ends before write of [% x], read of %d bytes", b.name, addr, ErrTape, w, len(r))
	}
	if !bytes.Equal(e.W, w) || len(e.R) != len(r) {
		return fmt.Errorf("transfer on %s with 0x%02x: %w: line %d has a write of [% x] and a read of %d bytes, not [% x] and %d",
			b.name, addr, ErrTape, e.line, []byte(e.W), len(e.R), w, len(r))
	}
	t.next++
	copy(r, e.R)
	return e.Err.err()
}

// Files implements driver.Board.
func (t *Tape) Files() fs.FS { return tapeFiles{t} }

type tapeFiles struct{ tape *Tape }

// Open implements fs.FS.
func (f tapeFiles) Open(name string) (fs.File, error) {
	f.tape.mu.Lock()
	defer f.tape.mu.Unlock()
	e, ok := f.tape.files[name].state()
	if !ok {
		return nil, fmt.Errorf("open %s: %w: it was never opened", name, ErrTape)
	}
	if e.Err != nil {
		return nil, e.Err.err()
	}
	return opened(e), nil
}

// Command implements driver.Board.
func (t *Tape) Command(ctx context.Context, name string, args ...string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("run %s: %w", name, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	line := commandLine(name, args)
	e, ok := t.commands[line].state()
	if !ok {
		return nil, fmt.Errorf("run %s: %w: it was never run", line, ErrTape)
	}
	return bytes.Clone(e.content()), e.Err.err()
}
