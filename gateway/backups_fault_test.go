package gateway

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/backup"
)

// TestACenterServesWhileBackupsFail: some are called off in the middle, some have no
// room, some come through. Meanwhile a node writes on, and each of its packs is
// acknowledged and stored; no failed one is taken for whole, and none leaves anything.
func TestACenterServesWhileBackupsFail(t *testing.T) {
	secret, public, err := backup.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	key, err := backup.ParseKey([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	c := run(t, config(t.TempDir()))
	k := &keeper{begin: time.Now().Add(-time.Hour).Truncate(time.Second), next: 1, kept: make(map[uint64]bool)}
	conn, _ := k.at(t, c.BrokerURL())
	var writing sync.WaitGroup
	quit := make(chan struct{})
	writing.Go(func() {
		for {
			select {
			case <-quit:
				return
			default:
				k.send(t, conn, 1)
			}
		}
	})
	stopWriting := sync.OnceFunc(func() { close(quit); writing.Wait() })
	defer stopWriting()
	sent := func() uint64 {
		k.mu.Lock()
		defer k.mu.Unlock()
		return k.next
	}
	goesOn := func(when string) {
		t.Helper()
		before := sent()
		until(t, "packs are taken: "+when, func() bool { return sent() > before+20 && !k.has(before) })
	}
	ask := func(take int64) ([]byte, error) {
		req, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+c.HTTPAddr()+"/api/v1/backup", strings.NewReader(`{"recipients":["`+public+`"]}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+ownToken(t, c.DataDir()))
		var resp *http.Response
		until(t, "no other backup", func() bool {
			if resp, err = c.http.Do(req); err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode == http.StatusConflict {
				resp.Body.Close()
				req.Body = io.NopCloser(strings.NewReader(`{"recipients":["` + public + `"]}`))
				return false
			}
			return true
		})
		defer resp.Body.Close() // in the middle, where take says so
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s", resp.Status)
		}
		return io.ReadAll(io.LimitReader(resp.Body, take))
	}
	for _, take := range []int64{0, 1, 100, 10 << 10, 70 << 10, 150 << 10} {
		goesOn("between backups")
		b, err := ask(take)
		if err != nil {
			t.Error(err)
		}
		if _, err := backup.Check(t.Context(), bytes.NewReader(b), key); !errors.Is(err, backup.ErrDamaged) {
			t.Errorf("the first %d bytes: %v", take, err)
		}
	}
	goesOn("after some that were called off")
	// Without room, which is told before anything is copied.
	src := backup.Sources{
		Dir: c.DataDir(), Kind: c.registry.Kind(), Registry: c.registry,
		Free: func() (int64, error) { return 1 << 10, nil },
	}
	if _, err := backup.Stage(t.Context(), src); !errors.Is(err, backup.ErrNoRoom) {
		t.Error(err)
	}
	goesOn("without room for a backup")
	b, err := ask(1 << 40)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Check(t.Context(), bytes.NewReader(b), key); err != nil {
		t.Error(err)
	}
	goesOn("after a backup")
	stopWriting()
	until(t, "everything acknowledged and stored", func() bool { return k.empty() && settled(c) })
	if n := uint64(len(storedPacks(t, c))); n != sent()-1 {
		t.Errorf("%d stored of %d", n, sent()-1)
	}
	until(t, "nothing left behind", func() bool {
		left, err := filepath.Glob(filepath.Join(c.DataDir(), ".backup-*"))
		return err == nil && len(left) == 0
	})
}
