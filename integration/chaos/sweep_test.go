//go:build integration

package chaos

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// mine begins the names of what this process makes in the system, so that it is
// told from what others make meanwhile, and from what a killed test has left.
func mine() string { return fmt.Sprint("siaga-chaos-", os.Getpid()) }

// left reports whether a name is that of something whose maker is dead.
func left(name string) bool {
	rest, ok := strings.CutPrefix(name, "siaga-chaos-")
	number, _, _ := strings.Cut(rest, "-")
	pid, err := strconv.Atoi(number)
	return ok && err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

// sweep removes what killed tests have left: network namespaces and disks.
func sweep() error {
	if os.Getuid() != 0 {
		return nil
	}
	names, err := filepath.Glob("/run/netns/siaga-chaos-*")
	errs := []error{err}
	for _, name := range names {
		if left(filepath.Base(name)) {
			errs = append(errs, inTurn("netns del "+filepath.Base(name)))
		}
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	errs = append(errs, err)
	for mount := range strings.Lines(string(mounts)) {
		if f := strings.Fields(mount); len(f) > 1 && left(f[0]) {
			errs = append(errs, syscall.Unmount(f[1], syscall.MNT_DETACH))
		}
	}
	return errors.Join(errs...)
}
