package backup

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/gateway/tsdb"
)

// stagePrefix is of the directories, in the data directory, that a backup stages
// its copies in.
const stagePrefix = ".backup-"

// ErrNoRoom tells that the data directory's disk has no room for the copies that
// a backup stages there.
var ErrNoRoom = errors.New("no room for a backup's copies in the data directory")

// Sources are what a center keeps. What has no default is required.
type Sources struct {
	// Dir is the data directory.
	Dir string
	// Program is the version of siaga.
	Program  string
	Kind     registry.Kind
	Registry interface {
		Snapshot(ctx context.Context, to string) error
	}
	// Spools give, by their names, all records that wait to fn, each valid only
	// during the call, and return fn's error unchanged.
	Spools map[string]func(fn func(record []byte) error) error
	// SpoolBytes is about how much waits in all of them.
	SpoolBytes int64
	// Engine takes a snapshot of the embedded time series; nil: there are none, or
	// they are not wanted. History says which.
	Engine  func(ctx context.Context) (*tsdb.Snapshot, error)
	History registry.History
	// Free is the room that is left on the disk of Dir, in bytes, ReserveBytes how
	// much of it is for others. Free nil: nobody asks.
	Free         func() (int64, error)
	ReserveBytes int64
	// Hold stops readings on their way from the spools into the time series and
	// entries from the quarantine into the spools, until release is called.
	// Acknowledging goes on. nil: nothing moves.
	Hold func() (release func())
	Now  func() time.Time // nil is time.Now
}

// Staged is a consistent copy of a center, ready to be written. Close it.
type Staged struct {
	dir      string
	manifest Manifest
	copies   []copied
	engine   *tsdb.Snapshot
}

// Stage copies everything as of one moment, except for the time series, of which
// it links the files. The moment is when it begins to read the spools: what was
// acknowledged before is in the copy.
func Stage(ctx context.Context, src Sources) (_ *Staged, err error) {
	if src.Now == nil {
		src.Now = time.Now
	}
	s := &Staged{}
	defer func() {
		// Others have taken what was free.
		if errors.Is(err, syscall.ENOSPC) || errors.Is(err, registry.ErrFull) || errors.Is(err, tsdb.ErrFull) {
			err = fmt.Errorf("%w: %w", ErrNoRoom, err)
		}
		if err != nil {
			err = errors.Join(fmt.Errorf("make backup: %w", err), s.Close())
		}
	}()
	if err := src.room(); err != nil {
		return nil, err
	}
	if s.dir, err = os.MkdirTemp(src.Dir, stagePrefix); err != nil { // mode 0700
		return nil, err
	}
	if err := s.hold(ctx, &src); err != nil {
		return nil, err
	}
	return s, nil
}

// room is why the copies have none.
func (src *Sources) room() error {
	if src.Free == nil {
		return nil
	}
	need := src.SpoolBytes + src.ReserveBytes
	for _, name := range []string{registryName, registryName + "-wal"} {
		info, err := os.Stat(filepath.Join(src.Dir, name))
		if err == nil {
			need += info.Size()
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	free, err := src.Free()
	if err != nil {
		return err
	}
	if free < need {
		return fmt.Errorf("%w: %d MB are needed, %d MB are free", ErrNoRoom, need>>20, free>>20)
	}
	return nil
}

// hold copies while nothing moves on. Readings go from spool to time series to
// reports to ledger: what is read earlier here may be in two places, and is then
// stored twice to the same effect, but never in none.
func (s *Staged) hold(ctx context.Context, src *Sources) error {
	if src.Hold != nil {
		defer src.Hold()()
	}
	s.manifest = Manifest{Head: Head{
		Format: format, Program: src.Program, Taken: src.Now().UTC().Truncate(time.Second), Kind: src.Kind, History: src.History,
	}, LeftOut: []LeftOut{}}
	for _, name := range []string{DataSpool, StoredSpool, RefusedSpool, DeviceSpool} {
		if scan := src.Spools[name]; scan != nil {
			if err := s.copySpool(ctx, name, scan); err != nil {
				return fmt.Errorf("copy spool %s: %w", name, err)
			}
		}
	}
	to := filepath.Join(s.dir, registryName)
	if err := src.Registry.Snapshot(ctx, to); err != nil {
		return err
	}
	if err := s.add(registryName, to); err != nil {
		return err
	}
	// After the registry: every certificate that it knows was signed by one of these.
	if err := s.copyCA(filepath.Join(src.Dir, "ca")); err != nil {
		return fmt.Errorf("copy certificate authority: %w", err)
	}
	if src.Engine != nil {
		if err := s.linkEngine(ctx, src.Engine); err != nil {
			return err
		}
	}
	return s.listLeftOut(src)
}

// add takes note of a file that does not change any more.
func (s *Staged) add(name, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	s.copies = append(s.copies, copied{File: File{Name: name, Bytes: info.Size()}, path: path})
	return nil
}

func (s *Staged) copySpool(ctx context.Context, name string, scan func(func([]byte) error) error) error {
	to := filepath.Join(s.dir, strings.ReplaceAll(name, "/", "-"))
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	var n uint64
	err = scan(func(record []byte) error {
		n++
		if err := ctx.Err(); err != nil {
			return err
		}
		return writeRecord(w, record)
	})
	if err == nil {
		err = w.Flush()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := s.add(spoolPrefix+name, to); err != nil {
		return err
	}
	s.copies[len(s.copies)-1].Records = n
	return nil
}

func (s *Staged) copyCA(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !validName(caPrefix+e.Name()) || strings.HasPrefix(e.Name(), ".") {
			continue // it is being written, or not the authority's
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		s.copies = append(s.copies, copied{File: File{Name: caPrefix + e.Name(), Bytes: int64(len(b))}, content: b})
	}
	return nil
}

func (s *Staged) linkEngine(ctx context.Context, take func(context.Context) (*tsdb.Snapshot, error)) error {
	var err error
	if s.engine, err = take(ctx); err != nil {
		return err
	}
	s.manifest.Engine = "InfluxDB " + tsdb.Version
	for _, f := range s.engine.Files {
		name := influxPrefix + f.Name
		if !validName(name) {
			return fmt.Errorf("time series file %q has a name that cannot be kept", f.Name)
		}
		s.copies = append(s.copies, copied{File: File{Name: name, Bytes: f.Size}, path: f.Path, content: f.Content})
	}
	for _, dir := range s.engine.LeftOut {
		s.leaveOut(dir, "the time series engine cannot read it")
	}
	return nil
}

// Manifest is what the archive will have. It has hashes when WriteTo has returned.
func (s *Staged) Manifest() *Manifest { return &s.manifest }

// Bytes is how large the archive will be, but for some KiB.
func (s *Staged) Bytes() (n int64) {
	for _, c := range s.copies {
		n += c.Bytes + 512
	}
	return n
}

// WriteTo writes the archive. It may be called once.
func (s *Staged) WriteTo(ctx context.Context, w io.Writer, lock Lock) error {
	if err := write(ctx, w, lock, &s.manifest, s.copies); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	return nil
}

// Close removes the copies and links.
func (s *Staged) Close() error {
	var errs []error
	if s.engine != nil {
		errs = append(errs, s.engine.Close())
	}
	if s.dir != "" {
		errs = append(errs, os.RemoveAll(s.dir))
	}
	return errors.Join(errs...)
}

// Clear removes what backups that were killed have left in a data directory.
func Clear(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), stagePrefix) && e.IsDir() {
			errs = append(errs, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return errors.Join(errs...)
}
