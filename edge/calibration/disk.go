package calibration

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// disk is the directory that the file stands in. Tests put faults in below it.
type disk interface {
	// read's error is fs.ErrNotExist where there is no such file.
	read(name string) ([]byte, error)
	// create makes an empty file, or empties the one that is there.
	create(name string) (file, error)
	rename(from, to string) error
	remove(name string) error
	// syncDir makes what was renamed durable.
	syncDir() error
	// lock waits for other programs to finish a change, up to lockWait, and
	// returns what ends the lock. The error is ErrBusy where they do not.
	lock() (io.Closer, error)
}

type file interface {
	io.WriteCloser
	// Sync returns when everything written is on the disk.
	Sync() error
}

// replace puts b in the place of name: after a power cut either the old or the
// new content stands there.
func replace(d disk, name string, b []byte) error {
	tmp := name + ".new"
	f, err := d.create(tmp)
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
		err = d.rename(tmp, name)
	}
	if err != nil {
		return errors.Join(err, d.remove(tmp))
	}
	return d.syncDir()
}

// osDisk is a directory of the operating system's.
type osDisk string

var _ disk = osDisk("")

func (d osDisk) path(name string) string { return filepath.Join(string(d), name) }

func (d osDisk) read(name string) ([]byte, error) {
	f, err := os.Open(d.path(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}

func (d osDisk) create(name string) (file, error) {
	return d.open(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
}

// open makes what it creates belong to whom the directory belongs to: a
// technician who runs this program as root must not lock the agent out. It
// follows no link: the agent's user could make root write, and give away, any
// file of the machine.
func (d osDisk) open(name string, flag int) (*os.File, error) {
	f, err := os.OpenFile(d.path(name), flag|noFollow, 0o600)
	if err != nil {
		return nil, err
	}
	if err := giveToOwner(string(d), f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (d osDisk) rename(from, to string) error { return os.Rename(d.path(from), d.path(to)) }

func (d osDisk) remove(name string) error { return os.Remove(d.path(name)) }
