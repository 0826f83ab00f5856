package scan

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Save puts text in the place of a file, whole or not at all, once check has
// found it good in a file beside it. What was there stays as FILE.bak, whose
// name it returns; "" where nothing was. Mode and owner stay; a new file can be
// read by all, as it holds no secrets.
func Save(path string, text []byte, check func(path string) error) (backup string, err error) {
	old, err := os.ReadFile(path)
	fresh := errors.Is(err, fs.ErrNotExist)
	if err != nil && !fresh {
		return "", fmt.Errorf("save configuration: %w", err)
	}
	beside, err := write(path, text)
	if err != nil {
		return "", fmt.Errorf("save configuration: %w", err)
	}
	defer os.Remove(beside) // what was renamed is not there any more
	if err := check(beside); err != nil {
		return "", fmt.Errorf("save configuration: %s is left as it was: %w", path, err)
	}
	if !fresh {
		backup = path + ".bak"
		kept, err := write(path, old)
		if err != nil {
			return "", fmt.Errorf("save configuration: keep the old one: %w", err)
		}
		if err := os.Rename(kept, backup); err != nil {
			return "", errors.Join(fmt.Errorf("save configuration: keep the old one: %w", err), os.Remove(kept))
		}
	}
	if err := os.Rename(beside, path); err != nil {
		return backup, fmt.Errorf("save configuration: %w", err)
	}
	return backup, nil
}

// write writes text into a file of its own beside path, with path's mode and
// owner.
func write(path string, text []byte) (beside string, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".siaga-edge-*.yaml")
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	err = errors.Join(err, liken(f, path), f.Sync(), f.Close())
	if err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// liken gives f the mode and the owner of the file at path.
func liken(f *os.File, path string) error {
	like, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return f.Chmod(0o644)
	}
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(like.Mode().Perm()), own(f, like))
}
