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

	"github.com/influxdata/influxdb/services/meta"

	// The engine finds its storage format and its indexes by registration.
	_ "github.com/influxdata/influxdb/tsdb/engine"
	_ "github.com/influxdata/influxdb/tsdb/index"

	"github.com/siaga-id/siaga/internal/machine"
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

	meta *meta.Client
	door *door

	writes, queries, readers *gate
	metrics                  *metrics
	points, dropped          atomic.Uint64
	refused                  atomic.Uint64
	figures                  atomic.Pointer[figures] // of the last look at the store

	short    atomic.Bool             // the disk had too little room when last looked at
	broken   atomic.Pointer[trouble] // nil while the store can take writes
	reopened atomic.Uint64
	mending  chan struct{} // rung when broken is set
	retired  *storage      // of reopen, and of Close after it: to be closed when nobody is inside
	recovery sync.WaitGroup
	stop     context.CancelFunc // ends the recovery

	closing  sync.Once
	closeErr error
}

// Stats is a snapshot of what an Engine has done and holds.
type Stats struct {
	// Points were written since Open; Dropped were not, for their content
	// (field type, retention).
	Points, Dropped uint64
	// Refused is how many requests were turned away by Host, Origin or missing
	// admin token, or asked a Reader for what is not its asker's.
	Refused uint64
	// Reopened is how often the store was opened again after its disk was full.
	Reopened uint64
	// Refusing is why writes are answered with 503 at present: a disk that has
	// no room beyond Options.ReserveBytes, or was full; "" when they are taken.
	Refusing string
	// Series is the number of series in the database.
	Series int64
	// DiskBytes is the size of the compressed data, without the write-ahead log.
	DiskBytes int64
	// UnopenedShards are directories of data that could not be read when opened:
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
		readers:  newGate(runningReaders, waitingReaders),
		mending:  make(chan struct{}, 1),
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
	ctx, stop := context.WithCancel(context.Background())
	e.stop = stop
	e.recovery.Go(func() { e.heal(ctx) })
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
	room, err := e.opt.free(dir)
	if err != nil {
		return fmt.Errorf("measure free space: %w", err)
	}
	e.opt.size(machine.Memory(), room)
	lock, err := lockDir(dir)
	if err != nil {
		return err
	}
	e.lock = lock
	e.meta = meta.NewClient(&meta.Config{Dir: filepath.Join(dir, "meta"), RetentionAutoCreate: true})
	e.meta.WithLogger(engineLogger(e.opt.Logger))
	if err := e.meta.Open(); err != nil {
		return fmt.Errorf("open meta data: %w", err)
	}
	if err := prepareDatabase(e.meta, e.opt.Database, e.opt.Retention, e.opt.Logger); err != nil {
		return err
	}

	st, err := openStorage(e.opt, e.meta, func(err error) { e.spoiled(err) })
	if err != nil {
		return err
	}
	e.door = newDoor(st)
	if err := e.opt.room(e.opt.ReserveBytes); err != nil && len(st.unopened) > 0 {
		e.spoiled(fmt.Errorf("shards could not be opened: %w", err)) // with room they may be
	}
	return nil
}

// Addr is the address it listens on, with the port that was really taken.
func (e *Engine) Addr() string { return e.listener.Addr().String() }

// URL is where clients find it.
func (e *Engine) URL() string { return "http://" + e.Addr() }

// ReserveBytes is how much of the disk the engine leaves free.
func (e *Engine) ReserveBytes() int64 { return e.opt.ReserveBytes }

// Stats returns what the engine has done and holds. It reads sizes of files: do
// not call it more than every few seconds. While the store is opened again,
// what it holds is what it held before.
func (e *Engine) Stats() Stats {
	s := Stats{
		Points:   e.points.Load(),
		Dropped:  e.dropped.Load(),
		Refused:  e.refused.Load(),
		Reopened: e.reopened.Load(),
	}
	if err := e.refuses(); err != nil {
		s.Refusing = err.Error()
	}
	f := e.look()
	s.Series, s.DiskBytes, s.UnopenedShards = f.series, f.bytes, f.unopened
	return s
}

// figures are what a storage holds.
type figures struct {
	series, bytes int64
	unopened      []string
}

// look returns what the storage holds, or held when it could last be seen.
func (e *Engine) look() figures {
	var seen figures
	if f := e.figures.Load(); f != nil {
		seen = *f
	}
	st, err := e.door.enter()
	if err != nil {
		return seen
	}
	defer e.door.leave()
	seen.unopened = st.unopened
	if seen.series, seen.bytes, err = st.measure(e.opt.Database); err != nil {
		e.opt.Logger.Warn("cannot look at the store", "err", err)
	}
	e.figures.Store(&seen)
	return seen
}

// ErrStillUsed is the error of a Close that had no time to stop the engine.
var ErrStillUsed = errors.New("the time series engine was still deleting: it ends with the process, and what was stored is on the disk")

// Close ends the requests under way (queries at once, writes when they are
// done), stops the engine and releases the directory. Connections that are
// still busy after 3 s, because their client does not read, are cut. Where a
// deletion takes a second longer, the engine goes on and keeps the directory, and the
// error is ErrStillUsed: the process should end. What was written stays written.
// Further calls return the same.
func (e *Engine) Close() error {
	e.closing.Do(func() {
		if e.opt.Metrics != nil {
			e.opt.Metrics.Unregister(e.metrics)
		}
		// No exchange of the storage begins any more, or is under way.
		e.stop()
		e.recovery.Wait()
		// The running queries end; their handlers then return.
		e.door.kill()
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		ended, cancel := context.WithTimeout(context.Background(), closeTimeout+cutTimeout)
		defer cancel()
		if err := e.server.Shutdown(ctx); err != nil {
			e.opt.Logger.Warn("cut connections of clients that did not end", "err", err)
			_ = e.server.Close()
		}
		// A cut connection ends its handler, but a moment later, and those of Transport
		// have none.
		e.writes.shut(ended)
		e.queries.shut(ended)
		// Snapshots have no gate.
		if st := e.door.shut(); st != nil {
			e.retired = st
		}
		var err error
		if served := <-e.serving; !errors.Is(served, http.ErrServerClosed) {
			err = fmt.Errorf("serve: %w", served)
		}
		if e.door.empty(ended) != nil {
			// Under a deletion the engine may be closed only at the price of what was not to be
			// deleted. All that was acknowledged is on the disk, as for a kill.
			e.closeErr = errors.Join(err, ErrStillUsed)
			return
		}
		e.closeErr = errors.Join(err, e.closeEngine())
	})
	return e.closeErr
}

// closeEngine closes what open has opened, in reverse.
func (e *Engine) closeEngine() error {
	var errs []error
	if e.door != nil {
		for _, st := range []*storage{e.door.shut(), e.retired} {
			if st != nil {
				errs = append(errs, e.closeStorage(st))
			}
		}
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
