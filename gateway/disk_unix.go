//go:build unix

package gateway

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// freeBytes is the room that is left for this user on dir's file system.
func freeBytes(dir string) (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, fmt.Errorf("look at disk of %s: %w", dir, err)
	}
	return st.Bavail * uint64(st.Bsize), nil
}
