package tsdb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"strconv"

	"github.com/influxdata/influxdb/services/meta"
	"github.com/influxdata/influxdb/tsdb"
)

// metaName is of the meta data, below Options.Dir.
const metaName = "meta/meta.db"

// Snapshot is a consistent view of what the engine had stored at one moment. Its
// files are links: they take no room of their own until the engine compacts.
type Snapshot struct {
	// Files may be read until Close. They do not change.
	Files []SnapshotFile
	// LeftOut are the directories of shards that could not be opened.
	LeftOut []string
	dirs    []string
}

// SnapshotFile is one file of a Snapshot.
type SnapshotFile struct {
	// Name is where it belongs, below Options.Dir, with slashes.
	Name string
	// Path is where it is now; "" where Content is all of it.
	Path    string
	Content []byte
	Size    int64
}

// ErrFull tells that the disk has no room for a Snapshot.
var ErrFull = errors.New("the disk is full")

// Snapshot flushes what is in memory and links the files of every shard. What is
// written meanwhile may be in it or not, and what was written before is. The
// caller must Close it. A process that is killed leaves links behind, which the
// next Open removes. Errors: ErrFull, after which the store opens itself again as
// after a write that met the end of the disk, and which it is until then, and what
// the disk says. Close ends it.
func (e *Engine) Snapshot(ctx context.Context) (*Snapshot, error) {
	st, err := e.door.enter()
	if err != nil { // the disk was full, and may still be
		return nil, fmt.Errorf("%w: %w", ErrFull, err)
	}
	defer e.door.leave()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(st.life, cancel)()
	s := &Snapshot{LeftOut: st.unopened}
	err = s.take(ctx, e.meta, st)
	if spoils(err) {
		err = fmt.Errorf("%w: %w", ErrFull, e.spoiled(err))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("take snapshot of time series: %w", err), s.Close())
	}
	return s, nil
}

func (s *Snapshot) take(ctx context.Context, mc *meta.Client, st *storage) error {
	// A shard that is made from now on is unknown to these meta data, so that the
	// engine makes it anew.
	data := mc.Data()
	content, err := data.MarshalBinary()
	if err != nil {
		return fmt.Errorf("read meta data: %w", err)
	}
	s.Files = append(s.Files, SnapshotFile{Name: metaName, Content: content, Size: int64(len(content))})
	for _, db := range data.Databases {
		for _, rp := range db.RetentionPolicies {
			for _, g := range rp.ShardGroups {
				for _, sh := range g.Shards {
					shard := st.store.Shard(sh.ID)
					if g.Deleted() || shard == nil {
						continue // never written to, not opened, or gone by its age
					}
					if err := s.link(ctx, st, shard, path.Join("data", db.Name, rp.Name, strconv.FormatUint(sh.ID, 10))); err != nil {
						return fmt.Errorf("shard %d: %w", sh.ID, err)
					}
				}
			}
		}
	}
	return nil
}

// link adds the files of one shard.
func (s *Snapshot) link(ctx context.Context, st *storage, shard *tsdb.Shard, name string) error {
	dir, err := flushed(ctx, st, shard)
	if err != nil {
		return err
	}
	s.dirs = append(s.dirs, dir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			return err
		}
		s.Files = append(s.Files, SnapshotFile{
			Name: path.Join(name, entry.Name()), Path: filepath.Join(dir, entry.Name()), Size: info.Size(),
		})
	}
	return nil
}

// flushed is a directory of links to a shard's files, with what was in memory.
func flushed(ctx context.Context, st *storage, shard *tsdb.Shard) (dir string, err error) {
	if err := st.caches.write(ctx, shard, true); err != nil {
		return "", err
	}
	engine, ok := engineOf(shard)
	if !ok {
		return "", errors.New("it was closed")
	}
	return engine.FileStore.CreateSnapshot()
}

// Close removes the links.
func (s *Snapshot) Close() error {
	var errs []error
	for _, dir := range s.dirs {
		errs = append(errs, os.RemoveAll(dir))
	}
	s.dirs, s.Files = nil, nil
	return errors.Join(errs...)
}

// Rebuild makes a directory that holds the files of a Snapshot, each by its name,
// fit for Open: it makes the indexes, for which it reads the keys of all files. It
// returns an error where a shard cannot be opened. logger nil is slog.Default.
func Rebuild(dir string, logger *slog.Logger) (err error) {
	if logger == nil {
		logger = slog.Default()
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("rebuild time series in %s: %w", dir, err)
		}
	}()
	zlog := engineLogger(logger)
	mc := meta.NewClient(&meta.Config{Dir: filepath.Join(dir, "meta"), RetentionAutoCreate: true})
	mc.WithLogger(zlog)
	if err := mc.Open(); err != nil {
		return fmt.Errorf("open meta data: %w", err)
	}
	defer func() { err = errors.Join(err, mc.Close()) }()

	st := tsdb.NewStore(filepath.Join(dir, "data"))
	st.EngineOptions.Config = storeConfig(dir, DefaultCacheBytes)
	st.EngineOptions.IndexVersion = tsdb.TSI1IndexName
	st.EngineOptions.CompactionDisabled = true
	st.WithLogger(zlog)
	shards, err := fs.Glob(os.DirFS(st.Path()), "*/*/*")
	if err != nil {
		return err
	}
	for _, shard := range shards {
		// Without this directory the engine takes the shard for one whose index is in
		// memory (tsdb.Store.loadShards).
		if err := os.MkdirAll(filepath.Join(st.Path(), filepath.FromSlash(shard), "index"), 0o700); err != nil {
			return err
		}
	}
	if err := st.Open(); err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if bad := unopenedShards(mc, st); len(bad) > 0 {
		return fmt.Errorf("shards cannot be opened: %q", bad)
	}
	return nil
}
