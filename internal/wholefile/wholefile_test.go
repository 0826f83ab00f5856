package wholefile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestReplace(t *testing.T) {
	d := Dir(filepath.Join(t.TempDir(), "a", "b"))
	if _, err := d.Read("f", 9); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	for _, text := range []string{"one", "two"} {
		if err := Replace(d, "f", []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := d.Read("f", 2); err != nil || string(got) != text[:2] {
			t.Errorf("%q, %v", got, err)
		}
	}
	names, err := os.ReadDir(string(d))
	if err != nil || len(names) != 1 {
		t.Error(names, err)
	}
	if runtime.GOOS == "windows" {
		return // modes are not kept there
	}
	for path, want := range map[string]fs.FileMode{string(d): 0o700, d.path("f"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

func TestLock(t *testing.T) {
	d := Dir(t.TempDir())
	l, err := d.Lock("lock")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if l, err = d.Lock("lock"); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
