package backup

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/reading"
	"github.com/siaga-id/siaga/internal/smalldisk"
)

// TestFullDiskWhileBackingUp lets backups meet the end of a disk at many places, while
// packs come in: each is refused in words, nothing of it stays, every pack is taken,
// and with room again a backup is whole and has them all.
func TestFullDiskWhileBackingUp(t *testing.T) {
	smalldisk.Run(t, func(t *testing.T) {
		disk := smalldisk.Mount(t, 48<<20)
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
			free, err := smalldisk.Fill(disk, left)
			must(t, err)
			s, err := Stage(t.Context(), c.src)
			if !errors.Is(err, ErrNoRoom) || !strings.Contains(err.Error(), "no room") {
				t.Errorf("%d bytes left: %v %v", left, s, err)
			}
			serve()
			must(t, free())
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
	smalldisk.Run(t, func(t *testing.T) {
		disk := smalldisk.Mount(t, 48<<20)
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
			before := append(contents(t, disk), smalldisk.Others)
			slices.Sort(before)
			restore := func() error {
				_, err := Restore(t.Context(), bytes.NewReader(file), Options{Dir: dir, Key: key, Logger: quiet})
				return err
			}
			for _, left := range []int64{0, 4 << 10, 64 << 10, 256 << 10, 1 << 20, 2 << 20} {
				free, err := smalldisk.Fill(disk, left)
				must(t, err)
				err = restore()
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
				must(t, free())
			}
			must(t, restore())
			looksLike(t, dir)
		}
	})
}
