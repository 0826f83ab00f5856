//go:build unix

package calibration

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/siaga-id/siaga/internal/reading"
)

func TestFilesAreTheirOwnersOnly(t *testing.T) {
	dir := t.TempDir()
	if os.Geteuid() == 0 {
		if err := os.Chown(dir, 12345, 12345); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	set(t, s, offset("air-1", reading.Level, 1))
	set(t, s, offset("air-1", reading.Level, 2))
	owner := func(path string) [2]uint32 {
		var st syscall.Stat_t
		if err := syscall.Stat(path, &st); err != nil {
			t.Fatal(err)
		}
		return [2]uint32{st.Uid, st.Gid}
	}
	for _, name := range []string{ledgerFile, backupFile, lockFile} {
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 || owner(path) != owner(dir) {
			t.Errorf("%s: mode %v, owner %v, of the directory %v", name, info.Mode(), owner(path), owner(dir))
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 3 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}

// TestLinksAreNotFollowed: who owns the directory is not who runs calibrate.
func TestLinksAreNotFollowed(t *testing.T) {
	for _, name := range []string{lockFile, ledgerFile + ".new"} {
		dir, target := t.TempDir(), filepath.Join(t.TempDir(), "shadow")
		if err := os.WriteFile(target, []byte("secret"), 0o640); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Set(offset("air-1", reading.Level, 1)); err == nil {
			t.Errorf("%s: a link was followed", name)
		}
		if b, err := os.ReadFile(target); err != nil || string(b) != "secret" {
			t.Errorf("%s: its target is %q now, %v", name, b, err)
		}
	}
}
