package ingest

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

const (
	firstWait = 250 * time.Millisecond
	longWait  = 30 * time.Second
)

// errStopping ends a wait because the program is stopping.
var errStopping = errors.New("stopping")

// backoff makes the waits between attempts: doubling, and jittered, so that
// ingesters do not come back all at once. Its zero value is ready.
type backoff struct{ attempts int }

// wait waits, at least for least, until ctx ends or stop is closed.
func (b *backoff) wait(ctx context.Context, stop <-chan struct{}, least time.Duration) error {
	d := min(firstWait<<min(b.attempts, 10), longWait)
	b.attempts++
	d = d/2 + rand.N(d/2)
	t := time.NewTimer(max(d, least))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-stop:
		return errStopping
	case <-t.C:
		return nil
	}
}

// reset begins again with short waits, after a success.
func (b *backoff) reset() { b.attempts = 0 }
