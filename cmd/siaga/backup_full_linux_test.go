package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// smallDiskEnv tells the test binary that it runs in a mount namespace of its own, so
// that its disk is gone with it.
const smallDiskEnv = "SIAGA_TEST_BACKUP_SMALL_DISK"

// TestBackupOntoAFullDisk: where it does not fit, that is said, nothing is left that
// looks like a backup, those before are as they were, and with room again the same
// command succeeds. It needs root, or user namespaces that may mount.
func TestBackupOntoAFullDisk(t *testing.T) {
	if os.Getenv(smallDiskEnv) == "" {
		inNamespace(t)
		return
	}
	disk := t.TempDir()
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		t.Skip(err)
	}
	if err := syscall.Mount("backups", disk, "tmpfs", 0, "size=4m"); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(disk, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	url, token := backingCenter(t, false)
	backup := func(name string) (string, error) {
		return says(t, "backup", "--to", filepath.Join(disk, name), "--passphrase-file", "-", "--center", url, "--token-file", token)
	}
	check := func(name string) {
		t.Helper()
		if out, err := says(t, "backup", "check", filepath.Join(disk, name), "--passphrase-file", "-"); err != nil {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
	if out, err := backup("before.age"); err != nil {
		t.Fatal(err, out)
	}
	info, err := os.Stat(filepath.Join(disk, "before.age"))
	if err != nil {
		t.Fatal(err)
	}
	for _, left := range []int64{0, 4 << 10, info.Size() / 2, info.Size() - 1<<10} {
		others := filepath.Join(disk, "others")
		leaveRoom(t, others, left&^(4<<10-1))
		out, err := backup("b.age")
		if err == nil || !strings.Contains(err.Error(), "no space left on device") {
			t.Errorf("%d bytes left: %v: %s", left, err, out)
		}
		if got := names(t, disk); !slices.Equal(got, []string{"before.age", "others"}) {
			t.Errorf("%d bytes left: there is %q", left, got)
		}
		check("before.age")
		if err := os.Remove(others); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := backup("b.age"); err != nil {
		t.Errorf("with room again: %v: %s", err, out)
	}
	check("b.age")
}

// leaveRoom fills a disk by a file until so many bytes are left.
func leaveRoom(t *testing.T, path string, left int64) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zeros, err := os.Open("/dev/zero")
	if err != nil {
		t.Fatal(err)
	}
	defer zeros.Close()
	n, err := io.Copy(f, zeros)
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	if err := f.Truncate(n - left); err != nil {
		t.Fatal(err)
	}
}

// inNamespace runs the calling test in a child that may mount.
func inNamespace(t *testing.T) {
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	child.Env = append(os.Environ(), smallDiskEnv+"=1")
	child.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	if os.Getuid() != 0 {
		child.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		child.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		child.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := child.CombinedOutput()
	var ended *exec.ExitError
	switch {
	case err != nil && !errors.As(err, &ended), strings.Contains(string(out), "--- SKIP"):
		t.Skipf("needs root, or user namespaces that may mount a tmpfs: %v %s", err, out)
	case err != nil:
		t.Fatalf("%v\n%s", err, out)
	}
}
