package live

import (
	"context"
	"sync"
	"time"
)

// Run tells subscribers of changes, finds the nodes that fell silent, and loads
// the stored readings, until ctx ends; then it returns nil. It may be called once.
func (h *Hub) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	if h.opt.Load != nil {
		wg.Go(func() { h.load(ctx) })
	}
	tick := time.NewTicker(h.opt.Every)
	defer tick.Stop()
	var scanned time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		now := h.opt.Now()
		h.meter.sample(now, h.seen.Load())
		if now.Sub(scanned) >= time.Second || now.Before(scanned) {
			h.scan(now)
			scanned = now
		}
		h.tell(now)
	}
}

// load seeds the hub. The database may come up after the center.
func (h *Hub) load(ctx context.Context) {
	for {
		readings, err := h.opt.Load(ctx)
		if err == nil {
			h.Seed(readings)
			return
		}
		if ctx.Err() != nil {
			return
		}
		h.opt.Logger.Warn("load latest readings", "err", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(5 * time.Second):
		}
	}
}

// scan finds the nodes that fell silent, and lists every node once a minute, so
// that what changes by time alone is told too.
func (h *Hub) scan(now time.Time) {
	for _, n := range h.pick("") {
		n.mu.Lock()
		if n.is.Online && now.Sub(n.is.LastSeen) >= h.opt.SilentAfter {
			n.is.Online = false
			n.changed = true
		}
		if now.Sub(n.told) >= time.Minute {
			n.changed = true
		}
		if n.changed {
			h.list(n)
		}
		n.mu.Unlock()
	}
}
