package readout

import (
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/siaga-id/siaga/internal/spool"
)

// lookOnly is a file system for a spool that is only looked at: what the spool
// would write or remove goes nowhere.
type lookOnly struct{}

var _ spool.FS = lookOnly{}

// MkdirAll implements spool.FS. It makes nothing, and wants the directory there.
func (lookOnly) MkdirAll(dir string) error {
	_, err := os.Stat(dir)
	return err
}

// ReadDir implements spool.FS.
func (lookOnly) ReadDir(dir string) ([]string, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Readdirnames(-1)
}

// Create implements spool.FS.
func (lookOnly) Create(string) (spool.File, error) { return nowhere{}, nil }

// Open implements spool.FS.
func (lookOnly) Open(name string) (spool.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	return lookFile{f, nowhere{size: info.Size()}}, nil
}

// Remove implements spool.FS.
func (lookOnly) Remove(string) error { return nil }

// Rename implements spool.FS.
func (lookOnly) Rename(string, string) error { return nil }

// SyncDir implements spool.FS.
func (lookOnly) SyncDir(string) error { return nil }

// DiskFull implements spool.FS: nothing is written.
func (lookOnly) DiskFull(error) bool { return false }

// Lock implements spool.FS. It holds nothing: a look must not keep an agent from
// starting. It only finds out whether one runs.
func (lookOnly) Lock(name string) (io.Closer, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("look at queue: %w", err)
	}
	if err := tryLock(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("look at queue: %w", err)
	}
	return nowhere{}, f.Close()
}

// lookFile is a file of which only reading reaches the disk.
type lookFile struct {
	file *os.File
	nowhere
}

// ReadAt implements spool.File.
func (f lookFile) ReadAt(b []byte, off int64) (int, error) { return f.file.ReadAt(b, off) }

// Close implements spool.File.
func (f lookFile) Close() error { return f.file.Close() }

// nowhere is a file that takes everything and keeps nothing.
type nowhere struct{ size int64 }

// ReadAt implements spool.File.
func (nowhere) ReadAt([]byte, int64) (int, error) { return 0, fs.ErrInvalid }

// WriteAt implements spool.File.
func (nowhere) WriteAt(b []byte, _ int64) (int, error) { return len(b), nil }

// Truncate implements spool.File.
func (nowhere) Truncate(int64) error { return nil }

// Sync implements spool.File.
func (nowhere) Sync() error { return nil }

// Close implements spool.File.
func (nowhere) Close() error { return nil }

// Size implements spool.File.
func (n nowhere) Size() (int64, error) { return n.size, nil }
