package tsdb

import (
	"log/slog"
	"time"

	"github.com/influxdata/influxdb/tsdb"
)

// freeInterval is how often it is looked which shards are idle, as the engine itself
// does.
const freeInterval = 10 * time.Second

// freeing gives back the memory of shards that are idle, and lets those be compacted that
// are not, until the storage's life ends. The engine's own monitor may free a cache
// while somebody writes into it: what it then acknowledged is found by nobody, and gone
// with the next file.
func (s *storage) freeing(log *slog.Logger) {
	var idle map[uint64]bool
	for sleep(s.life, freeInterval) {
		idle = s.free(idle, log)
	}
}

// free does it once. It is given the shards that were idle before, whose caches are
// freed, and returns those that are idle now.
func (s *storage) free(before map[uint64]bool, log *slog.Logger) map[uint64]bool {
	idle := make(map[uint64]bool)
	var shards []*tsdb.Shard
	for _, shard := range s.store.Shards(s.store.ShardIDs()) {
		engine, open := engineOf(shard)
		if !open {
			continue
		}
		if now, _ := shard.IsIdle(); !now {
			shard.SetCompactionsEnabled(true)
			continue
		}
		idle[shard.ID()] = true
		if !before[shard.ID()] {
			shards = append(shards, shard)
		}
		if err := engine.FileStore.Free(); err != nil {
			log.Warn("cannot give back the memory of a shard's files", "shard", shard.ID(), "err", err)
		}
	}
	if len(shards) > 0 {
		s.freeCaches(shards)
	}
	return idle
}

// freeCaches frees the caches of shards that are still idle when nobody writes. It has
// the turn, else it would wait for writers that wait for a deletion, and all others for
// it.
func (s *storage) freeCaches(shards []*tsdb.Shard) {
	_ = s.caches.alone(s.life, false, func() error { // an error is the end of the life
		s.caches.writes.Lock()
		defer s.caches.writes.Unlock()
		for _, shard := range shards {
			engine, open := engineOf(shard)
			if now, _ := shard.IsIdle(); !open || !now {
				continue
			}
			// It frees the cache too. The next who writes enables them.
			shard.SetCompactionsEnabled(false)
			engine.Cache.Free()
			makeCache(engine)
		}
		return nil
	})
}
