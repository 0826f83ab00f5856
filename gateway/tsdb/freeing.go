package tsdb

import (
	"log/slog"
	"time"

	"github.com/influxdata/influxdb/tsdb/engine/tsm1"
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
	var caches []*tsm1.Cache
	for _, shard := range s.store.Shards(s.store.ShardIDs()) {
		engine, open := engineOf(shard)
		if !open {
			continue
		}
		if now, _ := shard.IsIdle(); !now {
			shard.SetCompactionsEnabled(true)
			continue
		}
		shard.SetCompactionsEnabled(false)
		idle[shard.ID()] = true
		if !before[shard.ID()] {
			caches = append(caches, engine.Cache)
		}
		if err := engine.FileStore.Free(); err != nil {
			log.Warn("cannot give back the memory of a shard's files", "shard", shard.ID(), "err", err)
		}
	}
	if len(caches) > 0 {
		s.freeCaches(caches)
	}
	return idle
}

// freeCaches frees those that are empty. It has the turn, else it would wait for writers
// that wait for a deletion, and all others for it.
func (s *storage) freeCaches(caches []*tsm1.Cache) {
	_ = s.caches.alone(s.life, false, func() error { // an error is the end of the life
		s.caches.writes.Lock()
		defer s.caches.writes.Unlock()
		for _, c := range caches {
			if c.Size() == 0 {
				c.Free()
			}
		}
		return nil
	})
}
