package enrol

import (
	"errors"
	"io"
	"io/fs"
	"slices"

	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/internal/wholefile"
)

var errCut = errors.New("the power is gone")

// fakeDisk is a directory that forgets, when the power goes, what was not synced:
// of a file's bytes any beginning is left, of the names any first part of the
// changes since the last sync.
type fakeDisk struct {
	names   map[string]*content // as programs see it
	changes []func(map[string]*content)
	durable map[string]*content
	steps   int // until the power goes; negative is never
}

type content struct {
	bytes  []byte
	synced int
}

func newFakeDisk() *fakeDisk {
	return &fakeDisk{names: map[string]*content{}, durable: map[string]*content{}, steps: -1}
}

// copied returns a disk with what is on d, all of it durable.
func (d *fakeDisk) copied() *fakeDisk {
	other := newFakeDisk()
	for name, c := range d.names {
		c := &content{slices.Clone(c.bytes), len(c.bytes)}
		other.names[name], other.durable[name] = c, c
	}
	return other
}

// step is one thing that the power may go before.
func (d *fakeDisk) step() error {
	if d.steps == 0 {
		return errCut
	}
	d.steps--
	return nil
}

func (d *fakeDisk) change(do func(map[string]*content)) error {
	if err := d.step(); err != nil {
		return err
	}
	do(d.names)
	d.changes = append(d.changes, do)
	return nil
}

// restart returns what a machine finds that gets its power back.
func (d *fakeDisk) restart(t *rapid.T) *fakeDisk {
	after := newFakeDisk()
	for _, do := range d.changes[:rapid.IntRange(0, len(d.changes)).Draw(t, "changes of names that were written")] {
		do(d.durable)
	}
	for name, c := range d.durable {
		n := rapid.IntRange(c.synced, len(c.bytes)).Draw(t, "bytes of "+name)
		c := &content{slices.Clone(c.bytes[:n]), n}
		after.names[name], after.durable[name] = c, c
	}
	return after
}

func (d *fakeDisk) Read(name string, limit int64) ([]byte, error) {
	c := d.names[name]
	if c == nil {
		return nil, fs.ErrNotExist
	}
	return slices.Clone(c.bytes[:min(limit, int64(len(c.bytes)))]), nil
}

func (d *fakeDisk) Create(name string) (wholefile.File, error) {
	c := &content{}
	if err := d.change(func(names map[string]*content) { names[name] = c }); err != nil {
		return nil, err
	}
	return &fakeFile{d, c}, nil
}

func (d *fakeDisk) Rename(from, to string) error {
	return d.change(func(names map[string]*content) {
		if names[from] != nil {
			names[to] = names[from]
			delete(names, from)
		}
	})
}

func (d *fakeDisk) Remove(name string) error {
	return d.change(func(names map[string]*content) { delete(names, name) })
}

func (d *fakeDisk) SyncDir() error {
	if err := d.step(); err != nil {
		return err
	}
	for _, do := range d.changes {
		do(d.durable)
	}
	d.changes = nil
	return nil
}

func (d *fakeDisk) Lock(string) (io.Closer, error) { return io.NopCloser(nil), nil }

type fakeFile struct {
	d *fakeDisk
	c *content
}

func (f *fakeFile) Write(b []byte) (int, error) {
	if err := f.d.step(); err != nil {
		f.c.bytes = append(f.c.bytes, b[:len(b)/2]...)
		return len(b) / 2, err
	}
	f.c.bytes = append(f.c.bytes, b...)
	return len(b), nil
}

func (f *fakeFile) Sync() error {
	if err := f.d.step(); err != nil {
		return err
	}
	f.c.synced = len(f.c.bytes)
	return nil
}

func (f *fakeFile) Close() error { return nil }
