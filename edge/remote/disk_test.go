package remote

import (
	"bytes"
	"errors"
	"io"
	"io/fs"

	"github.com/siaga-id/siaga/internal/wholefile"
)

// memory is a disk that forgets, with the power, what was not made durable.
type memory struct {
	// names are the directory as the running system sees it, durable as the disk
	// has it.
	names, durable map[string]*content
	// cut is after how many steps the power goes; negative is never.
	cut int
}

type content struct{ is, synced []byte }

var (
	_ wholefile.Disk = (*memory)(nil)

	errPower = errors.New("no power")
)

func newMemory() *memory {
	return &memory{names: map[string]*content{}, durable: map[string]*content{}, cut: -1}
}

// step is one that the power may go before.
func (m *memory) step() error {
	if m.cut == 0 {
		return errPower
	}
	if m.cut > 0 {
		m.cut--
	}
	return nil
}

// restart is what is there when the power is back. Of renames that were not made
// durable, all or none has happened.
func (m *memory) restart(renamed bool) *memory {
	from := m.durable
	if renamed {
		from = m.names
	}
	after := newMemory()
	for name, c := range from {
		kept := &content{bytes.Clone(c.synced), bytes.Clone(c.synced)}
		after.names[name], after.durable[name] = kept, kept
	}
	return after
}

func (m *memory) Read(name string, limit int64) ([]byte, error) {
	c, ok := m.names[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return bytes.Clone(c.is[:min(int64(len(c.is)), limit)]), nil
}

func (m *memory) Create(name string) (wholefile.File, error) {
	if err := m.step(); err != nil {
		return nil, err
	}
	c := &content{}
	m.names[name] = c
	return &open{m, c}, nil
}

func (m *memory) Rename(from, to string) error {
	if err := m.step(); err != nil {
		return err
	}
	m.names[to] = m.names[from]
	delete(m.names, from)
	return nil
}

func (m *memory) Remove(name string) error {
	if err := m.step(); err != nil {
		return err
	}
	delete(m.names, name)
	return nil
}

func (m *memory) SyncDir() error {
	if err := m.step(); err != nil {
		return err
	}
	clear(m.durable)
	for name, c := range m.names {
		m.durable[name] = c
	}
	return nil
}

func (m *memory) Lock(string) (io.Closer, error) { return io.NopCloser(nil), nil }

type open struct {
	m *memory
	c *content
}

func (o *open) Write(b []byte) (int, error) {
	if err := o.m.step(); err != nil {
		return 0, err
	}
	o.c.is = append(o.c.is, b...)
	return len(b), nil
}

func (o *open) Sync() error {
	if err := o.m.step(); err != nil {
		return err
	}
	o.c.synced = bytes.Clone(o.c.is)
	return nil
}

func (o *open) Close() error { return nil }
