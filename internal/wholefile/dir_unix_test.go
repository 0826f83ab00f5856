//go:build unix

package wholefile

import (
	"os"
	"path/filepath"
	"testing"
)

func TestNoLinkIsFollowed(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(dir, "other")
	if err := os.WriteFile(other, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, filepath.Join(dir, "f.new")); err != nil {
		t.Fatal(err)
	}
	if err := Replace(Dir(dir), "f", []byte("x")); err == nil {
		t.Error("written through a link")
	}
	if b, err := os.ReadFile(other); err != nil || string(b) != "kept" {
		t.Error(string(b), err)
	}
}
