package datasource

import (
	"archive/zip"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// Pack writes the archive of the built plugin in the folder dist to the file out,
// which is there whole or not at all. The archive says of everything that it was
// changed at the time given, so that two of the same parts are the same.
func Pack(dist, out string, changed time.Time) (err error) {
	file, err := os.CreateTemp(filepath.Dir(out), ".pack-*")
	if err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	err = write(file, os.DirFS(dist), changed)
	if err = errors.Join(err, file.Chmod(0o644), file.Close()); err != nil {
		return fmt.Errorf("write archive of %s: %w", dist, err)
	}
	if err = os.Rename(file.Name(), out); err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	return nil
}

func write(to io.Writer, dist fs.FS, changed time.Time) error {
	archive := zip.NewWriter(to)
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	err := fs.WalkDir(dist, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(dist, name)
		if err != nil {
			return err
		}
		header := &zip.FileHeader{Name: path.Join(ID, name), Method: zip.Deflate, Modified: changed.UTC()}
		header.SetMode(mode(name))
		file, err := archive.CreateHeader(header)
		if err != nil {
			return err
		}
		_, err = file.Write(content)
		return err
	})
	return errors.Join(err, archive.Close())
}

// mode is what a file may be for once it is unpacked: the back half runs.
func mode(name string) fs.FileMode {
	if strings.HasPrefix(path.Base(name), executable) {
		return 0o755
	}
	return 0o644
}
