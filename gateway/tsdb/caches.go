package tsdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
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
	// writes is held by those who write points, and against them while a cache is taken:
	// one that writes has a cache in its hand, and with it what nobody would look for.
	writes sync.RWMutex
	turn   chan struct{} // holds a token while none is written
	urgent atomic.Int32  // how many wait who are in a hurry
	// failed are, by shard, the segments of the log with what is in a cache that could
	// not be written: the next one that the engine gives is that one again. Whoever has
	// the turn has this.
	failed map[uint64][]string
}

func newCaches() *caches {
	c := &caches{turn: make(chan struct{}, 1), failed: make(map[uint64][]string)}
	c.turn <- struct{}{}
	return c
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

// write brings to the disk what a shard's cache holds now, until ctx ends. What it
// could not write stays in the cache and in the log.
func (c *caches) write(ctx context.Context, shard *tsdb.Shard, urgent bool) error {
	if urgent {
		c.urgent.Add(1)
		defer c.urgent.Add(-1)
	}
	select {
	case <-c.turn:
		defer func() { c.turn <- struct{}{} }()
	case <-ctx.Done():
		return ctx.Err()
	}
	engine, ok := engineOf(shard)
	if !ok {
		return nil
	}
	err := c.flush(ctx, shard.ID(), engine)
	if _, open := engineOf(shard); err != nil && !open {
		return nil // it was removed meanwhile
	}
	return err
}

// flush does it for one that has the turn.
func (c *caches) flush(ctx context.Context, id uint64, engine *tsm1.Engine) error {
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
	if size > 0 {
		err = c.writeFile(ctx, engine, cache)
	}
	engine.Cache.ClearSnapshot(err == nil)
	if err != nil {
		c.failed[id] = segments
		return err
	}
	delete(c.failed, id)
	if size == 0 {
		return nil
	}
	if err := engine.WAL.Remove(segments); err != nil {
		return fmt.Errorf("remove segments of the log: %w", err)
	}
	return nil
}

// take returns what a shard's cache holds, and the segments of the log with that, or
// what could not be written before with its own. What comes later goes elsewhere.
func (c *caches) take(id uint64, engine *tsm1.Engine) (cache *tsm1.Cache, segments []string, err error) {
	c.writes.Lock()
	defer c.writes.Unlock()
	segments, again := c.failed[id]
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
		_ = os.Remove(file) // else the next opening does
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
				sleep(ctx, restShare*worked)
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
