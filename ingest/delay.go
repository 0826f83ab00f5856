package ingest

import (
	"slices"
	"sync"
	"time"
)

// Delays older than delaySpan, or beyond the newest delaySamples, do not count.
const (
	delaySpan    = time.Minute
	delaySamples = 2048
)

// delayWindow keeps the newest delays. Its zero value is ready; it is
// safe for concurrent use.
type delayWindow struct {
	mu   sync.Mutex
	ring [delaySamples]struct {
		at    time.Time
		delay time.Duration
	}
	n int // how many there ever were
}

func (w *delayWindow) add(at time.Time, d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := &w.ring[w.n%delaySamples]
	s.at, s.delay = at, d
	w.n++
}

// quantiles returns the median and the 99th percentile, both 0 when nothing was
// delivered in the window.
func (w *delayWindow) quantiles(now time.Time) (p50, p99 time.Duration) {
	w.mu.Lock()
	delays := make([]time.Duration, 0, min(w.n, delaySamples))
	for _, s := range w.ring[:min(w.n, delaySamples)] {
		if now.Sub(s.at) <= delaySpan {
			delays = append(delays, s.delay)
		}
	}
	w.mu.Unlock()
	if len(delays) == 0 {
		return 0, 0
	}
	slices.Sort(delays)
	at := func(percent int) time.Duration { return delays[(len(delays)*percent+99)/100-1] }
	return at(50), at(99)
}
