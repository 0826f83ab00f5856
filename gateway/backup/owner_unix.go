//go:build unix

package backup

import (
	"io/fs"
	"os"
	"syscall"
)

// giveLike gives path, which root has made, to whom was belongs to; nil: to
// nobody else.
func giveLike(path string, was fs.FileInfo) error {
	if was == nil || os.Geteuid() != 0 {
		return nil
	}
	st, ok := was.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return os.Lchown(path, int(st.Uid), int(st.Gid))
}
