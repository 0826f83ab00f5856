//go:build unix

package scan

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// own gives f the owner of another file. Who may not give files away keeps f.
func own(f *os.File, like fs.FileInfo) error {
	st, ok := like.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if err := f.Chown(int(st.Uid), int(st.Gid)); err != nil && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}
