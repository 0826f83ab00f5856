//go:build linux || darwin || freebsd

package readout

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"github.com/siaga-id/siaga/internal/spool"
)

// Free implements spool.FS.
func (lookOnly) Free(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}

// tryLock returns spool.ErrLocked where another process holds the file's lock.
// Closing the file lets it go again.
func tryLock(f *os.File) error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return spool.ErrLocked
	}
	return err
}
