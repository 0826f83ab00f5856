package tsdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/influxdata/influxdb/coordinator"
	"github.com/influxdata/influxdb/monitor"
	"github.com/influxdata/influxdb/query"
	"github.com/influxdata/influxdb/services/meta"
	"github.com/influxdata/influxdb/services/retention"
	"github.com/influxdata/influxdb/toml"
	"github.com/influxdata/influxdb/tsdb"

	// The engine finds its storage format and its indexes by registration.
	_ "github.com/influxdata/influxdb/tsdb/engine"
	_ "github.com/influxdata/influxdb/tsdb/index"
)

// Version is the release of InfluxDB whose engine this is, and which clients
// are told.
const Version = "1.8.10"

// Engine is a running engine with its HTTP server. Its methods are safe for
// concurrent use.
type Engine struct {
	opt      Options
	lock     *os.File
	listener net.Listener
	server   *http.Server
	serving  chan error // the result of server.Serve, once

	meta      *meta.Client
	store     *tsdb.Store
	writer    *coordinator.PointsWriter
	executor  *query.Executor
	retention *retention.Service

	writes, queries *gate
	unopened        []string // shard directories that did not open
	metrics         *metrics
	points, dropped atomic.Uint64
	refused         atomic.Uint64

	closing  sync.Once
	closeErr error
}

// Stats is a snapshot of what an Engine has done and holds.
type Stats struct {
	// Points were written since Open; Dropped were not, for their content
	// (field type, retention).
	Points, Dropped uint64
	// Refused is how many requests were turned away by Host, Origin or missing
	// admin token.
	Refused uint64
	// Series is the number of series in the database.
	Series int64
	// DiskBytes is the size of the compressed data, without the write-ahead log.
	DiskBytes int64
	// UnopenedShards are directories of data that could not be read at Open:
	// readings in them are missing from answers. The log of Open says why.
	UnopenedShards []string
}

// Open opens the engine over opt.Dir and serves on opt.Addr. Errors of
// listening are *ListenError and *NotLoopbackError. The caller must Close it.
func Open(opt Options) (*Engine, error) {
	opt, err := opt.withDefaults()
	if err != nil {
		return nil, err
	}
	// The port comes first: it is what fails most, and it costs nothing.
	ln, err := listen(opt.Addr)
	if err != nil {
		return nil, err
	}
	e := &Engine{
		opt:      opt,
		listener: ln,
		serving:  make(chan error, 1),
		writes:   newGate(runningWrites, waitingWrites),
		queries:  newGate(runningQueries, waitingQueries),
	}
	if err := e.open(); err != nil {
		_ = ln.Close()
		e.closeEngine()
		return nil, fmt.Errorf("open time series engine in %s: %w", opt.Dir, err)
	}
	e.metrics = newMetrics(e)
	if opt.Metrics != nil {
		if err := e.metrics.register(opt.Metrics); err != nil {
			_ = ln.Close()
			return nil, errors.Join(fmt.Errorf("open time series engine in %s: %w", opt.Dir, err), e.closeEngine())
		}
	}
	e.server = &http.Server{
		Handler:           e.handler(),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      opt.QueryTimeout + gateTimeout + time.Minute,
		IdleTimeout:       2 * time.Minute,
		ErrorLog:          slog.NewLogLogger(opt.Logger.Handler(), slog.LevelWarn),
	}
	go func() { e.serving <- e.server.Serve(ln) }()
	return e, nil
}

// open opens everything below the HTTP server. What it has opened when it
// fails is closed by closeEngine.
func (e *Engine) open() error {
	dir := e.opt.Dir
	if err := os.MkdirAll(filepath.Join(dir, "meta"), 0o700); err != nil {
		return err
	}
	lock, err := lockDir(dir)
	if err != nil {
		return err
	}
	e.lock = lock
	zlog := engineLogger(e.opt.Logger)

	e.meta = meta.NewClient(&meta.Config{Dir: filepath.Join(dir, "meta"), RetentionAutoCreate: true})
	e.meta.WithLogger(zlog)
	if err := e.meta.Open(); err != nil {
		return fmt.Errorf("open meta data: %w", err)
	}
	if err := prepareDatabase(e.meta, e.opt.Database, e.opt.Retention, e.opt.Logger); err != nil {
		return err
	}

	e.store = tsdb.NewStore(filepath.Join(dir, "data"))
	e.store.EngineOptions.Config = storeConfig(dir, e.opt.CacheBytes)
	e.store.EngineOptions.IndexVersion = tsdb.TSI1IndexName
	e.store.WithLogger(zlog)
	if err := e.store.Open(); err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	e.unopened = unopenedShards(e.meta, e.store)
	if len(e.unopened) > 0 {
		e.opt.Logger.Error("shards could not be opened, their readings are missing from answers", "dirs", e.unopened)
	}

	e.writer = coordinator.NewPointsWriter()
	e.writer.MetaClient = e.meta
	e.writer.TSDBStore = e.store
	e.writer.WithLogger(zlog)
	if err := e.writer.Open(); err != nil {
		return fmt.Errorf("open points writer: %w", err)
	}

	e.executor = query.NewExecutor()
	e.executor.TaskManager.QueryTimeout = e.opt.QueryTimeout
	e.executor.StatementExecutor = &coordinator.StatementExecutor{
		MetaClient:  e.meta,
		TaskManager: e.executor.TaskManager,
		TSDBStore:   e.store,
		ShardMapper: &coordinator.LocalShardMapper{
			MetaClient: e.meta,
			TSDBStore:  coordinator.LocalTSDBStore{Store: e.store},
		},
		Monitor:      monitor.New(nil, monitor.Config{}),
		PointsWriter: e.writer,
	}

	e.retention = retention.NewService(retention.NewConfig())
	e.retention.MetaClient = e.meta
	e.retention.TSDBStore = e.store
	e.retention.WithLogger(zlog)
	return e.retention.Open()
}

