package backup

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
)

// smallDisksEnv tells the test binary that it runs in a mount namespace of its
// own, so that its disks are gone with it.
const smallDisksEnv = "SIAGA_TEST_BACKUP_SMALL_DISKS"

// onSmallDisk gives during a disk of so many bytes; where that wants another process,
// the calling test runs there.
func onSmallDisk(t *testing.T, size string, during func(t *testing.T, disk string)) {
	if os.Getenv(smallDisksEnv) == "" {
		inNamespace(t)
		return
	}
	disk := t.TempDir()
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		t.Skip(err)
	}
	if err := syscall.Mount("backup", disk, "tmpfs", 0, "size="+size); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { must(t, syscall.Unmount(disk, syscall.MNT_DETACH)) })
	during(t, disk)
}

// inNamespace runs the calling test in a child that may mount.
func inNamespace(t *testing.T) {
	c := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	c.Env = append(os.Environ(), smallDisksEnv+"=1")
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	if os.Getuid() != 0 {
		c.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		c.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		c.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := c.CombinedOutput()
	var ended *exec.ExitError
	switch {
	case err != nil && !errors.As(err, &ended), strings.Contains(string(out), "--- SKIP"):
		t.Skipf("needs root, or user namespaces that may mount a tmpfs: %v %s", err, out)
	case err != nil:
		t.Fatalf("%v\n%s", err, out)
	}
}

// leave fills a disk until so many bytes are left, and returns how to free it.
func leave(t *testing.T, disk string, bytes int64) (free func()) {
	t.Helper()
	path := filepath.Join(disk, "others")
	f, err := os.Create(path)
	must(t, err)
	defer f.Close()
	zeros, err := os.Open("/dev/zero")
	must(t, err)
	defer zeros.Close()
	if _, err := io.Copy(f, zeros); !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	info, err := f.Stat()
	must(t, err)
	must(t, f.Truncate(info.Size()-bytes))
	return func() { must(t, os.Remove(path)) }
}

// TestFullDiskWhileBackingUp lets backups meet the end of a disk at many places, while
// packs come in: each is refused in words, nothing of it stays, every pack is taken,
// and with room again a backup is whole and has them all.
func TestFullDiskWhileBackingUp(t *testing.T) {
	onSmallDisk(t, "48m", func(t *testing.T, disk string) {
		dir := filepath.Join(disk, "data")
		c := filled(t, dir)
		blob := make([]byte, 256<<10)
		for i := range 16 { // the registry is the largest part
			_, err := rand.Read(blob)
			must(t, err)
			must(t, c.reg.Quarantine(t.Context(), []registry.Refused{{Node: "n1", Reason: "garbled", Source: fmt.Sprint(i), Payload: blob}}))
		}
		before := contents(t, dir)
		var mu sync.Mutex
		taken := 0
		serve := func() {
			mu.Lock()
			defer mu.Unlock()
			_, err := c.spools[DataSpool].Append([]byte(fmt.Sprintf("pack %d", taken)))
			must(t, err)
			must(t, c.reg.Claim(context.Background(), reading.NodeID(fmt.Sprintf("node-%d", taken)), "35.05.12.1001"))
			taken++
		}
		key, lock := locked(t)
		c.src.Hold = func() func() { serve(); return serve }
		for _, left := range []int64{1 << 20, 2 << 20, 3 << 20, 4 << 20} {
			free := leave(t, disk, left)
			s, err := Stage(t.Context(), c.src)
			if !errors.Is(err, ErrNoRoom) || !strings.Contains(err.Error(), "no room") {
				t.Errorf("%d bytes left: %v %v", left, s, err)
			}
			serve()
			free()
			if after := contents(t, dir); !slices.Equal(before, after) {
				t.Errorf("%d bytes left: there is %q", left, after)
			}
		}
		s, err := Stage(t.Context(), c.src)
		must(t, err)
		var b bytes.Buffer
		must(t, s.WriteTo(t.Context(), &b, lock))
		must(t, s.Close())
		m, err := Check(t.Context(), bytes.NewReader(b.Bytes()), key)
		must(t, err)
		packs := 0
		for _, f := range m.Files {
			if f.spool() == DataSpool {
				packs = int(f.Records) - 2 // those of filled
			}
		}
		if taken != 3*4+2 || packs != taken-1 { // the last came behind the copy
			t.Errorf("%d packs taken, %d in the backup", taken, packs)
		}
	})
}

// TestFullDiskWhileRestoring: said in words, nothing stays, and with room again the
// same restoration succeeds.
func TestFullDiskWhileRestoring(t *testing.T) {
	onSmallDisk(t, "48m", func(t *testing.T, disk string) {
		c := filled(t, t.TempDir())
		blob := make([]byte, 256<<10)
		for i := range 8 {
			_, err := rand.Read(blob)
			must(t, err)
			must(t, c.reg.Quarantine(t.Context(), []registry.Refused{{Node: "n1", Reason: "garbled", Source: fmt.Sprint(i), Payload: blob}}))
		}
		key, lock := locked(t)
		file := archive(t, c, lock)
		c.close(t)
		for _, there := range []bool{false, true} {
			dir := filepath.Join(disk, fmt.Sprint("data-", there))
			if there {
				must(t, os.Mkdir(dir, 0o750))
			}
			before := append(contents(t, disk), "others")
			slices.Sort(before)
			restore := func() error {
				_, err := Restore(t.Context(), bytes.NewReader(file), Options{Dir: dir, Key: key, Logger: quiet})
				return err
			}
			for _, left := range []int64{0, 4 << 10, 64 << 10, 256 << 10, 1 << 20, 2 << 20} {
				free := leave(t, disk, left)
				err := restore()
				full := func(words string) bool { return err != nil && strings.Contains(err.Error(), words) }
				if !full("no space left on device") && !full("disk is full") && !full("the disk has 0 bytes left") {
					t.Errorf("%d bytes left: %v", left, err)
				}
				if after := contents(t, disk); !slices.Equal(before, after) {
					t.Fatalf("%d bytes left: there is %q", left, after)
				}
				if there && len(contents(t, dir)) > 0 {
					t.Errorf("%d bytes left: the target has %q", left, contents(t, dir))
				}
				free()
			}
			must(t, restore())
			looksLike(t, dir)
		}
	})
}
