package spool

import (
	"errors"
	"io"
)

const (
	windowBytes = 64 << 10
	diskBlock   = 4 << 10
)

// window reads a file through one buffer. A block that the disk cannot read
// comes as zeros, which no checksum accepts, so that its neighbours live.
type window struct {
	r    io.ReaderAt
	size int64
	at   int64 // where buf begins in the file
	buf  []byte
	step int   // how much to read at once; 0 means windowBytes
	err  error // the first reading error
}

// bytes gives n bytes from off; both must lie within size. They are valid until
// the next call.
func (w *window) bytes(off int64, n int) []byte {
	if off < w.at || off+int64(n) > w.at+int64(len(w.buf)) {
		w.fill(off, n)
	}
	i := off - w.at
	return w.buf[i : i+int64(n)]
}

func (w *window) fill(off int64, n int) {
	step := w.step
	if step == 0 {
		step = windowBytes
	}
	n = int(min(int64(max(n, step)), w.size-off))
	if cap(w.buf) < n {
		w.buf = make([]byte, n)
	}
	w.at, w.buf = off, w.buf[:n]
	got, err := w.r.ReadAt(w.buf, off)
	if got == n {
		return
	}
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	if w.err == nil {
		w.err = err
	}
	clear(w.buf[got:])
	if errors.Is(err, io.EOF) {
		return
	}
	for i := got - got%diskBlock; i < n; i += diskBlock {
		block := w.buf[i:min(i+diskBlock, n)]
		if got, err := w.r.ReadAt(block, off+int64(i)); got < len(block) && err != nil {
			clear(block[got:])
		}
	}
}
