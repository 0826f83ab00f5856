package tsdb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/influxdata/influxdb/tsdb"
	"github.com/influxdata/influxdb/tsdb/engine/tsm1"
)

const (
	// A cache is written in bursts, with rests that are restShare times as long, so that
	// readings find a processor.
	burst     = 10 * time.Millisecond
	restShare = 4
	// maxRest bounds one rest: what took long may have waited for the disk.
	maxRest = time.Second
	// What comes meanwhile stays in memory too. When that is more than a hurryShare-th
	// of what is written, there are no rests.
	hurryShare = 2
	// The memory of the process is collected before and after a cache from
	// largeCacheBytes on is written. While that is being written there is most to look
	// through, and a collection that the growth of the heap forces makes all who
	// allocate help: readings would wait for both, for seconds. After it there is most
	// to collect and least to look through.
	largeCacheBytes = 64 << 20
)

// caches brings the caches of shards to their files, one at a time, in the place of the
// engine: that encodes all of a cache at once on all processors, and where it failed
// to write one, it removes with that one's log also the log of what came later.
type caches struct {
	// writes is held by those who write points, and against them while a cache is taken
	// or freed: one that writes has a cache in its hand, and with it what nobody would
	// look for.
	writes sync.RWMutex
	turn   chan struct{} // holds a token while nobody has it: see alone
	urgent atomic.Int32  // how many have it or wait who are in a hurry

	prepared sync.Map // by shard, a *sync.Once

	mu sync.Mutex
	// failed are, by shard, the segments of the log with what is in a cache that could
	// not be written: the next one that the engine gives is that one again. Only
	// whoever has the turn changes it.
	failed map[uint64][]string
}

func newCaches() *caches {
	c := &caches{turn: make(chan struct{}, 1), failed: make(map[uint64][]string)}
	c.turn <- struct{}{}
	return c
}

// failure returns the segments of the log with what of a shard could not be written
// before, and whether there is such.
func (c *caches) failure(id uint64) (segments []string, failed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	segments, failed = c.failed[id]
	return segments, failed
}

// note says that a shard's cache is written, or could not be, with its segments.
func (c *caches) note(id uint64, written bool, segments []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if written {
		delete(c.failed, id)
	} else {
		c.failed[id] = segments
	}
}

// engineOf returns the engine of a shard that is open.
func engineOf(shard *tsdb.Shard) (engine *tsm1.Engine, ok bool) {
	if shard == nil {
		return nil, false
	}
	in, err := shard.Engine()
	if err != nil {
		return nil, false
	}
	engine, ok = in.(*tsm1.Engine)
	return engine, ok
}

// prepare makes a shard's cache before anybody writes into it: of two who are the first,
// the engine lets one write before it has made it, into nothing.
func (c *caches) prepare(shard *tsdb.Shard) {
	engine, open := engineOf(shard)
	if !open {
		return
	}
	once, known := c.prepared.Load(shard.ID())
	if !known {
		once, _ = c.prepared.LoadOrStore(shard.ID(), new(sync.Once))
	}
	once.(*sync.Once).Do(func() { makeCache(engine) })
}

// makeCache makes a cache that is not there; one that is stays as it is.
func makeCache(engine *tsm1.Engine) { engine.Cache.DeleteRange(nil, 0, 0) }

