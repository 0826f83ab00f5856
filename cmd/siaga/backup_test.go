package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/siaga-id/siaga/gateway/backup"
	"github.com/siaga-id/siaga/gateway/registry"
)

const backupWord = "kali brantas 1919"

// backingCenter makes backups of a registry; cut ends them in the middle.
func backingCenter(t *testing.T, cut bool) (url, token string) {
	t.Helper()
	dir := t.TempDir()
	reg, err := registry.Open(filepath.Join(dir, "registry.db"), registry.Options{Kind: registry.Real})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reg.Close() })
	if err := reg.Claim(t.Context(), "n1", "35.05.12.1001"); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/backup", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Passphrase string
			Recipients []string
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		s, err := backup.Stage(r.Context(), backup.Sources{Dir: dir, Kind: registry.Real, Registry: reg, History: registry.HistoryExternal})
		if err != nil {
			t.Error(err)
			return
		}
		defer s.Close()
		var b bytes.Buffer
		if err := s.WriteTo(r.Context(), &b, backup.Lock{Passphrase: in.Passphrase, Recipients: in.Recipients}); err != nil {
			t.Error(err)
		}
		if cut {
			_, _ = w.Write(b.Bytes()[:b.Len()/2])
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write(b.Bytes())
	})
	mux.HandleFunc("GET /api/v1/retirements", func(w http.ResponseWriter, r *http.Request) {
		list, err := reg.Retirements(r.Context())
		if err != nil {
			t.Error(err)
		}
		_ = json.NewEncoder(w).Encode(list)
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	token = filepath.Join(dir, "admin.token")
	if err := os.WriteFile(token, []byte("siaga_x_y"), 0o600); err != nil {
		t.Fatal(err)
	}
	return srv.URL, token
}

// says runs siaga and returns what it says, on both outputs.
func says(t *testing.T, args ...string) (string, error) {
	t.Helper()
	root := command()
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetIn(strings.NewReader(backupWord + "\n"))
	root.SetArgs(args)
	err := root.ExecuteContext(context.Background())
	return out.String(), err
}

func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestBackupAndRestore(t *testing.T) {
	url, token := backingCenter(t, false)
	center := []string{"--center", url, "--token-file", token}
	dir := t.TempDir()
	file, data := filepath.Join(dir, "b.age"), filepath.Join(dir, "data")
	word := filepath.Join(dir, "word")
	if err := os.WriteFile(word, []byte(backupWord+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := says(t, append([]string{"backup", "--to", file, "--passphrase-file", "-"}, center...)...)
	if err != nil || !strings.Contains(out, "Cadangan: "+file) || !strings.Contains(out, "100 %") {
		t.Fatalf("%v: %s", err, out)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if _, err := says(t, append([]string{"backup", "--to", file, "--passphrase-file", "-"}, center...)...); err == nil || !strings.Contains(err.Error(), "there already") {
		t.Errorf("over another: %v", err)
	}
	if out, err := says(t, "backup", "check", file, "--passphrase-file", word, "--lang", "en"); err != nil || !strings.Contains(out, "The backup is whole") || !strings.Contains(out, "admin.token") {
		t.Errorf("%v: %s", err, out)
	}
	list := filepath.Join(dir, "retired.json")
	if out, err := says(t, append([]string{"backup", "retirements", "--to", list}, center...)...); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Setenv(passphraseFile, word)
	if out, err = says(t, "restore", file, "--data", data, "--retired", list); err != nil || !strings.Contains(out, "Tetap dicabut: 0 node") || strings.Contains(out, "PERHATIAN") {
		t.Fatalf("%v: %s", err, out)
	}
	reg, err := registry.Open(filepath.Join(data, "registry.db"), registry.Options{Kind: registry.Real})
	if err != nil {
		t.Fatal(err)
	}
	defer reg.Close()
	if nodes, err := reg.Nodes(t.Context()); err != nil || len(nodes) != 1 {
		t.Errorf("%v %v", nodes, err)
	}
	if _, err := says(t, "restore", file, "--data", data); !errors.Is(err, backup.ErrNotEmpty) {
		t.Errorf("again: %v", err)
	}
	if out, err := says(t, "restore", file, "--data", data+"2", "--lang", "en"); err != nil || !strings.Contains(out, "MIND: without --retired") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestBackupByKey(t *testing.T) {
	url, token := backingCenter(t, false)
	dir := t.TempDir()
	key := filepath.Join(dir, "key")
	out, err := says(t, "backup", "key", key, "--lang", "en")
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 || strings.Contains(out, "AGE-SECRET") {
		t.Errorf("%v %v %s", info, err, out)
	}
	fields := strings.Fields(out)
	if out, err := says(t, "backup", "--to", dir, "--recipient", fields[len(fields)-1], "--json", "--center", url, "--token-file", token); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	made, err := filepath.Glob(filepath.Join(dir, "siaga-*Z.age"))
	if err != nil || len(made) != 1 {
		t.Fatalf("%q %v", made, err)
	}
	if _, err := says(t, "backup", "check", made[0], "--key", key); err != nil {
		t.Error(err)
	}
	if _, err := says(t, "backup", "check", made[0], "--passphrase-file", "-"); !errors.Is(err, backup.ErrKey) {
		t.Errorf("by a passphrase: %v", err)
	}
}

// TestABackupIsWholeOrNotThere: a center that goes away, a full disk, and who must
// not be asked.
func TestABackupIsWholeOrNotThere(t *testing.T) {
	url, token := backingCenter(t, true)
	dir := t.TempDir()
	file := filepath.Join(dir, "b.age")
	if _, err := says(t, "backup", "--to", file, "--passphrase-file", "-", "--center", url, "--token-file", token, "--lang", "en"); err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Error(err)
	}
	full := errors.New("no space left on device")
	if err := writeWhole(file, func(w io.Writer) error { _, _ = w.Write([]byte("half")); return full }); !errors.Is(err, full) {
		t.Error(err)
	}
	if got := names(t, dir); len(got) > 0 {
		t.Errorf("left: %q", got)
	}
	if _, err := says(t, "backup", "--to", file, "--passphrase-file", "-", "--center", "http://10.0.0.9:8088", "--token-file", token, "--lang", "en"); err == nil || !strings.Contains(err.Error(), "https://") {
		t.Errorf("a passphrase in the clear: %v", err)
	}
	for _, args := range [][]string{{"backup", "--passphrase", "x"}, {"restore", file}, {"restore", filepath.Join(dir, "none"), "--data", file, "--passphrase-file", "-"}, {"backup", "check", file}} {
		if out, err := says(t, args...); err == nil {
			t.Errorf("%q: %s", args, out)
		}
	}
	if err := os.WriteFile(file+".partial", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeWhole(file, func(io.Writer) error { return nil }); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Error(err)
	}
	// What comes meanwhile is not overwritten.
	other := filepath.Join(dir, "other")
	err := writeWhole(other, func(io.Writer) error { return os.WriteFile(other, []byte("mine"), 0o600) })
	if b, rerr := os.ReadFile(other); err == nil || rerr != nil || string(b) != "mine" {
		t.Errorf("%v, %q, %v", err, b, rerr)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"b.age.partial", "other"}) {
		t.Errorf("left: %q", got)
	}
}

func TestBackupFileNames(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.FixedZone("WIB", 7*3600))
	if got, err := backupFile(dir, now); err != nil || got != filepath.Join(dir, "siaga-20260301T050000Z.age") {
		t.Errorf("%s, %v", got, err)
	}
	if got, err := backupFile("", now); err != nil || got != "siaga-20260301T050000Z.age" {
		t.Errorf("%s, %v", got, err)
	}
}
