package gateway

import (
	"context"
	"sync"

	"github.com/siaga-id/siaga/gateway/api"
	"github.com/siaga-id/siaga/gateway/backup"
	"github.com/siaga-id/siaga/gateway/registry"
	"github.com/siaga-id/siaga/ingest"
)

// backups makes copies of a running center. While one is taken, readings wait in
// the data spool and entries in the quarantine: nothing may move past the copy.
type backups struct {
	moving sync.RWMutex // held for reading by whoever moves something
	one    sync.Mutex   // held over a backup
}

// store holds writes into InfluxDB back while a copy is taken.
func (b *backups) store(to ingest.Store) ingest.Store { return heldStore{to, b} }

type heldStore struct {
	to ingest.Store
	b  *backups
}

// Write implements ingest.Store.
func (s heldStore) Write(ctx context.Context, lines []byte) error {
	s.b.moving.RLock()
	defer s.b.moving.RUnlock()
	return s.to.Write(ctx, lines)
}

// replay holds entries of the quarantine back while a copy is taken.
func (b *backups) replay(to func(context.Context, registry.Entry) error) func(context.Context, registry.Entry) error {
	return func(ctx context.Context, e registry.Entry) error {
		b.moving.RLock()
		defer b.moving.RUnlock()
		return to(ctx, e)
	}
}

// staged is a copy that keeps others from being taken until it is closed.
type staged struct {
	*backup.Staged
	done func()
}

// Close removes the copy.
func (s *staged) Close() error {
	defer s.done()
	return s.Staged.Close()
}

// stageBackup copies the center, with the embedded engine's readings where they
// are wanted. It returns api.ErrBackingUp while another copy is there.
func (c *Center) stageBackup(ctx context.Context, history bool) (api.Staged, error) {
	if !c.backups.one.TryLock() {
		return nil, api.ErrBackingUp
	}
	done := sync.OnceFunc(c.backups.one.Unlock)
	ingested, bytes := c.ingester.Spooled()
	src := backup.Sources{
		Dir: c.cfg.dataDir(), Program: c.dep.Version, Kind: c.registry.Kind(), Registry: c.registry,
		Spools:     map[string]func(func([]byte) error) error{backup.DeviceSpool: c.devices.Spooled},
		SpoolBytes: bytes + c.devices.Status().Bytes, History: registry.HistoryExternal,
		Free: func() (int64, error) {
			free, err := freeBytes(c.cfg.dataDir())
			return int64(free), err
		},
		ReserveBytes: c.reserveBytes(),
		Hold:         func() func() { c.backups.moving.Lock(); return c.backups.moving.Unlock },
	}
	for name, scan := range ingested {
		src.Spools["ingest/"+name] = scan
	}
	if c.engine != nil {
		src.History = registry.HistoryLeftOut
		if history {
			src.History, src.Engine = registry.HistoryIncluded, c.engine.Snapshot
		}
	}
	s, err := backup.Stage(ctx, src)
	if err != nil {
		done()
		return nil, err
	}
	return &staged{s, done}, nil
}

// leastReserve is what spools and backups leave free at least where nothing else is
// configured.
const leastReserve = 64 << 20

// reserveBytes is what spools and backups leave free: twice what the embedded engine
// does, so that a full spool can be emptied into it.
func (c *Center) reserveBytes() int64 {
	if r := c.cfg.Ingest.ReserveBytes; r != 0 {
		return max(r, 0)
	}
	if c.engine == nil {
		return leastReserve
	}
	return max(2*c.engine.ReserveBytes(), leastReserve)
}
