package bus

import (
	"io"
	"sync"

	"periph.io/x/conn/v3/uart"
)

// Serial implements driver.Board.
func (r *Recorder) Serial(path string, baud int, parity uart.Parity) (io.ReadWriteCloser, error) {
	p, err := r.machine.Serial(path, baud, parity)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.opens++
	r.addLocked(event{Op: opSerialOpen, On: path, Open: r.opens, Baud: baud, Parity: string(parity), Err: failed(err)})
	if err != nil {
		return nil, err
	}
	return &recordedPort{port: p, rec: r, path: path, open: r.opens}, nil
}

type recordedPort struct {
	port io.ReadWriteCloser
	rec  *Recorder
	path string
	open int
	once sync.Once // for the tape: the first Close is the one
}

// Read implements io.Reader. Silence is not on the tape: the next event's time
// tells of it.
func (p *recordedPort) Read(b []byte) (int, error) {
	n, err := p.port.Read(b)
	if n > 0 || err != nil {
		p.rec.add(event{Op: opRead, On: p.path, Open: p.open, R: b[:n], Err: failed(err)})
	}
	return n, err
}

// Write implements io.Writer.
func (p *recordedPort) Write(b []byte) (int, error) {
	// It stands on the tape before what answers it.
	p.rec.mu.Lock()
	defer p.rec.mu.Unlock()
	n, err := p.port.Write(b)
	p.rec.addLocked(event{Op: opWrite, On: p.path, Open: p.open, W: b, Err: failed(err)})
	return n, err
}

// Close implements io.Closer.
func (p *recordedPort) Close() error {
	err := p.port.Close()
	p.once.Do(func() { p.rec.add(event{Op: opClose, On: p.path, Open: p.open, Err: failed(err)}) })
	return err
}
