//go:build unix

package wholefile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// noFollow makes opening a link an error.
const noFollow = syscall.O_NOFOLLOW

// SyncDir is Disk's.
func (d Dir) SyncDir() error {
	dir, err := os.Open(string(d))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Lock is Disk's.
func (d Dir) Lock(name string) (io.Closer, error) {
	f, err := d.open(name, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	for waited := time.Duration(0); ; waited += lockTry {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case err == nil:
			return f, nil
		case !errors.Is(err, unix.EWOULDBLOCK):
			return nil, errors.Join(&os.PathError{Op: "flock", Path: f.Name(), Err: err}, f.Close())
		case waited >= lockWait:
			return nil, errors.Join(fmt.Errorf("lock %s: %w", f.Name(), ErrBusy), f.Close())
		}
		time.Sleep(lockTry)
	}
}

// giveToOwner gives f, which root has opened, to the owner of dir.
func giveToOwner(dir string, f *os.File) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return f.Chown(int(st.Uid), int(st.Gid))
}
