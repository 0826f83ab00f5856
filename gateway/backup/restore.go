package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/gateway/tsdb"
	"github.com/siaga-id/siaga/internal/wholefile"
)

// partialSuffix is of the directory, beside the data directory, that a
// restoration fills before it becomes that.
const partialSuffix = ".partial"

// ErrNotEmpty tells that there is something where a backup is to be restored.
var ErrNotEmpty = errors.New("there are data already: a backup is restored into an empty data directory only")

// Options configure Restore. Dir and Key are required.
type Options struct {
	// Dir is the data directory to make. It must not be there, or be empty.
	Dir string
	Key Key
	// Retired is who has been kept out since the backup; nil: nobody knows.
	Retired *registry.Retirements
	Now     func() time.Time // nil is time.Now
	Logger  *slog.Logger     // nil is slog.Default
}

// Report is what a restoration did.
type Report struct {
	Manifest *Manifest      `json:"manifest"`
	Ended    registry.Ended `json:"ended"`
}

// Restore makes a data directory of an archive, whole or not at all: everything
// is unpacked beside it, compared with every hash, made ready and durable, and
// only then put in place. As root it gives the directory to whom an empty one in
// its place belonged. Errors: ErrNotEmpty, ErrKey, ErrDamaged, ErrNewer,
// *registry.SchemaError, and what the disk says.
func Restore(ctx context.Context, archive io.Reader, opt Options) (_ *Report, err error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Logger == nil {
		opt.Logger = slog.Default()
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("restore into %s: %w", opt.Dir, err)
		}
	}()
	if opt.Dir, err = filepath.Abs(opt.Dir); err != nil {
		return nil, err
	}
	was, err := empty(opt.Dir)
	if err != nil {
		return nil, err
	}
	partial := opt.Dir + partialSuffix
	if err := os.MkdirAll(filepath.Dir(opt.Dir), 0o755); err != nil {
		return nil, err
	}
	if err := os.Mkdir(partial, 0o700); errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s is there: another restoration is under way, or was killed: then remove it", partial)
	} else if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(partial))
		}
	}()
	report, err := fillDir(ctx, archive, partial, opt)
	if err != nil {
		return nil, err
	}
	if err := settle(partial, was); err != nil {
		return nil, err
	}
	return report, place(partial, opt.Dir, was)
}

// empty returns what is at dir: nil for nothing, else an empty directory.
func empty(dir string) (fs.FileInfo, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if len(entries) > 0 {
		return nil, fmt.Errorf("%w: %s", ErrNotEmpty, entries[0].Name())
	}
	return os.Stat(dir)
}

// fillDir unpacks and checks the archive and makes it ready to be used.
func fillDir(ctx context.Context, archive io.Reader, dir string, opt Options) (*Report, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	m, err := read(ctx, archive, opt.Key, func(f File, content io.Reader) (uint64, error) {
		if name := f.spool(); name != "" {
			return fill(filepath.Join(dir, filepath.FromSlash(name)), content)
		}
		return 0, unpackFile(root, f.Name, content)
	})
	if err != nil {
		return nil, err
	}
	report := &Report{Manifest: m}
	r, err := registry.Open(filepath.Join(dir, registryName), registry.Options{Kind: m.Kind, Now: opt.Now})
	if err != nil {
		return nil, err
	}
	report.Ended, err = r.Restore(ctx, registry.Actor{Name: "system"}, registry.Restoration{Taken: m.Taken, History: m.History, Retired: opt.Retired})
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, err
	}
	if m.History == registry.HistoryIncluded {
		if err := tsdb.Rebuild(filepath.Join(dir, "influx"), opt.Logger); err != nil {
			return nil, err
		}
	}
	return report, nil
}

// unpackFile writes a file that is not there yet.
func unpackFile(root *os.Root, name string, content io.Reader) (err error) {
	name = filepath.FromSlash(name)
	if err := root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Close())
}

// settle makes everything below dir durable, and gives it to whom was belongs to,
// where root may have made it.
func settle(dir string, was fs.FileInfo) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := giveLike(path, was); err != nil {
			return err
		}
		if d.IsDir() {
			return wholefile.Dir(path).SyncDir()
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close())
	})
}

// place puts the finished directory where it belongs.
func place(partial, dir string, was fs.FileInfo) error {
	if was != nil {
		if err := os.Chmod(partial, was.Mode().Perm()); err != nil {
			return err
		}
		// It fails where something has come in meanwhile.
		if err := os.Remove(dir); err != nil {
			return fmt.Errorf("%w: where it is a disk of its own, name a directory on it", err)
		}
	}
	if err := os.Rename(partial, dir); err != nil {
		return err
	}
	return wholefile.Dir(filepath.Dir(dir)).SyncDir()
}
