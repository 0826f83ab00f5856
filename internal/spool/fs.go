package spool

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// FS is what the spool needs of a file system. Tests put faults in below it.
// Names are paths as Open's dir gives them.
type FS interface {
	// MkdirAll makes dir and its parents, readable by the owner only, so that
	// they survive a power cut.
	MkdirAll(dir string) error
	// ReadDir names the files in dir, without the path, in any order.
	ReadDir(dir string) ([]string, error)
	// Create makes an empty file, or empties the one that is there.
	Create(name string) (File, error)
	// Open opens an existing file to read and write; the error is
	// fs.ErrNotExist where there is none.
	Open(name string) (File, error)
	Remove(name string) error
	// Rename replaces to. Neither file is open.
	Rename(from, to string) error
	// SyncDir makes what was created, renamed and removed in dir durable.
	SyncDir(dir string) error
	// Free is how many bytes an ordinary user may still write in dir.
	Free(dir string) (int64, error)
	// Lock holds name until the Closer is closed; the error is ErrLocked where
	// another holds it.
	Lock(name string) (io.Closer, error)
	// DiskFull says whether an error of this file system means that there is no
	// room left.
	DiskFull(err error) bool
}

// File is an open file of an FS.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Truncate(size int64) error
	// Sync returns when everything written is on the disk.
	Sync() error
	Size() (int64, error)
}

// short says that a file was not opened because the process or the machine has
// too many open, or no memory. That tells nothing of the file.
func short(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) || errors.Is(err, syscall.ENOMEM)
}

// osFS is the operating system's file system.
type osFS struct{}

var _ FS = osFS{}

func (osFS) MkdirAll(dir string) error {
	info, err := os.Stat(dir)
	if err == nil {
		if !info.IsDir() {
			return &fs.PathError{Op: "mkdir", Path: dir, Err: errors.New("a file is in the way")}
		}
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := (osFS{}).MkdirAll(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return osFS{}.SyncDir(parent)
}

func (osFS) ReadDir(dir string) ([]string, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Readdirnames(-1)
}

func (osFS) Create(name string) (File, error) {
	return openFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
}

func (osFS) Open(name string) (File, error) { return openFile(name, os.O_RDWR) }

func (osFS) Remove(name string) error { return os.Remove(name) }

func (osFS) Rename(from, to string) error { return os.Rename(from, to) }

// osFile adds Size to os.File.
type osFile struct{ *os.File }

var _ File = osFile{}

func openFile(name string, flag int) (File, error) {
	f, err := os.OpenFile(name, flag, 0o600)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
