package breakbeam

import (
	"time"

	"github.com/siaga-id/siaga/edge/driver/pulse"
	"github.com/siaga-id/siaga/edge/driver/traffic"
)

// beam turns edges into what happened on the road. It is a pulse.Follower. Times
// are of the Dev's clock. It is not safe for concurrent use.
type beam struct {
	debounce time.Duration

	road    traffic.Presence // what has settled
	pending bool             // an edge, at, may yet turn out to be bounce
	at      time.Duration
	last    time.Duration // the newest edge
}

var _ pulse.Follower[*traffic.Window] = (*beam)(nil)

// Begin implements pulse.Follower.
func (b *beam) Begin(blocked bool, t time.Duration) { b.road.Begin(blocked, t) }

// Active returns the level after all edges so far, bounce or not.
func (b *beam) Active() bool { return b.road.Present() != b.pending }

// Edge turns the level at t.
func (b *beam) Edge(t time.Duration) {
	t = max(t, b.last)
	b.last = t
	if b.pending && t-b.at < b.debounce {
		b.pending = false
		return
	}
	b.Settle(t)
	b.pending, b.at = true, t
}

// Settle takes the pending edge for true when its level has lasted until now.
func (b *beam) Settle(now time.Duration) {
	if !b.pending || now-b.at < b.debounce {
		return
	}
	b.pending = false
	b.road.Turn(b.at)
}

// Miss turns the level, at some time before now that nobody knows. The block
// that begins or ends so gives no speed, and no headway is reckoned over it.
func (b *beam) Miss(now time.Duration) {
	b.Settle(now)
	if b.pending { // it was bounce, and what is missing is the way back
		b.pending = false
		return
	}
	b.last = max(now, b.last)
	b.road.TurnUnseen(b.last)
}

// Cut ends the window at end, or where an edge is pending that is too young to
// be settled, and begins the next one there.
func (b *beam) Cut(end time.Duration) *traffic.Window {
	b.Settle(end)
	if b.pending {
		end = b.at
	}
	return b.road.Cut(end)
}
