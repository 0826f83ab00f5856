package ingest

import (
	"context"
	"time"
)

// How long records are gathered: every write to InfluxDB and every change of the
// registry costs about the same whatever is in it. Packs that come thick, manyLines
// in a write, wait less.
const (
	gatherPacks   = 200 * time.Millisecond
	gatherMany    = 50 * time.Millisecond
	manyLines     = 500
	gatherReports = time.Second
)

// mover is one goroutine that empties a spool.
type mover struct {
	in *Ingester
	// until, once closed, makes it return when the spool is empty.
	until <-chan struct{}
	// hurry, once closed, makes it return rather than wait to try again.
	hurry <-chan struct{}
}

// pace keeps a mover from taking records one by one: what comes soon after a batch
// goes together. After a pause nothing waits.
type pace struct {
	every time.Duration
	last  time.Time // when the last batch was begun
	full  bool      // it was as large as may be, so that more waits
}

// gather waits until it is time for another batch, or the mover shall end.
func (m *mover) gather(ctx context.Context, p *pace) {
	if wait := p.every - time.Since(p.last); wait > 0 && !p.full {
		t := time.NewTimer(wait)
		defer t.Stop()
		select {
		case <-ctx.Done():
		case <-m.until:
		case <-t.C:
		}
	}
	p.last = time.Now()
}

// idle waits until there may be more in the box, or returns false when there is
// nothing to wait for.
func (m *mover) idle(ctx context.Context, box *outbox) bool {
	select {
	case <-box.bell: // appended between the scan and now
		return true
	default:
	}
	select {
	case <-ctx.Done():
		return false
	case <-m.until:
		// Whoever appended before until was closed has rung before.
		select {
		case <-box.bell:
			return true
		default:
			return false
		}
	case <-box.bell:
		return true
	}
}
