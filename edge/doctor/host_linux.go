package doctor

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Free returns the bytes that a program without privileges can write under a
// folder.
func Free(dir string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, fmt.Errorf("look at %s: %w", dir, err)
	}
	return s.Bavail * uint64(s.Bsize), nil
}

// Access returns nil where this user may read and write a device. It does not
// open it: a serial port would tell the sensor of that.
func Access(path string) error {
	if err := unix.Access(path, unix.R_OK|unix.W_OK); err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	return nil
}