// storeConfig is the engine's own default configuration, cut down to a machine
// with 1 GiB of memory that also does other things.
func storeConfig(dir string, cacheBytes int64) tsdb.Config {
	c := tsdb.NewConfig()
	c.Dir = filepath.Join(dir, "data")
	c.WALDir = filepath.Join(dir, "wal")
	// Every write is on disk before it is answered.
	c.WALFsyncDelay = 0
	// The in-memory index grows with every series ever seen.
	c.Index = tsdb.TSI1IndexName
	c.CacheMaxMemorySize = toml.Size(cacheBytes)
	c.CacheSnapshotMemorySize = toml.Size(cacheBytes / 16)
	// One compaction at a time leaves the other cores to ingest.
	c.MaxConcurrentCompactions = 1
	c.SeriesFileMaxConcurrentSnapshotCompactions = 1
	c.CompactThroughput = 16 << 20
	c.CompactThroughputBurst = 32 << 20
	// Strict: a broken UTF-8 tag would be unreadable in every answer.
	c.ValidateKeys = true
	c.QueryLogEnabled = false
	return c
}

// Addr is the address it listens on, with the port that was really taken.
func (e *Engine) Addr() string { return e.listener.Addr().String() }

// URL is where clients find it.
func (e *Engine) URL() string { return "http://" + e.Addr() }

// Stats returns what the engine has done and holds. It reads sizes of files: do
// not call it more than every few seconds.
func (e *Engine) Stats() Stats {
	s := Stats{
		Points:         e.points.Load(),
		Dropped:        e.dropped.Load(),
		Refused:        e.refused.Load(),
		UnopenedShards: e.unopened,
	}
	var err error
	if s.Series, err = e.store.SeriesCardinality(context.Background(), e.opt.Database); err != nil {
		e.opt.Logger.Warn("cannot count series", "err", err)
	}
	if s.DiskBytes, err = e.store.DiskSize(); err != nil {
		e.opt.Logger.Warn("cannot measure data", "err", err)
	}
	return s
}

// Close ends the requests under way (queries at once, writes when they are
// done), stops the engine and releases the directory. Connections that are
// still busy after 3 s, because their client does not read, are cut. What was
// written stays written. Further calls return the same.
func (e *Engine) Close() error {
	e.closing.Do(func() {
		if e.opt.Metrics != nil {
			e.opt.Metrics.Unregister(e.metrics)
		}
		// Kills the running queries; their handlers then return.
		_ = e.executor.Close()
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		if err := e.server.Shutdown(ctx); err != nil {
			e.opt.Logger.Warn("cut connections of clients that did not end", "err", err)
			_ = e.server.Close()
		}
		// A cut connection ends its handler, but a moment later.
		ctx, cancel = context.WithTimeout(context.Background(), cutTimeout)
		defer cancel()
		e.writes.shut(ctx)
		e.queries.shut(ctx)
		var err error
		if served := <-e.serving; !errors.Is(served, http.ErrServerClosed) {
			err = fmt.Errorf("serve: %w", served)
		}
		e.closeErr = errors.Join(err, e.closeEngine())
	})
	return e.closeErr
}

// closeEngine closes what open has opened, in reverse.
func (e *Engine) closeEngine() error {
	var errs []error
	if e.retention != nil {
		errs = append(errs, e.retention.Close())
	}
	if e.writer != nil {
		errs = append(errs, e.writer.Close())
	}
	if e.store != nil {
		errs = append(errs, e.store.Close())
	}
	if e.meta != nil {
		errs = append(errs, e.meta.Close())
	}
	if e.lock != nil {
		errs = append(errs, e.lock.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close time series engine: %w", err)
	}
	return nil
}
