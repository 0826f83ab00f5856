package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/backup"
	"github.com/siaga-id/siaga/gateway/registry"
)

// backupArgsEnv tells the test binary that it is `siaga backup`, with these arguments.
const backupArgsEnv = "SIAGA_TEST_BACKUP_ARGS"

// TestAKilledBackupIsNoBackup kills `siaga backup` when it has written so much, and
// at moments after all of it came: under the name that was asked for there is nothing
// or a whole backup, what has another name is not taken for one, the backup before is
// as it was, and the next one succeeds.
func TestAKilledBackupIsNoBackup(t *testing.T) {
	if args := os.Getenv(backupArgsEnv); args != "" {
		if out, err := says(t, strings.Split(args, "\n")...); err != nil {
			t.Fatal(err, out)
		}
		return
	}
	key, good, public := goodBackup(t)
	whole := func(b []byte) bool {
		_, err := backup.Check(t.Context(), bytes.NewReader(b), key)
		return err == nil
	}
	var most atomic.Int64 // how many bytes come before the center says no more; all and the end: -1
	center := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := most.Load()
		if n < 0 {
			_, _ = w.Write(good)
			return
		}
		_, _ = w.Write(good[:n])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	defer center.Close()
	dir := t.TempDir()
	token, before := filepath.Join(dir, "admin.token"), filepath.Join(dir, "before.age")
	for name, b := range map[string][]byte{token: []byte("siaga_x_y"), before: good} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	start := func(to string) *exec.Cmd {
		c := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		c.Env = append(os.Environ(), backupArgsEnv+"="+strings.Join([]string{"backup", "--to", to, "--recipient", public, "--center", center.URL, "--token-file", token}, "\n"))
		c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		return c
	}
	size := func(path string) int64 {
		info, err := os.Stat(path)
		if err != nil {
			return -1
		}
		return info.Size()
	}
	killed := 0
	look := func(to string) {
		t.Helper()
		if b, err := os.ReadFile(to); err == nil && !whole(b) {
			t.Errorf("%s: half a backup, of %d bytes", to, len(b))
		}
		if b, err := os.ReadFile(to + ".partial"); err == nil {
			killed++
			if len(b) < len(good) && whole(b) {
				t.Errorf("%d of %d bytes are taken for whole", len(b), len(good))
			}
		}
		if b, err := os.ReadFile(before); err != nil || !bytes.Equal(b, good) {
			t.Errorf("the backup before: %v", err)
		}
	}
	for _, first := range []int{0, 1, 200, 512, len(good) / 3, len(good) / 2, 64<<10 + 300, len(good) - 1, len(good)} {
		most.Store(int64(first))
		to := filepath.Join(dir, fmt.Sprintf("at-%d.age", first))
		c := start(to)
		for limit := time.Now().Add(time.Minute); size(to+".partial") < int64(first); time.Sleep(time.Millisecond) {
			if time.Now().After(limit) {
				t.Fatalf("%d of %d bytes written", size(to+".partial"), first)
			}
		}
		_ = c.Process.Kill()
		_ = c.Wait()
		look(to)
		if size(to) >= 0 {
			t.Errorf("%s is there, and the center had not ended", to)
		}
	}
	most.Store(-1)
	var last string
	for i := range 12 {
		last = filepath.Join(dir, fmt.Sprintf("after-%d.age", i))
		c := start(last)
		for limit := time.Now().Add(time.Minute); size(last+".partial") < int64(len(good)) && size(last) < 0; {
			if time.Now().After(limit) {
				t.Fatal("nothing written")
			}
		}
		time.Sleep(time.Duration(i*i) * 300 * time.Microsecond)
		_ = c.Process.Kill()
		_ = c.Wait()
		look(last)
	}
	if killed < 9 {
		t.Errorf("%d were killed in the middle", killed)
	}
	// One that was killed is in the way of the same name, and of no other.
	to := filepath.Join(dir, "at-512.age")
	if c := start(to); c.Wait() == nil {
		t.Error("another backup's file was taken over")
	}
	if err := os.Remove(to + ".partial"); err != nil {
		t.Fatal(err)
	}
	if c := start(to); c.Wait() != nil {
		t.Error("the next backup failed")
	}
	look(to)
	if size(to) != int64(len(good)) {
		t.Errorf("%d bytes, want %d", size(to), len(good))
	}
}

// goodBackup is a whole one, what opens it, and the public key by which it is locked.
func goodBackup(t *testing.T) (key backup.Key, file []byte, public string) {
	t.Helper()
	secret, public, err := backup.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	if key, err = backup.ParseKey([]byte(secret)); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	reg, err := registry.Open(filepath.Join(dir, "registry.db"), registry.Options{Kind: registry.Real})
	if err != nil {
		t.Fatal(err)
	}
	defer reg.Close()
	s, err := backup.Stage(context.Background(), backup.Sources{Dir: dir, Kind: registry.Real, Registry: reg, History: registry.HistoryExternal})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var b bytes.Buffer
	if err := s.WriteTo(context.Background(), &b, backup.Lock{Recipients: []string{public}}); err != nil {
		t.Fatal(err)
	}
	return key, b.Bytes(), public
}
