//go:build unix

package provision

import (
	"fmt"
	"os"
	"syscall"
)

// giveToGroup gives what root has made to the group of a folder.
func giveToGroup(name, folder string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(folder)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("stat %s: no group", folder)
	}
	return os.Lchown(name, -1, int(st.Gid))
}
