package tsdb

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Defaults of Options, and the bounds that cannot be set.
const (
	// DefaultDatabase is the database that is made at the first opening.
	DefaultDatabase = "siaga"
	// DefaultQueryTimeout is long for a dashboard and short for a mistake.
	DefaultQueryTimeout = 60 * time.Second
	// DefaultMaxBodyBytes is that of InfluxDB 1.8 (max-body-size).
	DefaultMaxBodyBytes = 25_000_000
	// DefaultMaxRows is the most rows of an answer that is not chunked. It is
	// built in memory, at some 200 bytes a row.
	DefaultMaxRows = 250_000
	// DefaultCacheBytes bounds the memory of the newest readings of a shard where
	// the machine has at most 2 GiB, or does not tell, or has little room on its
	// disk. Otherwise it is an eighth of its memory. Between a sixteenth of it and
	// 16 MiB are brought to the disk at a time, as there are series (snapshotBytes).
	DefaultCacheBytes = 256 << 20
	// LargestCacheBytes is the most that it becomes by itself.
	LargestCacheBytes = 2 << 30
	// roomyDisk is the free space from which on it does.
	roomyDisk = 8 << 30
	// DefaultReserveBytes holds what the engine writes on its own while it takes
	// no writes: a snapshot of a cache of DefaultCacheBytes, of which it is an eighth
	// as it is of larger ones: a snapshot is made of a sixteenth, and on the disk may
	// be 1.6 times that where each series has a single reading. An ingester's spool
	// leaves twice as much free on the same disk, so that a full spool can still be
	// emptied into the engine.
	DefaultReserveBytes = 32 << 20

	// minRetention is the engine's own (meta.MinRetentionPolicyDuration).
	minRetention = time.Hour
	// maxQueryBytes bounds an InfluxQL text with its form: the engine's parser
	// recurses over it. maxQueryNodes bounds its operators, brackets and
	// subqueries: the time to plan a query grows with the cube of them, and no
	// timeout ends it (1,000 take 1.6 s, 8,000 take minutes).
	maxQueryBytes = 256 << 10
	maxQueryNodes = 1000
	// Requests that run at the same time, and those that may wait for a place.
	// Beyond that the answer is 503, which writers retry.
	runningWrites, waitingWrites   = 4, 64
	runningQueries, waitingQueries = 4, 256
	// Of those, the ones of Reader.
	runningReaders, waitingReaders = 2, 32
	// closeTimeout is what Close spends on requests under way, and cutTimeout on
	// those whose connections were then cut, of the 5 s in which the program
	// must end.
	closeTimeout = 3 * time.Second
	cutTimeout   = time.Second
)

// Options says where and how an Engine runs. Dir and Addr are required.
type Options struct {
	// Dir is the data directory, made (0700) when missing.
	Dir string
	// Addr is where to listen: a loopback address or "localhost", with a port;
	// port 0 takes a free one.
	Addr string
	// Database is made at the first opening; "" is DefaultDatabase.
	Database string
	// Retention is how long readings are kept in Database; 0 is for ever, else
	// at least an hour. Changing it holds for what is stored already: a shorter
	// one deletes. Readings go in whole shards (a day for 2 days to 6 months, a
	// week beyond), so the oldest are up to a shard older than it says.
	Retention time.Duration
	// AdminToken lets a request with "Authorization: Token <it>" run
	// statements that change data. "" lets none.
	AdminToken string
	// QueryTimeout ends a query; 0 is DefaultQueryTimeout.
	QueryTimeout time.Duration
	// MaxBodyBytes bounds the body of a write, also after decompression; 0 is
	// DefaultMaxBodyBytes.
	MaxBodyBytes int64
	// MaxRows bounds an answer that is not chunked. More is an error that says
	// so, never a shorter answer. 0 is DefaultMaxRows.
	MaxRows int
	// CacheBytes is the memory at which a shard refuses writes until it has
	// written its cache to disk (it starts to at a sixteenth of it at most); 0 is
	// between DefaultCacheBytes and LargestCacheBytes, as the machine has memory and
	// room, and no more than eight times ReserveBytes where that is given.
	CacheBytes int64
	// ReserveBytes is the free space of Dir's disk below which writes are
	// answered with 503; 0 is an eighth of CacheBytes and at least
	// DefaultReserveBytes, negative none. The engine must not meet a full disk: it
	// would have to be closed and opened again, which takes seconds and which it does
	// by itself when there is room.
	ReserveBytes int64
	// Metrics may be nil.
	Metrics prometheus.Registerer
	// Logger gets the engine's own messages too; nil is slog.Default.
	Logger *slog.Logger

	// free is the free space of a directory's disk; nil is freeBytes.
	free func(dir string) (int64, error)
}

// withDefaults returns o with the zero values filled in, or why it cannot be
// used.
func (o Options) withDefaults() (Options, error) {
	if o.Dir == "" {
		return o, fmt.Errorf("open time series engine: no data directory")
	}
	if o.Retention < 0 || (o.Retention > 0 && o.Retention < minRetention) {
		return o, fmt.Errorf("open time series engine: retention %s: must be 0 (for ever) or at least %s", o.Retention, minRetention)
	}
	if o.Database == "" {
		o.Database = DefaultDatabase
	}
	if o.QueryTimeout <= 0 {
		o.QueryTimeout = DefaultQueryTimeout
	}
	if o.MaxBodyBytes <= 0 {
		o.MaxBodyBytes = DefaultMaxBodyBytes
	}
	if o.MaxRows <= 0 {
		o.MaxRows = DefaultMaxRows
	}
	if o.free == nil {
		o.free = freeBytes
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o, nil
}

// size fills in CacheBytes and ReserveBytes for a machine with so much memory, 0
// where it is not known, and so much room on its disk.
func (o *Options) size(memory uint64, room int64) {
	if o.CacheBytes <= 0 {
		o.CacheBytes = DefaultCacheBytes
		if room >= roomyDisk {
			o.CacheBytes = int64(min(max(memory/8, DefaultCacheBytes), LargestCacheBytes))
		}
		if o.ReserveBytes > 0 {
			o.CacheBytes = min(o.CacheBytes, max(8*o.ReserveBytes, DefaultCacheBytes))
		}
	}
	switch {
	case o.ReserveBytes == 0:
		o.ReserveBytes = max(o.CacheBytes/8, DefaultReserveBytes)
	case o.ReserveBytes < 0:
		o.ReserveBytes = 0
	}
}
