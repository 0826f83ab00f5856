package tsdb

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"sync"

	"github.com/influxdata/influxdb/coordinator"
	"github.com/influxdata/influxdb/monitor"
	"github.com/influxdata/influxdb/query"
	"github.com/influxdata/influxdb/services/meta"
	"github.com/influxdata/influxdb/services/retention"
	"github.com/influxdata/influxdb/toml"
	"github.com/influxdata/influxdb/tsdb"
)

// storage is the part of the engine that a full disk can spoil, and that is then
// closed and opened again: everything but the meta data.
type storage struct {
	store     *tsdb.Store
	writer    *coordinator.PointsWriter
	executor  *query.Executor
	retention *retention.Service
	caches    *caches
	unopened  []string // shard directories that did not open

	// life ends by die, before the storage is closed.
	life context.Context
	die  context.CancelFunc
	// upkeep is of what runs in the background until then.
	upkeep sync.WaitGroup
}

// openStorage mends what the last process or a full disk has left, and opens it. It
// calls spoiled with what has spoiled it later.
func openStorage(opt Options, mc *meta.Client, spoiled func(error)) (*storage, error) {
	if err := mend(opt.Dir, opt.Logger); err != nil {
		return nil, fmt.Errorf("mend store: %w", err)
	}
	s := &storage{caches: newCaches()}
	s.life, s.die = context.WithCancel(context.Background())
	if err := s.open(opt, mc); err != nil {
		return nil, errors.Join(err, s.close())
	}
	s.upkeep.Go(func() { s.snapshots(opt.CacheBytes, spoiled, opt.Logger) })
	s.upkeep.Go(func() { s.freeing(opt.Logger) })
	return s, nil
}

// open opens everything. What it has opened when it fails is closed by close.
func (s *storage) open(opt Options, mc *meta.Client) error {
	zlog := engineLogger(opt.Logger)
	s.store = tsdb.NewStore(filepath.Join(opt.Dir, "data"))
	s.store.EngineOptions.Config = storeConfig(opt.Dir, opt.CacheBytes)
	s.store.EngineOptions.IndexVersion = tsdb.TSI1IndexName
	s.store.EngineOptions.MonitorDisabled = true // see freeing
	s.store.WithLogger(zlog)
	if err := s.store.Open(); err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	s.unopened = unopenedShards(mc, s.store)
	if len(s.unopened) > 0 {
		opt.Logger.Error("shards could not be opened, their readings are missing from answers", "dirs", s.unopened)
	}

	s.writer = coordinator.NewPointsWriter()
	s.writer.MetaClient = mc
	s.writer.TSDBStore = &shardWriter{s.store, s.caches}
	s.writer.WithLogger(zlog)
	if err := s.writer.Open(); err != nil {
		return fmt.Errorf("open points writer: %w", err)
	}

	s.executor = query.NewExecutor()
	s.executor.TaskManager.QueryTimeout = opt.QueryTimeout
	s.executor.StatementExecutor = &coordinator.StatementExecutor{
		MetaClient:  mc,
		TaskManager: s.executor.TaskManager,
		TSDBStore:   &deletingStore{s.store, s.caches, s.life},
		ShardMapper: &coordinator.LocalShardMapper{
			MetaClient: mc,
			TSDBStore:  coordinator.LocalTSDBStore{Store: s.store},
		},
		Monitor:      monitor.New(nil, monitor.Config{}),
		PointsWriter: s.writer,
	}

	s.retention = retention.NewService(retention.NewConfig())
	s.retention.MetaClient = mc
	s.retention.TSDBStore = s.store
	s.retention.WithLogger(zlog)
	return s.retention.Open()
}

// storeConfig is the engine's own default configuration, cut down to a machine that
// also does other things, with 1 GiB of memory where cacheBytes is the least.
func storeConfig(dir string, cacheBytes int64) tsdb.Config {
	c := tsdb.NewConfig()
	c.Dir = filepath.Join(dir, "data")
	c.WALDir = filepath.Join(dir, "wal")
	// Every write is on disk before it is answered.
	c.WALFsyncDelay = 0
	// The in-memory index grows with every series ever seen.
	c.Index = tsdb.TSI1IndexName
	c.CacheMaxMemorySize = toml.Size(cacheBytes)
	// The engine never makes a snapshot by itself: see caches.
	c.CacheSnapshotMemorySize = math.MaxInt64
	c.CacheSnapshotWriteColdDuration = math.MaxInt64
	// One compaction at a time leaves the other cores to ingest.
	c.MaxConcurrentCompactions = 1
	c.SeriesFileMaxConcurrentSnapshotCompactions = 1
	// They are paced: one that took all that a core gives would keep readings waiting
	// for it for seconds, and nobody waits for a compaction.
	c.CompactThroughput = 4 << 20
	c.CompactThroughputBurst = 8 << 20
	// Strict: a broken UTF-8 tag would be unreadable in every answer.
	c.ValidateKeys = true
	c.QueryLogEnabled = false
	return c
}

// measure returns the number of series of a database, and the size of the
// compressed data.
func (s *storage) measure(database string) (series, bytes int64, err error) {
	series, err = s.store.SeriesCardinality(context.Background(), database)
	if err != nil {
		return 0, 0, fmt.Errorf("count series: %w", err)
	}
	if bytes, err = s.store.DiskSize(); err != nil {
		return 0, 0, fmt.Errorf("measure data: %w", err)
	}
	return series, bytes, nil
}

// kill ends the running queries and refuses new ones.
func (s *storage) kill() {
	s.die()
	_ = s.executor.Close() // never fails
}

// close closes what open has opened, in reverse. Errors that a full disk has
// left in the buffers of files (see spoils) are of writes that were not
// acknowledged.
func (s *storage) close() error {
	s.die()
	s.upkeep.Wait()
	var errs []error
	if s.retention != nil {
		errs = append(errs, s.retention.Close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.Close())
	}
	if s.store != nil {
		errs = append(errs, closeStore(s.store))
	}
	return errors.Join(errs...)
}

// closeStore closes all of a store. The store's own Close leaves the series
// files open that come after the first one with an error.
func closeStore(st *tsdb.Store) error {
	files := make(map[*tsdb.SeriesFile]bool)
	for _, shard := range st.Shards(st.ShardIDs()) {
		if file, err := shard.SeriesFile(); err == nil {
			files[file] = true
		}
	}
	err := st.Close()
	if err == nil {
		return nil
	}
	for file := range files {
		_ = file.Close() // those that are closed already have said why
	}
	return err
}
