//go:build linux

package process

import (
	"fmt"
	"syscall"
)

// AllowFiles lets this process, and the programs that it starts, each have as many
// files open as the system allows. The error is that this is less than want.
func AllowFiles(want int) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("ask how many files may be open: %w", err)
	}
	if limit.Max < uint64(want) {
		return fmt.Errorf("the system allows %d open files, wanted are %d: allow more (`ulimit -n %d`, as root)", limit.Max, want, want)
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("allow %d open files: %w", limit.Max, err)
	}
	return nil
}
