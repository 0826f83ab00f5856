package tsdb

import (
	"context"
	"errors"
	"time"
)

const (
	// roomInterval is how often a store that a full disk has spoiled looks for
	// room.
	roomInterval = time.Second
	// maxReopenWait bounds the time between two attempts to open it.
	maxReopenWait = time.Minute
)

// trouble is why the store takes no writes until it is opened again.
type trouble struct{ err error }

// Error says what happened and what comes next.
func (t *trouble) Error() string {
	return "the disk of the time series was full: the store is opened again by itself as soon as there is room (" + t.err.Error() + ")"
}

// Unwrap returns what the store said.
func (t *trouble) Unwrap() error { return t.err }

// refuses returns why no write is taken now, or nil, and logs when that changes.
func (e *Engine) refuses() error {
	if t := e.broken.Load(); t != nil {
		return t
	}
	err := e.opt.room(e.opt.ReserveBytes)
	if was := e.short.Swap(err != nil); was == (err != nil) {
		return err
	}
	if err != nil {
		e.opt.Logger.Error("disk is nearly full: writes are answered with 503 until there is room, and whoever sent them keeps them", "dir", e.opt.Dir, "err", err)
	} else {
		e.opt.Logger.Info("disk has room again: writes are taken", "dir", e.opt.Dir)
	}
	return err
}

// spoiled notes that err has spoiled the store, and starts its recovery.
func (e *Engine) spoiled(err error) *trouble {
	t := &trouble{err}
	if !e.broken.CompareAndSwap(nil, t) {
		return e.broken.Load() // it stays while anybody is inside the door
	}
	e.opt.Logger.Error("disk is full: writes are answered with 503, and the store is opened again when there is room", "dir", e.opt.Dir, "err", err)
	select {
	case e.mending <- struct{}{}:
	default: // it begins anyway
	}
	return t
}

// heal opens the store again whenever a full disk has spoiled it, until ctx
// ends.
func (e *Engine) heal(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-e.mending:
		}
		for wait := roomInterval; ; wait = min(2*wait, maxReopenWait) {
			if !e.awaitRoom(ctx) {
				return
			}
			err := e.reopen(ctx)
			if err == nil {
				break
			}
			if ctx.Err() != nil {
				return
			}
			e.opt.Logger.Error("cannot open the store again, readers and writers are answered with 503", "dir", e.opt.Dir, "again_after", wait, "err", err)
			if !sleep(ctx, wait) {
				return
			}
		}
	}
}

// awaitRoom returns false when ctx ends before there is room.
func (e *Engine) awaitRoom(ctx context.Context) bool {
	for e.opt.room(max(e.opt.ReserveBytes, minReopenBytes)) != nil {
		if !sleep(ctx, roomInterval) {
			return false
		}
	}
	return ctx.Err() == nil
}

// sleep returns false when ctx ends before d is over.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// reopen exchanges the storage. What was acknowledged is in the write-ahead log,
// from which the new one has it. Requests meanwhile are answered with 503.
// It waits for queries as long as their clients take to read, which the server
// bounds. After an error there is no storage, until a further call succeeds.
func (e *Engine) reopen(ctx context.Context) error {
	if st := e.door.shut(); st != nil {
		e.retired = st
		st.kill()
	}
	if err := e.door.empty(ctx); err != nil {
		return err
	}
	if e.retired != nil {
		if err := e.closeStorage(e.retired); err != nil {
			e.opt.Logger.Error("store did not close cleanly, it is opened again nevertheless", "dir", e.opt.Dir, "err", err)
		}
		e.retired = nil
	}
	st, err := openStorage(e.opt, e.meta, func(err error) { e.spoiled(err) })
	if err != nil {
		return err
	}
	if len(st.unopened) > 0 && e.opt.room(max(e.opt.ReserveBytes, minReopenBytes)) != nil {
		return errors.Join(errors.New("the disk is full again"), st.close())
	}
	e.door.open(st)
	e.reopened.Add(1)
	e.broken.Store(nil)
	e.opt.Logger.Info("store is open again: writes are taken", "dir", e.opt.Dir)
	return nil
}

// closeStorage closes st, which nobody uses. What a full disk has kept from being
// written was not acknowledged, and is no error.
func (e *Engine) closeStorage(st *storage) error {
	err := st.close()
	if spoils(err) {
		e.opt.Logger.Warn("store is closed with what the full disk did not take; nothing of it was acknowledged", "dir", e.opt.Dir, "err", err)
		return nil
	}
	return err
}
