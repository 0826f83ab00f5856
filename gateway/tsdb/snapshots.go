package tsdb

import (
	"errors"
	"log/slog"
	"time"

	"github.com/influxdata/influxdb/tsdb"
)

// A shard's newest readings are in its cache until a snapshot brings them to the
// disk. That costs as much as there are series, several seconds of a processor where
// there are a hundred thousand, and readings wait for it meanwhile: the cache of many
// series should be larger. What it holds costs memory at every collection: that of few
// should not.
const (
	// leastSnapshotBytes is the smallest cache of which a snapshot is made, where the
	// cache's bound is not less than sixteen times as much.
	leastSnapshotBytes = 16 << 20
	// seriesSnapshotBytes is the memory of the cache for each series: some thirty
	// readings.
	seriesSnapshotBytes = 1 << 10
	// A snapshot is made of a snapshotShare-th of the cache's bound at most.
	snapshotShare = 16
	// coldAfter is how long after its last reading a shard's cache is brought to the disk,
	// whatever its size: the default of InfluxDB (cache-snapshot-write-cold-duration).
	coldAfter = 10 * time.Minute
	// snapshotInterval is how often caches are looked at, as the engine itself does,
	// and snapshotRetry when it is tried again after a failure.
	snapshotInterval = time.Second
	snapshotRetry    = 30 * time.Second
)

// snapshotBytes is the size at which the cache of a shard with so many series, bound
// by cacheBytes, is brought to the disk.
func snapshotBytes(series, cacheBytes int64) int64 {
	return min(max(series*seriesSnapshotBytes, leastSnapshotBytes), cacheBytes/snapshotShare)
}

// snapshots brings caches that are large enough to the disk, one at a time, until the
// storage's life ends, which interrupts it: the write-ahead log has all of it. It tells
// spoiled of a log that is closed, after which the storage has to be opened again: a full
// disk alone, which keeps a cache from being written, does it no harm.
func (s *storage) snapshots(cacheBytes int64, spoiled func(error), log *slog.Logger) {
	for wait := snapshotInterval; sleep(s.life, wait); {
		err := s.snapshotAll(cacheBytes, spoiled)
		switch {
		case s.life.Err() != nil:
			return
		case err == nil:
			wait = snapshotInterval
			continue
		case wait == snapshotInterval:
			log.Warn("the newest readings stay in memory and in the write-ahead log: they are brought to their files when that works again", "retry_in", snapshotRetry, "err", err)
		}
		wait = snapshotRetry
	}
}

// snapshotAll looks at every shard once.
func (s *storage) snapshotAll(cacheBytes int64, spoiled func(error)) error {
	var errs []error
	for _, shard := range s.store.Shards(s.store.ShardIDs()) {
		errs = append(errs, s.snapshot(shard, cacheBytes))
	}
	err := errors.Join(errs...)
	if closed(err) && s.life.Err() == nil {
		spoiled(err)
	}
	return err
}

// snapshot brings a shard's cache to the disk where it is large enough, or cold, or
// could not be written before.
func (s *storage) snapshot(shard *tsdb.Shard, cacheBytes int64) error {
	engine, ok := engineOf(shard)
	if !ok {
		return nil
	}
	// Counting the series costs more than a look at the cache's size.
	size := int64(engine.Cache.Size())
	cold := size > 0 && time.Since(engine.Cache.LastWriteTime()) > coldAfter
	_, failed := s.caches.failure(shard.ID())
	if !cold && !failed && (size < snapshotBytes(0, cacheBytes) || size < snapshotBytes(engine.SeriesN(), cacheBytes)) {
		return nil
	}
	return s.caches.write(s.life, shard, false)
}
