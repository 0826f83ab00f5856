package wholefile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// noFollow is nothing: on Windows only an administrator makes links.
const noFollow = 0

// SyncDir does nothing: NTFS journals directory entries, and Windows has no call
// for it. Only simulated nodes run there.
func (Dir) SyncDir() error { return nil }

// Lock is Disk's.
func (d Dir) Lock(name string) (io.Closer, error) {
	f, err := d.open(name, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	for waited := time.Duration(0); ; waited += lockTry {
		err := windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{})
		switch {
		case err == nil:
			return f, nil
		case !errors.Is(err, windows.ERROR_LOCK_VIOLATION):
			return nil, errors.Join(&os.PathError{Op: "lock", Path: f.Name(), Err: err}, f.Close())
		case waited >= lockWait:
			return nil, errors.Join(fmt.Errorf("lock %s: %w", f.Name(), ErrBusy), f.Close())
		}
		time.Sleep(lockTry)
	}
}

// giveToOwner does nothing: files inherit what their directory allows.
func giveToOwner(string, *os.File) error { return nil }
