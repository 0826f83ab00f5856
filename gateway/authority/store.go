package authority

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// ErrExposed tells that others than the center's user may read its keys.
var ErrExposed = errors.New("others may read it")

const (
	filePrefix, fileSuffix = "ca-", ".pem"
	newPrefix              = ".new-" // of a file that is being written
)

// openDir makes the directory, or refuses one that others may read, and clears
// away what was being written when the program was killed.
func openDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := private(dir); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), newPrefix) {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// private returns ErrExposed for what anybody but its owner may read or change.
// Windows has no such modes; there the data directory's own rights hold.
func private(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if mode := info.Mode(); mode.Perm()&0o077 != 0 || !mode.IsDir() && !mode.IsRegular() {
		return fmt.Errorf("%s: %w (mode %v): its keys may be known to them; where you are sure that they are not: chmod go= %s", path, ErrExposed, mode, path)
	}
	return nil
}

// readCAs reads all authorities of the directory, in no order.
func readCAs(dir string) ([]*ca, error) {
	files, err := filepath.Glob(filepath.Join(globSafe(dir), filePrefix+"*"+fileSuffix))
	if err != nil {
		return nil, err
	}
	var all []*ca
	for _, file := range files {
		if err := private(file); err != nil {
			return nil, err
		}
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		c, err := decodeCA(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w: restore it from a backup", file, err)
		}
		all = append(all, c)
	}
	return all, nil
}

// globSafe is dir with what Glob would take for a pattern taken literally.
func globSafe(dir string) string {
	if runtime.GOOS == "windows" { // where Glob knows no escapes, nor names any * or ?
		return dir
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

// writeCA writes an authority durably: whole, or not at all.
func writeCA(dir string, c *ca) error {
	b, err := c.encode()
	if err != nil {
		return err
	}
	name := filePrefix + c.id() + fileSuffix
	to, as := filepath.Join(dir, newPrefix+name), filepath.Join(dir, name)
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(to, as)
	}
	if err != nil {
		if gone := os.Remove(to); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
		return err
	}
	return syncDir(dir)
}

// syncDir makes the directory's entries durable.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" { // NTFS journals names by itself
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
