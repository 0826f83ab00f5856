package spool

import (
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
)

// errPowerCut is what every operation answers after the power has failed or the
// process was killed.
var errPowerCut = errors.New("power cut")

// memFS is a file system in memory that forgets, at a crash, what was not
// synced: bytes of files, and names in the directory. It fails where a test
// tells it to.
type memFS struct {
	mu      sync.Mutex
	names   map[string]*inode // as a process sees them
	durable map[string]*inode // as the disk has them
	locked  map[string]bool
	boot    int // counts crashes; what was opened before one is dead

	// fault is asked before every operation that changes something, and before
	// open and read; an error is the operation's answer. A failing write has
	// written half.
	fault    func(op, name string) error
	capacity int64 // bytes that all files together may have; 0: any number
	lies     bool  // Free does not see the capacity
	syncs    int
}

type inode struct {
	data    []byte
	synced  []byte
	pending []change // since synced
}

// change is a write, or a truncation when data is nil.
type change struct {
	off  int64
	data []byte
}

func (c change) apply(b []byte) []byte {
	if c.data == nil {
		return resize(b, c.off)
	}
	if n := c.off + int64(len(c.data)); n > int64(len(b)) {
		b = resize(b, n)
	}
	copy(b[c.off:], c.data)
	return b
}

func resize(b []byte, n int64) []byte {
	if n <= int64(len(b)) {
		return b[:n]
	}
	return append(b, make([]byte, n-int64(len(b)))...)
}

var _ FS = (*memFS)(nil)

func newMemFS() *memFS {
	return &memFS{names: map[string]*inode{}, durable: map[string]*inode{}, locked: map[string]bool{}}
}

// kill is the end of the process only: what it wrote stays.
func (m *memFS) kill() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.boot++
	m.fault = nil
	m.locked = map[string]bool{}
}

// crash loses at random what was not synced: each name, each write, and parts of
// writes, whose blocks may be there, be zero, or be missing at the end.
func (m *memFS) crash(rng *rand.Rand) {
	m.kill()
	m.mu.Lock()
	defer m.mu.Unlock()
	survivors := map[string]*inode{}
	all := map[string]bool{}
	for n := range m.names {
		all[n] = true
	}
	for n := range m.durable {
		all[n] = true
	}
	names := make([]string, 0, len(all))
	for n := range all {
		names = append(names, n)
	}
	slices.Sort(names) // so that a seed means one crash
	for _, n := range names {
		from := m.durable
		if rng.IntN(2) == 0 {
			from = m.names
		}
		if ino := from[n]; ino != nil {
			survivors[n] = ino
		}
	}
	for _, n := range names {
		ino := survivors[n]
		if ino == nil || ino.pending == nil && slices.Equal(ino.data, ino.synced) {
			continue
		}
		b := slices.Clone(ino.synced)
		for _, c := range ino.pending {
			switch rng.IntN(4) {
			case 0:
			case 1:
				if n := len(c.data); n > 0 { // a part of it, the rest zero or not there
					torn := slices.Clone(c.data)
					k := rng.IntN(n)
					if rng.IntN(2) == 0 {
						torn = torn[:k]
					} else {
						clear(torn[k:])
					}
					if len(torn) > 0 {
						b = change{c.off, torn}.apply(b)
					}
				}
			default:
				b = c.apply(b)
			}
		}
		ino.data, ino.synced, ino.pending = b, slices.Clone(b), nil
	}
	m.names = survivors
	m.durable = map[string]*inode{}
	for n, ino := range survivors {
		m.durable[n] = ino
	}
}

// clone is an independent copy of what a process sees, all of it durable.
func (m *memFS) clone() *memFS {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := newMemFS()
	for n, ino := range m.names {
		b := slices.Clone(ino.data)
		c.names[n] = &inode{data: b, synced: slices.Clone(b)}
		c.durable[n] = c.names[n]
	}
	return c
}

// edit changes a file behind the spool's back, durably.
func (m *memFS) edit(name string, fn func([]byte) []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	ino := m.names[name]
	b := fn(slices.Clone(ino.data))
	ino.data, ino.synced, ino.pending = b, slices.Clone(b), nil
}

