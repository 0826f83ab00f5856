package smalldisk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Others is the name of the file by which Fill fills a disk.
const Others = "others"

// Mount returns the root of an empty disk that takes size bytes, a multiple of the
// page's size. It is for the function that Run runs, and skips where nothing may be
// mounted. The disk goes with the test, which fails if a file on it is still open
// then.
func Mount(t *testing.T, size int64) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("smalldisk", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Skipf("mount a tmpfs: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount a disk whose files should be closed: %v", err)
		}
	})
	return dir
}

// Fill fills the disk whose root is dir by a file, until left bytes are left, in whole
// pages and rounded down. Meanwhile others may write there; for a moment they find
// nothing left. Until free, which takes the file away, Fill is refused. It may be
// called from any goroutine.
func Fill(dir string, left int64) (free func() error, err error) {
	path := filepath.Join(dir, Others)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("fill disk: %w", err)
	}
	defer f.Close()
	n, err := io.Copy(f, zeros{})
	if !errors.Is(err, syscall.ENOSPC) {
		return nil, fmt.Errorf("fill disk %s: %w", dir, err)
	}
	if err := f.Truncate(n - left); err != nil {
		return nil, fmt.Errorf("leave %d bytes of disk %s, having taken %d: %w", left, dir, n, err)
	}
	return func() error { return os.Remove(path) }, nil
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}
