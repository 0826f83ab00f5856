package tsdb

import (
	"context"

	"github.com/influxdata/influxdb/models"
	"github.com/influxdata/influxdb/tsdb"
)

// shardWriter is the store of a coordinator.PointsWriter, to which nobody writes while
// caches.writes is held against them, nor before a shard's cache is there. It does not
// embed the store: that has more methods to write by than the interface says, and the
// coordinator looks for them.
type shardWriter struct {
	store  *tsdb.Store
	caches *caches
}

// CreateShard makes a shard.
func (w *shardWriter) CreateShard(database, policy string, id uint64, enabled bool) error {
	return w.store.CreateShard(database, policy, id, enabled)
}

// WriteToShard writes points.
func (w *shardWriter) WriteToShard(id uint64, points []models.Point) error {
	return w.WriteToShardWithContext(context.Background(), id, points)
}

// WriteToShardWithContext writes points, and counts them in ctx where it has a counter.
func (w *shardWriter) WriteToShardWithContext(ctx context.Context, id uint64, points []models.Point) error {
	w.caches.writes.RLock()
	defer w.caches.writes.RUnlock()
	w.caches.prepare(w.store.Shard(id))
	return w.store.WriteToShardWithContext(ctx, id, points)
}
