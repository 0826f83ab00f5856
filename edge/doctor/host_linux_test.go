package doctor

import (
	"errors"
	"io/fs"
	"testing"
)

func TestHost(t *testing.T) {
	if n, err := Free(t.TempDir()); n == 0 || err != nil {
		t.Errorf("Free: %d, %v", n, err)
	}
	if _, err := Free("/nonexistent"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Free of nothing: %v", err)
	}
	if err := Access(t.TempDir()); err != nil {
		t.Error(err)
	}
	if err := Access("/nonexistent"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Access to nothing: %v", err)
	}
}
