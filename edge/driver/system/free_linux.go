package system

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// free returns the bytes that a program without privileges can write under a
// folder.
func free(path string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, fmt.Errorf("look at %s: %w", path, err)
	}
	return s.Bavail * uint64(s.Bsize), nil
}
