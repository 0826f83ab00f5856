package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"

	"github.com/siaga-id/siaga/gateway/registry"
)

// maxManifest bounds what is read of the head and the manifest, in bytes: a
// center of ten years has some thousand files of time series.
const maxManifest = 64 << 20

// Check reads a whole archive and compares every hash, without writing anything.
// Errors: ErrKey, ErrDamaged, ErrNewer.
func Check(ctx context.Context, r io.Reader, key Key) (*Manifest, error) {
	m, err := read(ctx, r, key, func(f File, content io.Reader) (uint64, error) {
		if f.spool() != "" {
			return readRecords(content, func([]byte) error { return nil })
		}
		_, err := io.Copy(io.Discard, content)
		return 0, err
	})
	if err != nil {
		return nil, fmt.Errorf("check archive: %w", err)
	}
	return m, nil
}

// read gives every copy to take, which returns the number of a spool's records.
// Only when it returns nil was everything what was written.
func read(ctx context.Context, r io.Reader, key Key, take func(f File, content io.Reader) (records uint64, err error)) (*Manifest, error) {
	plain, err := age.Decrypt(whileNotDone{ctx, r}, key.identities...)
	var none *age.NoIdentityMatchError
	switch {
	case errors.As(err, &none):
		return nil, fmt.Errorf("%w, or %w", ErrKey, ErrDamaged)
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	m, err := unpack(believed{plain}, take)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return m, err
}

// believed reads what must be as it was written: that it cannot be read is its
// own fault, and not of whoever takes it.
type believed struct{ r io.Reader }

func (b believed) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err != nil && err != io.EOF && !errors.Is(err, ErrDamaged) {
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return n, err
}

func unpack(plain io.Reader, take func(f File, content io.Reader) (uint64, error)) (*Manifest, error) {
	t := tar.NewReader(plain)
	var head Head
	if err := readJSON(t, headName, &head); err != nil {
		return nil, err
	}
	if err := head.check(); err != nil {
		return nil, err
	}
	var have []File
	seen := make(map[string]bool)
	for {
		h, err := t.Next()
		if err != nil {
			return nil, fmt.Errorf("%w: it has no end: %w", ErrDamaged, err)
		}
		if h.Name == manifestName {
			break
		}
		if h.Typeflag != tar.TypeReg || !validName(h.Name) || seen[h.Name] {
			return nil, fmt.Errorf("%w: entry %.200q", ErrDamaged, h.Name)
		}
		seen[h.Name] = true
		sum := sha256.New()
		content := io.TeeReader(believed{t}, sum)
		f := File{Name: h.Name, Bytes: h.Size}
		if f.Records, err = take(f, content); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		if n, err := io.Copy(io.Discard, content); err != nil || n > 0 {
			return nil, fmt.Errorf("%w: %s: %d bytes more, %v", ErrDamaged, f.Name, n, err)
		}
		f.SHA256 = hex.EncodeToString(sum.Sum(nil))
		have = append(have, f)
	}
	m := new(Manifest)
	if err := decode(t, m); err != nil {
		return nil, err
	}
	if m.Head != head {
		return nil, fmt.Errorf("%w: its beginning and its end differ", ErrDamaged)
	}
	if err := same(have, m.Files); err != nil {
		return nil, err
	}
	if !seen[registryName] || head.History == registry.HistoryIncluded && !seen[metaName] {
		return nil, fmt.Errorf("%w: it is no whole center", ErrDamaged)
	}
	if _, err := t.Next(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: there is more behind the manifest: %v", ErrDamaged, err)
	}
	// Only at the end of all says age that nothing is missing.
	if n, err := io.Copy(io.Discard, plain); err != nil || n > 0 {
		return nil, fmt.Errorf("%w: %d bytes behind the end, %v", ErrDamaged, n, err)
	}
	return m, nil
}

func readJSON(t *tar.Reader, name string, v any) error {
	h, err := t.Next()
	if err != nil || h.Name != name || h.Typeflag != tar.TypeReg {
		return fmt.Errorf("%w: it does not begin with %s", ErrDamaged, name)
	}
	return decode(t, v)
}

func decode(r io.Reader, v any) error {
	b, err := io.ReadAll(io.LimitReader(believed{r}, maxManifest))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}

// same compares what was read with what the manifest says.
func same(have, want []File) error {
	if len(have) != len(want) {
		return fmt.Errorf("%w: it has %d files, and says %d", ErrDamaged, len(have), len(want))
	}
	for i := range have {
		if have[i] != want[i] {
			return fmt.Errorf("%w: %s is not what was written", ErrDamaged, have[i].Name)
		}
	}
	return nil
}
