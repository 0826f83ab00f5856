//go:build unix

package gateway

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// roomOf looks at dir's file system.
func roomOf(dir string) (diskRoom, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return diskRoom{}, fmt.Errorf("look at disk of %s: %w", dir, err)
	}
	block := uint64(st.Bsize)
	return diskRoom{free: st.Bavail * block, size: (st.Blocks - st.Bfree + st.Bavail) * block}, nil
}
