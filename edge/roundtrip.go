package edge

import (
	"math/rand/v2"
	"time"
)

// roundTrip says how long an acknowledgement may take before a pack counts as
// lost, as RFC 6298 does for TCP. Not for concurrent use.
type roundTrip struct {
	floor, ceiling time.Duration
	smoothed       time.Duration // SRTT; 0 while nothing was measured
	variance       time.Duration // RTTVAR
	backoff        int           // timeouts since the last measurement
}

const (
	// firstResend is the time before anything was measured (RFC 6298 §2.1, the 3 s
	// of its predecessor: a modem that wakes up takes its time).
	firstResend = 3 * time.Second
	// clockGrain is G of RFC 6298 §2.3; the center collects acknowledgements for
	// up to this long.
	clockGrain = 100 * time.Millisecond
	maxBackoff = 16
)

// measured takes the round trip of a pack that was sent once (Karn's rule: of
// others nobody knows which copy was acknowledged).
func (r *roundTrip) measured(d time.Duration) {
	d = max(d, 1)
	if r.smoothed == 0 {
		r.smoothed, r.variance = d, d/2 // RFC 6298 §2.2
	} else {
		off := r.smoothed - d
		if off < 0 {
			off = -off
		}
		r.variance += (off - r.variance) / 4 // RFC 6298 §2.3
		r.smoothed += (d - r.smoothed) / 8
	}
	r.backoff = 0
}

// timedOut takes note that packs were not acknowledged in time (RFC 6298 §5.5).
func (r *roundTrip) timedOut() { r.backoff = min(r.backoff+1, maxBackoff) }

// timeout is after how long a pack that is sent for the nth time is sent again,
// without jitter. It doubles with what was in vain: of this pack, or of all.
func (r *roundTrip) timeout(attempt int) time.Duration {
	d := firstResend
	if r.smoothed > 0 {
		d = r.smoothed + max(clockGrain, 4*r.variance)
	}
	d = max(d, r.floor)
	for range max(attempt-1, r.backoff) {
		if d >= r.ceiling {
			break
		}
		d *= 2
	}
	return min(d, r.ceiling)
}

// jittered is d and up to half as much again, so that a district's nodes, which
// lost one center together, do not come back together.
func jittered(d time.Duration) time.Duration { return d + rand.N(d/2+1) }

// window is how many packs may be under way: few at first, more while
// acknowledgements come in time, half as many when they do not (RFC 5681 §3.1).
// So neither a burst of losses nor a slow link is met with more traffic.
type window struct {
	most     int     // as configured
	open     float64 // as many may be under way now
	cautious float64 // up to here it doubles with every round trip, above it grows by one
	halvedAt time.Time
}

const (
	firstWindow = 10 // RFC 6928 §2
	leastWindow = 2
)

func newWindow(most int) window {
	return window{most: most, open: float64(min(firstWindow, most)), cautious: float64(most)}
}

// grow takes note of a pack that was acknowledged in time.
func (w *window) grow() {
	if w.open < w.cautious {
		w.open++
	} else {
		w.open += 1 / w.open
	}
	w.open = min(w.open, float64(w.most))
}

// halve takes note of losses or of a round trip that grew too long, once for all
// that was under way together.
func (w *window) halve(now time.Time, roundTrip time.Duration) {
	if now.Sub(w.halvedAt) < roundTrip {
		return
	}
	w.halvedAt = now
	w.open = min(max(w.open/2, leastWindow), float64(w.most))
	w.cautious = w.open
}

// again begins as after a reconnect.
func (w *window) again() { *w = newWindow(w.most) }

// room is how many may be under way.
func (w *window) room() int { return int(w.open) }
