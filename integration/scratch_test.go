//go:build integration

package integration

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// scratch is a copy of this machine's file system, without this machine's
// processes and devices' state: what is done in it touches nothing outside.
type scratch struct{ upper, dir string }

// newScratch needs root, and skips where it is not.
func newScratch(t *testing.T) *scratch {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("packages are installed into a copy of this machine by mount and chroot: run this test as root (sudo make integration)")
	}
	for _, program := range []string{"dpkg", "unshare", "systemd-analyze"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%v: install what it is in: apt-get install util-linux systemd", err)
		}
	}
	// An overlay cannot lie over another one, which /tmp is in a container.
	dir, err := os.MkdirTemp("/dev/shm", "siaga-scratch")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &scratch{upper: filepath.Join(dir, "upper"), dir: dir}
	for _, name := range []string{"upper", "work", "root"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := s.try("true"); err != nil {
		t.Skipf("this machine lets nobody mount an overlay, as in a container without the right to: %v: %s", err, out)
	}
	return s
}

// enter mounts the copy in a name space of its own, and runs a command there.
const enter = `cd "$1"
mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
mount -t tmpfs tmpfs root/run
mount -t proc proc root/proc
mount --rbind /dev root/dev
shift
exec chroot root "$@"`

// scratchLimit ends a command that hangs.
const scratchLimit = 2 * time.Minute

func (s *scratch) try(command ...string) (out string, err error) {
	ctx, stop := context.WithTimeout(context.Background(), scratchLimit)
	defer stop()
	cmd := exec.CommandContext(ctx, "unshare", append([]string{"--mount", "sh", "-ec", enter, "sh", s.dir}, command...)...)
	cmd.Env = append(os.Environ(), "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive")
	b, err := cmd.CombinedOutput()
	return string(b), err
}

// run wants the command to end well.
func (s *scratch) run(t *testing.T, command ...string) (out string) {
	t.Helper()
	began := time.Now()
	out, err := s.try(command...)
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(command, " "), err, tail(out, 4000))
	}
	t.Logf("%s: %v", strings.Join(command, " "), time.Since(began).Round(10*time.Millisecond))
	return out
}

// write puts a file there that the machine itself does not have.
func (s *scratch) write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.upper, path), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// files says of everything under the paths what it is, whose, and what is in it.
func (s *scratch) files(t *testing.T, paths ...string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, path := range paths {
		err := filepath.WalkDir(filepath.Join(s.upper, path), func(file string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			owner := info.Sys().(*syscall.Stat_t)
			what := fmt.Sprintf("%v of %d:%d", info.Mode(), owner.Uid, owner.Gid)
			if info.Mode().IsRegular() {
				b, err := os.ReadFile(file)
				if err != nil {
					return err
				}
				what += fmt.Sprintf(", %d bytes, %x", len(b), sha256.Sum256(b))
			}
			all[strings.TrimPrefix(file, s.upper)] = what
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// has says whether there is something at path. A removed file of the machine
// itself is a device in the overlay.
func (s *scratch) has(path string) bool {
	info, err := os.Lstat(filepath.Join(s.upper, path))
	return err == nil && info.Mode()&fs.ModeDevice == 0
}
