package gateway

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/backup"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/internal/smalldisk"
)

// TestFullDiskUnderABackup fills the disk of a center that reserves nothing, and asks
// for backups: with nothing left, with too little for the copies, and with enough that
// others take while they are made. Each is refused in words before a byte of
// it comes, nothing of it stays, and the center answers on. With room again everything
// that nodes have sent is taken, and a backup is whole.
func TestFullDiskUnderABackup(t *testing.T) { smalldisk.Run(t, fullDiskUnderABackup) }

func fullDiskUnderABackup(t *testing.T) {
	disk := smalldisk.Mount(t, 96<<20)
	secret, public, err := backup.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	key, err := backup.ParseKey([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	cfg := config(filepath.Join(disk, "data"))
	cfg.Ingest.ReserveBytes, cfg.Influx.ReserveBytes = -1, -1
	c := run(t, cfg)
	blob := make([]byte, 256<<10)
	for i := range 16 { // the registry is the largest part
		if _, err := rand.Read(blob); err != nil {
			t.Fatal(err)
		}
		if err := c.registry.Quarantine(t.Context(), []registry.Refused{{Node: "n1", Reason: "garbled", Source: fmt.Sprint(i), Payload: blob}}); err != nil {
			t.Fatal(err)
		}
	}
	k := &keeper{begin: time.Now().Add(-time.Hour).Truncate(time.Second), next: 1, kept: make(map[uint64]bool)}
	conn, leave := k.at(t, c.BrokerURL())
	k.send(t, conn, 50)
	until(t, "the first packs acknowledged", k.empty)
	var writing sync.WaitGroup
	quit := make(chan struct{})
	writing.Go(func() {
		for {
			select {
			case <-quit:
				return
			case <-time.After(5 * time.Millisecond):
				k.send(t, conn, 1)
			}
		}
	})
	stopWriting := sync.OnceFunc(func() { close(quit); writing.Wait() })
	defer stopWriting()
	whole := func(file []byte) error {
		_, err := backup.Check(t.Context(), bytes.NewReader(file), key)
		return err
	}
	ask := func() (int, []byte) { return askBackup(t, c, `{"recipients":["`+public+`"]}`) }
	// refused wants a backup to be, or to be whole: what waited may have left room.
	refused := func(when string) (why string) {
		t.Helper()
		status, answer := ask()
		switch {
		case status == http.StatusOK:
			if err := whole(answer); err != nil {
				t.Errorf("%s: half a backup for a whole one: %v", when, err)
			}
		case status != http.StatusInsufficientStorage || !strings.Contains(string(answer), backup.ErrNoRoom.Error()):
			t.Errorf("%s: %d %.300s", when, status, answer)
		default:
			why = string(answer)
		}
		if left, err := stages(cfg.DataDir); err != nil || len(left) > 0 {
			t.Errorf("%s: there is %q, %v", when, left, err)
		}
		get[struct{}](c, "/api/v1/nodes")
		return why
	}
	free := func(free func() error, err error) {
		t.Helper()
		if err == nil {
			err = free()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, left := range []int64{0, 64 << 10, 1 << 20} {
		again, err := smalldisk.Fill(disk, left)
		if why := refused(fmt.Sprint(left, " bytes left")); !strings.Contains(why, "MB are needed") {
			t.Errorf("%d bytes left: %q", left, why)
		}
		free(again, err)
	}
	// Others take what seemed to be enough, before it is copied: a backup waits for
	// what moves.
	c.backups.moving.RLock()
	var others sync.WaitGroup
	var taken func() error
	others.Go(func() {
		defer c.backups.moving.RUnlock()
		until(t, "a backup begun", func() bool { there, _ := stages(cfg.DataDir); return len(there) > 0 })
		taken, err = smalldisk.Fill(disk, 0)
	})
	why := refused("filled meanwhile")
	others.Wait()
	free(taken, err)
	if !strings.Contains(why, "no space left on device") && !strings.Contains(why, "disk is full") {
		t.Errorf("filled meanwhile: %q", why)
	}

	// What was not acknowledged is sent again, as a node does.
	until(t, "packs taken again", func() bool { return c.Status().Accepting })
	stopWriting()
	leave()
	conn, _ = k.at(t, c.BrokerURL())
	k.send(t, conn, 20)
	again := time.NewTicker(2 * time.Second)
	defer again.Stop()
	until(t, "everything acknowledged and stored", func() bool {
		select {
		case <-again.C:
			k.sendKept(t, conn)
		default:
		}
		return k.empty() && settled(c)
	})
	if has := len(storedPacks(t, c)); uint64(has) != k.next-1 {
		t.Errorf("%d packs stored of %d", has, k.next-1)
	}
	if status, file := ask(); status != http.StatusOK || whole(file) != nil {
		t.Errorf("with room again: %d %.300s", status, file)
	}
}

// stages are the copies of backups that are being made.
func stages(dir string) ([]string, error) { return filepath.Glob(filepath.Join(dir, ".backup-*")) }
