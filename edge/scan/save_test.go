package scan

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func files(t *testing.T, dir string) int {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func good(string) error { return nil }

func TestSave(t *testing.T) {
	path := filepath.Join(t.TempDir(), "siaga", "siaga-edge.yaml")
	backup, err := Save(path, []byte("first"), good)
	if err != nil || backup != "" || content(t, path) != "first" {
		t.Fatalf("a new file: %q, %v", backup, err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"second", "third"} {
		was := content(t, path)
		if backup, err = Save(path, []byte(text), good); err != nil || content(t, path) != text || content(t, backup) != was {
			t.Errorf("%s: %v, backup %s", text, err, backup)
		}
	}
	for _, p := range []string{path, backup} {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm() != 0o640 {
			t.Errorf("%s: %v, %v", p, info.Mode(), err)
		}
	}
	if n := files(t, filepath.Dir(path)); n != 2 {
		t.Errorf("%d files are left", n)
	}
}

func TestSaveLeavesWhatWasWhereTheNewIsBad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "siaga-edge.yaml")
	if _, err := Save(path, []byte("first"), good); err != nil {
		t.Fatal(err)
	}
	bad := errors.New("node: empty")
	seen := ""
	_, err := Save(path, []byte("second"), func(p string) error {
		seen = content(t, p)
		return bad
	})
	if !errors.Is(err, bad) || seen != "second" || content(t, path) != "first" || files(t, filepath.Dir(path)) != 1 {
		t.Errorf("%v; checked %q", err, seen)
	}
}

func TestSaveWhereNothingCanBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Save(filepath.Join(file, "siaga-edge.yaml"), []byte("x"), good); err == nil {
		t.Error("wrote below a file")
	}
}
