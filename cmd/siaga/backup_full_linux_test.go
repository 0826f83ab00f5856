package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/siaga-id/siaga/internal/smalldisk"
)

// TestBackupOntoAFullDisk: where it does not fit, that is said, nothing is left that
// looks like a backup, those before are as they were, and with room again the same
// command succeeds.
func TestBackupOntoAFullDisk(t *testing.T) { smalldisk.Run(t, backupOntoAFullDisk) }

func backupOntoAFullDisk(t *testing.T) {
	disk := smalldisk.Mount(t, 4<<20)
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
		free, err := smalldisk.Fill(disk, left)
		if err != nil {
			t.Fatal(err)
		}
		out, err := backup("b.age")
		if err == nil || !strings.Contains(err.Error(), "no space left on device") {
			t.Errorf("%d bytes left: %v: %s", left, err, out)
		}
		if got := names(t, disk); !slices.Equal(got, []string{"before.age", smalldisk.Others}) {
			t.Errorf("%d bytes left: there is %q", left, got)
		}
		check("before.age")
		if err := free(); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := backup("b.age"); err != nil {
		t.Errorf("with room again: %v: %s", err, out)
	}
	check("b.age")
}
