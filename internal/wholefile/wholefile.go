package wholefile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Disk is one directory. Tests put faults in below it.
type Disk interface {
	// Read returns a file's first limit bytes. The error is fs.ErrNotExist where
	// there is no such file.
	Read(name string, limit int64) ([]byte, error)
	// Create makes an empty file, or empties the one that is there.
	Create(name string) (File, error)
	Rename(from, to string) error
	Remove(name string) error
	// SyncDir makes names durable.
	SyncDir() error
	// Lock waits for other programs to finish a change under the same lock, a file
	// of that name, for some seconds, and returns what ends it. The error is ErrBusy
	// where they do not.
	Lock(name string) (io.Closer, error)
}

// File is a file that is being written.
type File interface {
	io.WriteCloser
	// Sync returns when everything written is on the disk.
	Sync() error
}

// ErrBusy: another program is changing the same files and does not finish.
var ErrBusy = errors.New("another program is changing it: end that and try again")

const (
	lockWait = 5 * time.Second
	lockTry  = 50 * time.Millisecond
)

// Replace puts b in the place of name: after a power cut either the old or the
// new content is there, and the new one once it has returned nil.
func Replace(d Disk, name string, b []byte) error {
	tmp := name + ".new"
	f, err := d.Create(tmp)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = d.Rename(tmp, name)
	}
	if err != nil {
		return errors.Join(err, d.Remove(tmp))
	}
	return d.SyncDir()
}

// Dir is a directory of the operating system's, by its path. It is made, for its
// owner alone, by the first Create or Lock. What root makes belongs to whom the
// directory, or the one that it was made in, belongs to: a technician who runs a
// tool as root must not lock the service out. Files have mode 0600.
type Dir string

var _ Disk = Dir("")

func (d Dir) path(name string) string { return filepath.Join(string(d), name) }

// Read is Disk's.
func (d Dir) Read(name string, limit int64) ([]byte, error) {
	f, err := os.Open(d.path(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}

// Create is Disk's.
func (d Dir) Create(name string) (File, error) {
	return d.open(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
}

// open follows no link: the directory's owner could make root write, and give
// away, any file of the machine.
func (d Dir) open(name string, flag int) (*os.File, error) {
	if err := d.make(); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(d.path(name), flag|noFollow, 0o600)
	if err != nil {
		return nil, err
	}
	if err := giveToOwner(string(d), f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// make makes the directory where it is not there, and its name durable.
func (d Dir) make() error {
	if _, err := os.Stat(string(d)); err == nil {
		return nil
	}
	parent := filepath.Dir(string(d))
	if err := os.MkdirAll(parent, 0o750); err != nil {
		return err
	}
	if err := os.Mkdir(string(d), 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	f, err := os.OpenFile(string(d), os.O_RDONLY|noFollow, 0)
	if err != nil {
		return err
	}
	return errors.Join(giveToOwner(parent, f), f.Close(), Dir(parent).SyncDir())
}

// Rename is Disk's.
func (d Dir) Rename(from, to string) error { return os.Rename(d.path(from), d.path(to)) }

// Remove is Disk's.
func (d Dir) Remove(name string) error { return os.Remove(d.path(name)) }
