package tsdb

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"github.com/influxdata/influxdb/tsdb/engine/tsm1"
	"github.com/influxdata/influxdb/tsdb/index/tsi1"
)

// mend repairs below dir what a full disk or a power cut leaves and the engine
// does not get over by itself. Nothing may have the directory open.
func mend(dir string, log *slog.Logger) error {
	logs, err := filepath.Glob(filepath.Join(dir, "wal", "*", "*", "*"))
	if err != nil {
		return err
	}
	for _, one := range logs {
		if err := mendLog(one, log); err != nil {
			return fmt.Errorf("repair write-ahead log: %w", err)
		}
	}
	shards, err := filepath.Glob(filepath.Join(dir, "data", "*", "*", "*", "index"))
	if err != nil {
		return err
	}
	for _, index := range shards {
		shard := filepath.Dir(index)
		id, err := filepath.Rel(filepath.Join(dir, "data"), shard)
		if err != nil {
			return err
		}
		if err := removeHalfMade(shard, filepath.Join(dir, "wal", id), log); err != nil {
			return fmt.Errorf("remove half-made shard: %w", err)
		}
	}
	return nil
}

// mendLog cuts off what is torn at the end of a shard's write-ahead log.
func mendLog(dir string, log *slog.Logger) error {
	segments, err := filepath.Glob(filepath.Join(dir, tsm1.WALFilePrefix+"*."+tsm1.WALFileExtension))
	if err != nil || len(segments) == 0 {
		return err
	}
	last := slices.Max(segments) // as the engine: by name; to the others nothing is appended
	cut, err := cutTorn(last)
	if cut > 0 {
		log.Warn("write-ahead log ended in the middle of a write, which was not acknowledged: cut it off", "file", last, "bytes", cut)
	}
	return err
}

// removeHalfMade removes a shard in which nothing was ever stored, and that the
// engine can neither open nor make anew, because an index of it was not written
// out: it would take nothing for a week. One that holds readings is left as it is.
func removeHalfMade(dir, wal string, log *slog.Logger) error {
	manifests, err := filepath.Glob(filepath.Join(dir, "index", "*", tsi1.ManifestFileName))
	if err != nil {
		return err
	}
	broken := slices.ContainsFunc(manifests, func(name string) bool {
		_, _, err := tsi1.ReadManifestFile(name)
		return err != nil && !errors.As(err, new(*fs.PathError))
	})
	if !broken {
		return nil
	}
	for _, files := range []string{filepath.Join(dir, "*."+tsm1.TSMFileExtension), filepath.Join(wal, "*."+tsm1.WALFileExtension)} {
		names, err := filepath.Glob(files)
		if err != nil {
			return err
		}
		for _, name := range names {
			if info, err := os.Stat(name); err != nil || info.Size() > 0 {
				return err
			}
		}
	}
	log.Warn("shard was not made to the end and holds nothing: removed, it is made again", "dir", dir)
	return errors.Join(os.RemoveAll(dir), os.RemoveAll(wal))
}

// cutTorn cuts off the end of a segment that is no whole entry, and returns its
// length. The engine does that as well, but after it has placed itself behind
// it: what it then appends stands behind a gap and is thrown away by the next
// opening, although it was acknowledged.
func cutTorn(name string) (int64, error) {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	r := tsm1.NewWALSegmentReader(f)
	for r.Next() {
		_, err := r.Read()
		if errors.As(err, new(*fs.PathError)) {
			return 0, err // it may be whole and yet not readable now
		}
		if err != nil {
			break
		}
	}
	torn := info.Size() - r.Count()
	if torn <= 0 {
		return 0, nil
	}
	if err := f.Truncate(r.Count()); err != nil {
		return 0, err
	}
	return torn, f.Sync()
}
