//go:build unix

package tsdb

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// freeBytes is the room that is left for this user on dir's file system.
func freeBytes(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, fmt.Errorf("look at disk of %s: %w", dir, err)
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}

// diskFull is what the system says when there is no room to write.
func diskFull() []error { return []error{unix.ENOSPC, unix.EDQUOT} }