// alone calls do when nobody else has the turn, until ctx ends. One that is urgent lets
// a cache that is being written have no rests.
func (c *caches) alone(ctx context.Context, urgent bool, do func() error) error {
	if urgent {
		c.urgent.Add(1)
		defer c.urgent.Add(-1)
	}
	select {
	case <-c.turn:
		defer func() { c.turn <- struct{}{} }()
	case <-ctx.Done():
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return do()
}

// write brings to the disk what a shard holds in memory now, until ctx ends. What it
// could not write stays in memory and in the log.
func (c *caches) write(ctx context.Context, shard *tsdb.Shard, urgent bool) error {
	return c.alone(ctx, urgent, func() error { return c.flush(ctx, shard) })
}

// flush does it for one that has the turn.
func (c *caches) flush(ctx context.Context, shard *tsdb.Shard) error {
	id := shard.ID()
	engine, open := engineOf(shard)
	if !open {
		c.note(id, true, nil)
		return nil
	}
	_, again := c.failure(id)
	err := c.flushOnce(ctx, id, engine)
	if err == nil && again { // that was what it held when it failed, and no more
		err = c.flushOnce(ctx, id, engine)
	}
	if _, open := engineOf(shard); err != nil && !open {
		c.note(id, true, nil)
		return nil // it was removed meanwhile
	}
	return err
}

// flushOnce brings to the disk what the engine gives of a shard's memory.
func (c *caches) flushOnce(ctx context.Context, id uint64, engine *tsm1.Engine) error {
	if engine.Cache.Size() >= largeCacheBytes {
		runtime.GC()
		defer func() {
			if ctx.Err() == nil { // else it is time to end
				runtime.GC()
			}
		}()
	}
	cache, segments, err := c.take(id, engine)
	if err != nil {
		return err
	}
	size := cache.Size()
	written := false
	defer func() { // also where it panics: the engine gives no other before
		engine.Cache.ClearSnapshot(written)
		c.note(id, written, segments)
	}()
	if size > 0 {
		if err := c.writeFile(ctx, engine, cache); err != nil {
			return err
		}
	}
	written = true
	// Also without anything to write: one may be there that could not be removed before,
	// and what was deleted since would come back with it.
	if err := removeSegments(engine.WAL, segments); err != nil {
		return fmt.Errorf("remove segments of the log: %w", err)
	}
	return nil
}

// removeSegments removes files of a log, the oldest first: a later one may delete what
// an earlier one has written. The log's own way of doing it hides that it could not.
func removeSegments(log *tsm1.WAL, segments []string) error {
	slices.Sort(segments) // as the engine: by name
	for _, name := range segments {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return log.Remove(nil) // for its size
}

// take returns what a shard's cache holds, and the segments of the log with that, or
// what could not be written before with its own. What comes later goes elsewhere.
func (c *caches) take(id uint64, engine *tsm1.Engine) (cache *tsm1.Cache, segments []string, err error) {
	c.writes.Lock()
	defer c.writes.Unlock()
	segments, again := c.failure(id)
	if !again {
		if err := engine.WAL.CloseSegment(); err != nil {
			return nil, nil, fmt.Errorf("close segment of the log: %w", err)
		}
		if segments, err = engine.WAL.ClosedSegments(); err != nil {
			return nil, nil, fmt.Errorf("list segments of the log: %w", err)
		}
	}
	if cache, err = engine.Cache.Snapshot(); err != nil {
		return nil, nil, fmt.Errorf("take cache: %w", err)
	}
	return cache, segments, nil
}

// writeFile makes a file of a cache and adds it to those of the shard.
func (c *caches) writeFile(ctx context.Context, engine *tsm1.Engine, cache *tsm1.Cache) error {
	name := tsm1.DefaultFormatFileName(engine.FileStore.NextGeneration(), 1)
	file := filepath.Join(engine.Path(), name+"."+tsm1.TSMFileExtension+"."+tsm1.TmpTSMFileExtension)
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("make file for cache: %w", err)
	}
	err = c.encode(ctx, f, cache, engine.Cache)
	if err == nil {
		err = engine.FileStore.Replace(nil, []string{file})
	}
	if errors.Is(err, tsm1.ErrNoValues) { // all of it was deleted
		return os.Remove(file)
	}
	if err != nil {
		// By both names: it may be in its place, and unknown to the engine until the next
		// opening, so that nothing would be deleted from it.
		_, _ = os.Remove(file), os.Remove(strings.TrimSuffix(file, "."+tsm1.TmpTSMFileExtension))
		return fmt.Errorf("write cache to %s: %w", file, err)
	}
	return nil
}

// encode writes a cache, of which live is the rest, brings the file to the disk and
// closes it.
func (c *caches) encode(ctx context.Context, f *os.File, cache, live *tsm1.Cache) (err error) {
	w, err := tsm1.NewTSMWriter(f)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	most := live.Size() + cache.Size()/hurryShare
	began := time.Now()
	for _, key := range cache.Keys() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := writeKey(w, key, cache.Values(key)); err != nil {
			return fmt.Errorf("%q: %w", key, err)
		}
		if worked := time.Since(began); worked >= burst {
			if c.urgent.Load() == 0 && live.Size() < most {
				sleep(ctx, min(restShare*worked, maxRest))
			}
			began = time.Now()
		}
	}
	return w.WriteIndex()
}

// writeKey writes the values of one field of a series, which are sorted.
func writeKey(w tsm1.TSMWriter, key []byte, values tsm1.Values) error {
	for len(values) > 0 {
		n := min(len(values), tsdb.DefaultMaxPointsPerBlock)
		block, err := values[:n].Encode(nil)
		if err != nil {
			return err
		}
		if err := w.WriteBlock(key, values[0].UnixNano(), values[n-1].UnixNano(), block); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}
