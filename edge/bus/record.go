package bus

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"time"

	"periph.io/x/conn/v3/i2c"
)

// Recorder is a machine that writes down everything that passes between it and
// whoever uses it, so that Replay can play a visit to real hardware again. Its
// methods may be called concurrently.
type Recorder struct {
	machine Machine
	began   time.Time

	mu    sync.Mutex
	w     io.Writer
	opens int
	err   error // the first error of w

	// txMu holds transfers of all buses in the order of the tape.
	txMu sync.Mutex
}

var _ Machine = (*Recorder)(nil)

// Record begins a tape of what m does, written to w line by line as it happens:
// w needs no flushing. The machine stays the caller's. Nothing but the first
// error of w is kept, and Err tells it: recording must not stop a measurement.
func Record(m Machine, w io.Writer) (*Recorder, error) {
	r := &Recorder{machine: m, began: time.Now(), w: w}
	model, err := fs.ReadFile(m.Files(), "proc/device-tree/model")
	if err != nil {
		model = nil // not a board with a device tree
	}
	h := Header{
		Version: tapeVersion, Model: strings.TrimRight(string(model), "\x00\n"), Date: r.began.UTC().Truncate(time.Second),
		I2C: m.I2CBuses(), Serial: m.SerialPorts(),
	}
	line, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("begin tape: %w", err)
	}
	if _, err := w.Write(append(line, '\n')); err != nil {
		return nil, fmt.Errorf("begin tape: %w", err)
	}
	return r, nil
}

// Err returns why the tape is not whole; nil where it is.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// add writes an event as of now.
func (r *Recorder) add(e event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.addLocked(e)
}

func (r *Recorder) addLocked(e event) {
	e.Micros = time.Since(r.began).Microseconds()
	line, err := json.Marshal(e)
	if err == nil {
		_, err = r.w.Write(append(line, '\n'))
	}
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("write tape: %w", err)
	}
}

// I2CBuses implements Machine.
func (r *Recorder) I2CBuses() []string { return r.machine.I2CBuses() }

// SerialPorts implements Machine.
func (r *Recorder) SerialPorts() []string { return r.machine.SerialPorts() }

// I2C implements driver.Board.
func (r *Recorder) I2C(name string) (i2c.BusCloser, error) {
	b, err := r.machine.I2C(name)
	r.add(event{Op: opI2COpen, On: name, Err: failed(err)})
	if err != nil {
		return nil, err
	}
	return recordedBus{b, r, name}, nil
}

type recordedBus struct {
	i2c.BusCloser
	rec  *Recorder
	name string
}

// Tx implements i2c.Bus.
func (b recordedBus) Tx(addr uint16, w, r []byte) error {
	b.rec.txMu.Lock()
	defer b.rec.txMu.Unlock()
	err := b.BusCloser.Tx(addr, w, r)
	b.rec.add(event{Op: opTx, On: b.name, Addr: addr, W: w, R: r, Err: failed(err)})
	return err
}

// Files implements driver.Board.
func (r *Recorder) Files() fs.FS { return recordedFiles{r.machine.Files(), r} }

// Command implements driver.Board.
func (r *Recorder) Command(ctx context.Context, name string, args ...string) ([]byte, error) {
	out, err := r.machine.Command(ctx, name, args...)
	e := event{Op: opCommand, On: commandLine(name, args), Err: failed(err)}
	e.setContent(out)
	r.add(e)
	return out, err
}

func commandLine(name string, args []string) string {
	return strings.Join(append([]string{name}, args...), " ")
}