func (m *memFS) used() int64 {
	var n int64
	for _, ino := range m.names {
		n += int64(len(ino.data))
	}
	return n
}

func (m *memFS) ask(op, name string) error {
	if m.fault == nil {
		return nil
	}
	return m.fault(op, filepath.Base(name))
}

func (m *memFS) MkdirAll(string) error { return nil }

func (m *memFS) ReadDir(dir string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var names []string
	for n := range m.names {
		if filepath.Dir(n) == filepath.Clean(dir) {
			names = append(names, filepath.Base(n))
		}
	}
	return names, nil
}

func (m *memFS) Create(name string) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.ask("create", name); err != nil {
		return nil, err
	}
	if ino := m.names[name]; ino != nil {
		ino.data = nil
		ino.pending = append(ino.pending, change{})
	} else {
		m.names[name] = &inode{}
	}
	return &memFile{m, name, m.names[name], m.boot}, nil
}

func (m *memFS) Open(name string) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.ask("open", name); err != nil {
		return nil, err
	}
	ino := m.names[name]
	if ino == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &memFile{m, name, ino, m.boot}, nil
}

func (m *memFS) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.ask("remove", name); err != nil {
		return err
	}
	if m.names[name] == nil {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	delete(m.names, name)
	return nil
}

func (m *memFS) Rename(from, to string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.ask("rename", to); err != nil {
		return err
	}
	m.names[to] = m.names[from]
	delete(m.names, from)
	return nil
}

func (m *memFS) SyncDir(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.ask("syncdir", dir); err != nil {
		return err
	}
	m.durable = map[string]*inode{}
	for n, ino := range m.names {
		m.durable[n] = ino
	}
	return nil
}

func (m *memFS) Free(string) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.capacity == 0 || m.lies {
		return 1 << 40, nil
	}
	return m.capacity - m.used(), nil
}

func (m *memFS) Lock(name string) (io.Closer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.locked[name] {
		return nil, ErrLocked
	}
	m.locked[name] = true
	return memLock{m, name}, nil
}

func (m *memFS) DiskFull(err error) bool { return errors.Is(err, syscall.ENOSPC) }

type memLock struct {
	m    *memFS
	name string
}

func (l memLock) Close() error {
	l.m.mu.Lock()
	defer l.m.mu.Unlock()
	delete(l.m.locked, l.name)
	return nil
}

type memFile struct {
	m    *memFS
	name string
	ino  *inode
	boot int
}

func (f *memFile) ask(op string) error {
	if f.boot != f.m.boot {
		return errPowerCut
	}
	return f.m.ask(op, f.name)
}

func (f *memFile) ReadAt(b []byte, off int64) (int, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if err := f.ask("read"); err != nil {
		return 0, err
	}
	if off >= int64(len(f.ino.data)) {
		return 0, io.EOF
	}
	n := copy(b, f.ino.data[off:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (f *memFile) WriteAt(b []byte, off int64) (int, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	err := f.ask("write")
	n := len(b)
	if err != nil {
		n /= 2
	}
	if grow := off + int64(n) - int64(len(f.ino.data)); f.m.capacity > 0 && grow > 0 {
		if room := f.m.capacity - f.m.used(); room < grow {
			n -= int(min(grow-room, int64(n)))
			err = syscall.ENOSPC
		}
	}
	if n > 0 {
		c := change{off, slices.Clone(b[:n])}
		f.ino.data = c.apply(f.ino.data)
		f.ino.pending = append(f.ino.pending, c)
	}
	return n, err
}

func (f *memFile) Truncate(size int64) error {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if err := f.ask("truncate"); err != nil {
		return err
	}
	f.ino.data = resize(f.ino.data, size)
	f.ino.pending = append(f.ino.pending, change{off: size})
	return nil
}

func (f *memFile) Sync() error {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if err := f.ask("sync"); err != nil {
		return err
	}
	f.m.syncs++
	f.ino.synced, f.ino.pending = slices.Clone(f.ino.data), nil
	return nil
}

func (f *memFile) Size() (int64, error) {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	return int64(len(f.ino.data)), nil
}

func (f *memFile) Close() error { return nil }
