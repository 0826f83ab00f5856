package tsdb

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/influxdata/influxdb/tsdb/engine/tsm1"
)

// idleShard returns the storage and the engine of a shard with nothing in memory.
func idleShard(t *testing.T) (*storage, *tsm1.Engine) {
	t.Helper()
	e := open(t, Options{})
	write(t, e, fmt.Sprintf("air,node=n1 pm2_5=1 %d", killedAt))
	engine, flush := theShard(t, e)
	if err := flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	return inside(t, e), engine
}

// A shard is freed while somebody writes into it: what was written is in memory. The
// write is that of the engine, in a shard that becomes idle anew each time.
func TestFreedWhileOthersWrite(t *testing.T) {
	st, engine := idleShard(t)
	const rounds, keys = 600, 2000
	freed := len(st.free(nil, slog.Default())) // whoever is faster in what follows
	for round := range rounds {
		values := make(map[string][]tsm1.Value, keys)
		for k := range keys {
			values[fmt.Sprintf("air,node=n%d#!~#pm2_5", k)] = []tsm1.Value{tsm1.NewFloatValue(int64(round), 1)}
		}
		engine.SetCompactionsEnabled(true) // as the store does before it writes into an idle shard
		var freeing sync.WaitGroup
		freeing.Go(func() {
			for range rand.IntN(200) {
				runtime.Gosched()
			}
			freed += len(st.free(nil, slog.Default()))
		})
		st.caches.writes.RLock() // as shardWriter
		if err := engine.Cache.WriteMulti(values); err != nil {
			t.Fatal(err)
		}
		st.caches.writes.RUnlock()
		freeing.Wait()
		got := 0
		for k := range values {
			got += len(engine.Cache.Values([]byte(k)))
		}
		if got != keys {
			t.Fatalf("round %d: %d of %d values are in memory", round, got, keys)
		}
		if _, err := engine.Cache.Snapshot(); err != nil {
			t.Fatal(err)
		}
		engine.Cache.ClearSnapshot(true)
	}
	if freed == 0 {
		t.Error("the shard was never idle")
	}
}

// Of several who are the first to write into a shard, none writes into nothing.
func TestFirstWritersFindACache(t *testing.T) {
	st, engine := idleShard(t)
	shard := st.store.Shards(st.store.ShardIDs())[0]
	const writers = 3
	for began, round := time.Now(), 0; time.Since(began) < 3*time.Second; round++ { // some 70,000
		st.caches.writes.Lock()
		engine.Cache.Free()
		c := newCaches() // which knows nothing of the shard
		st.caches.writes.Unlock()
		st.caches.writes.RLock() // as shardWriter: nothing is freed
		var ready atomic.Int32
		var writing sync.WaitGroup
		for w := range writers {
			writing.Go(func() {
				ready.Add(1)
				for spin := 0; ready.Load() < writers && spin < 10_000; spin++ {
				}
				c.prepare(shard)
				if err := engine.Cache.WriteMulti(map[string][]tsm1.Value{
					fmt.Sprint("air,node=", w): {tsm1.NewFloatValue(1, 1)},
				}); err != nil {
					t.Error(err)
				}
			})
		}
		writing.Wait()
		if got := engine.Cache.Count(); got != writers {
			t.Fatalf("round %d: %d of %d values are in memory", round, got, writers)
		}
		st.caches.writes.RUnlock()
		if _, err := engine.Cache.Snapshot(); err != nil {
			t.Fatal(err)
		}
		engine.Cache.ClearSnapshot(true)
	}
}

// An idle shard is freed once, takes more as before, and is then idle no longer.
func TestIdleShardIsFreed(t *testing.T) {
	e := open(t, Options{})
	write(t, e, fmt.Sprintf("air,node=n1 pm2_5=1 %d", killedAt))
	st := inside(t, e)
	_, flush := theShard(t, e)
	if idle := st.free(nil, slog.Default()); len(idle) > 0 {
		t.Errorf("idle with a reading in memory: %v", idle)
	}
	if err := flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	var idle map[uint64]bool
	for range 2 {
		if idle = st.free(idle, slog.Default()); len(idle) != 1 {
			t.Errorf("idle %v", idle)
		}
	}
	write(t, e, fmt.Sprintf("air,node=n1 pm2_5=1 %d", killedAt+1))
	if idle := st.free(idle, slog.Default()); len(idle) > 0 {
		t.Errorf("idle with a reading in memory: %v", idle)
	}
	if got := ask(t, e, "SELECT count(pm2_5) FROM air"); !strings.Contains(got, "[[0,2]]") {
		t.Errorf("found %s", got)
	}
}
