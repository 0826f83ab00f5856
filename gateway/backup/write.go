package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"
)

// copied is one staged copy: a file, or bytes.
type copied struct {
	File
	path    string
	content []byte // where path is ""
}

func (c *copied) open() (io.ReadCloser, error) {
	if c.path == "" {
		return io.NopCloser(bytes.NewReader(c.content)), nil
	}
	return os.Open(c.path)
}

// write writes an archive of the copies, and their hashes into m.
func write(ctx context.Context, w io.Writer, lock Lock, m *Manifest, copies []copied) error {
	recipients, err := lock.recipients()
	if err != nil {
		return err
	}
	sealed, err := age.Encrypt(w, recipients...)
	if err != nil {
		return fmt.Errorf("encrypt archive: %w", err)
	}
	t := tar.NewWriter(sealed)
	if err := writeJSON(t, headName, m.Head); err != nil {
		return err
	}
	m.Files = make([]File, 0, len(copies))
	for i := range copies {
		f, err := writeCopy(ctx, t, &copies[i])
		if err != nil {
			return fmt.Errorf("write %s: %w", copies[i].Name, err)
		}
		m.Files = append(m.Files, f)
	}
	if err := writeJSON(t, manifestName, m); err != nil {
		return err
	}
	return errors.Join(t.Close(), sealed.Close())
}

func writeJSON(t *tar.Writer, name string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(b))}); err != nil {
		return err
	}
	_, err = t.Write(b)
	return err
}

// writeCopy fails where a copy has another size by now.
func writeCopy(ctx context.Context, t *tar.Writer, c *copied) (File, error) {
	r, err := c.open()
	if err != nil {
		return File{}, err
	}
	defer r.Close()
	if err := t.WriteHeader(&tar.Header{Name: c.Name, Mode: 0o600, Size: c.Bytes}); err != nil {
		return File{}, err
	}
	sum := sha256.New()
	// One byte more than there may be is an error of the tar's.
	n, err := io.Copy(io.MultiWriter(t, sum), whileNotDone{ctx, r})
	if err == nil && n != c.Bytes {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return File{}, err
	}
	f := c.File
	f.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return f, nil
}

// whileNotDone reads until ctx ends.
type whileNotDone struct {
	ctx context.Context
	r   io.Reader
}

func (w whileNotDone) Read(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.r.Read(b)
}
