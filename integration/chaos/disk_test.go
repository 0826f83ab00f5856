//go:build integration

package chaos

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// disk is a small disk of its own that somebody else may fill.
type disk struct {
	dir string
}

// newDisk mounts a disk of so many bytes at dir; only root may.
func newDisk(t *testing.T, dir string, bytes string) *disk {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount(mine(), dir, "tmpfs", 0, "size="+bytes); err != nil {
		t.Fatalf("mount a disk at %s: %v", dir, err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount %s: %v", dir, err)
		}
	})
	return &disk{dir}
}

func (d *disk) other() string { return filepath.Join(d.dir, "somebody-elses") }

// fill leaves no byte free.
func (d *disk) fill() error {
	f, err := os.Create(d.other())
	if err != nil {
		return err
	}
	_, err = io.Copy(f, zeros{})
	if errors.Is(err, syscall.ENOSPC) {
		err = nil
	}
	return errors.Join(err, f.Close())
}

// empty takes away what fill left.
func (d *disk) empty() error { return os.Remove(d.other()) }

// zeros never ends.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}
