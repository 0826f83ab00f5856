package breakbeam

import "time"

// beam turns edges into what happened on the road. Times are of the Dev's
// clock. It is not safe for concurrent use.
type beam struct {
	debounce time.Duration
	length   float64 // vehicle and detector, m; 0 is unknown

	blocked bool          // the settled level
	since   time.Duration // when it began
	whole   bool          // the block's leading edge was seen
	pending bool          // an edge, at, may yet turn out to be bounce
	at      time.Duration
	last    time.Duration // the newest edge

	lead    time.Duration // the last leading edge
	hasLead bool

	window window
}

// window is what happened since the last cut.
type window struct {
	start  time.Duration
	on     time.Duration // blocked time, without a block that still lasts
	count  int
	gaps   int // headways
	gapSum time.Duration
	speeds speeds
}

// raw returns the level after all edges so far, bounce or not.
func (b *beam) raw() bool { return b.blocked != b.pending }

// edge turns the level at t.
func (b *beam) edge(t time.Duration) {
	t = max(t, b.last)
	b.last = t
	if b.pending && t-b.at < b.debounce {
		b.pending = false
		return
	}
	b.settle(t)
	b.pending, b.at = true, t
}

// settle takes the pending edge for true when its level has lasted until now.
func (b *beam) settle(now time.Duration) {
	if !b.pending || now-b.at < b.debounce {
		return
	}
	b.pending = false
	b.turn(b.at)
	if b.blocked {
		b.leading(b.at)
		b.whole = true
	}
}

// missed turns the level, at some time before now that nobody knows. The block
// that begins or ends so gives no speed, and no headway is reckoned over it.
func (b *beam) missed(now time.Duration) {
	b.settle(now)
	if b.pending { // it was bounce, and what is missing is the way back
		b.pending = false
		return
	}
	b.whole, b.hasLead = false, false
	b.last = max(now, b.last)
	b.turn(b.last)
	if b.blocked {
		b.window.count++
	}
}

func (b *beam) leading(t time.Duration) {
	b.window.count++
	if b.hasLead {
		b.window.gaps++
		b.window.gapSum += t - b.lead
	}
	b.lead, b.hasLead = t, true
}

func (b *beam) turn(t time.Duration) {
	if b.blocked {
		b.window.on += b.within(t)
		if b.whole && b.length > 0 {
			b.window.speeds.add(b.length, t-b.since)
		}
	}
	b.blocked, b.since = !b.blocked, t
}

// within returns how long the block has lasted until t, in this window.
func (b *beam) within(t time.Duration) time.Duration {
	return max(0, t-max(b.since, b.window.start))
}

// cut ends the window now, or where an edge is pending that is too young to be
// settled, and begins the next one there.
func (b *beam) cut(now time.Duration) (window, time.Duration) {
	b.settle(now)
	end := now
	if b.pending {
		end = b.at
	}
	length := end - b.window.start
	if length <= 0 {
		return window{}, 0
	}
	w := b.window
	if b.blocked {
		w.on += b.within(end)
	}
	b.window = window{start: end}
	return w, length
}
