package tsdb

import (
	"context"
	"fmt"

	"github.com/influxdata/influxdb/tsdb"
	"github.com/influxdata/influxql"
)

// deletingStore is the store of a coordinator.StatementExecutor. The engine deletes from
// the files and from what is written to now, but not from a cache that is on its way to
// a file: that would bring back what it said was deleted. So nothing is on its way while
// something is deleted; what comes meanwhile stays in memory, which has room for sixteen
// times as much as is on its way at most.
type deletingStore struct {
	*tsdb.Store
	caches *caches
	life   context.Context
}

// DeleteSeries deletes the points of series, or of some of their time.
func (d *deletingStore) DeleteSeries(database string, sources []influxql.Source, condition influxql.Expr) error {
	return d.flushed(database, func() error { return d.Store.DeleteSeries(database, sources, condition) })
}

// DeleteMeasurement deletes a measurement.
func (d *deletingStore) DeleteMeasurement(database, name string) error {
	return d.flushed(database, func() error { return d.Store.DeleteMeasurement(database, name) })
}

// DeleteRetentionPolicy deletes a retention policy with its shards. The engine closes
// them without a look at who else deletes from them, and both wait for ever.
func (d *deletingStore) DeleteRetentionPolicy(database, name string) error {
	return d.alone(func() error { return d.Store.DeleteRetentionPolicy(database, name) })
}

// DeleteDatabase deletes a database with its shards.
func (d *deletingStore) DeleteDatabase(name string) error {
	return d.alone(func() error { return d.Store.DeleteDatabase(name) })
}

// DeleteShard deletes a shard.
func (d *deletingStore) DeleteShard(id uint64) error {
	return d.alone(func() error { return d.Store.DeleteShard(id) })
}

func (d *deletingStore) alone(del func() error) error { return d.caches.alone(d.life, true, del) }

// flushed calls del when nothing of a database is on its way to a file.
func (d *deletingStore) flushed(database string, del func() error) error {
	return d.alone(func() error {
		for _, shard := range d.Shards(d.ShardIDs()) {
			if shard.Database() != database {
				continue
			}
			if err := d.caches.flush(d.life, shard); err != nil {
				return fmt.Errorf("bring the newest readings of shard %d to the disk, without which nothing can be deleted: %w", shard.ID(), err)
			}
		}
		return del()
	})
}
