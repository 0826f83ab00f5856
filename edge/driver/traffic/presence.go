package traffic

import "time"

// Presence makes passages of a detector that is at one level while a vehicle is
// there and at the other while none is. Its zero value knows no length and is
// never stuck; nothing is there. Times are of one clock that never goes back.
// It is not safe for concurrent use.
type Presence struct {
	// Length is how far a vehicle moves while it is there, in metres: its own
	// length and the detector's. Its spot speed is Length over that time. 0 is
	// unknown: no speeds.
	Length float64
	// StuckAfter is how long something may be there before it is no vehicle. What
	// was there at Begin is none until it has left: nobody knows since when. 0 is
	// for ever.
	StuckAfter time.Duration

	passages Passages
	present  bool
	since    time.Duration // the level began
	whole    bool          // the vehicle was seen to come
	early    bool          // it has been there since before Begin
}

// Begin says what the detector sees first, at t. A vehicle that is there already
// is not counted.
func (p *Presence) Begin(present bool, t time.Duration) {
	p.present, p.since, p.whole, p.early = present, t, false, present
}

// Present reports whether a vehicle is there.
func (p *Presence) Present() bool { return p.present }

// Turn says that a vehicle came or left at t.
func (p *Presence) Turn(t time.Duration) {
	p.turn(t)
	if p.present {
		p.passages.Arrive(t)
		p.whole = true
	}
}

// TurnUnseen says that a vehicle came or left at some time before t that nobody
// knows. It has no speed, and no headway is reckoned over it.
func (p *Presence) TurnUnseen(t time.Duration) {
	p.whole, p.passages.hasGap = false, false
	p.turn(t)
	if p.present {
		p.passages.window.count++
	}
}

// Cut is as Passages.Cut.
func (p *Presence) Cut(end time.Duration) *Window {
	if p.present {
		p.leave(end)
		if p.early && p.StuckAfter > 0 {
			p.passages.window.stuck = max(p.passages.window.stuck, end-p.since, 1)
		}
	}
	w := p.passages.Cut(end)
	if w != nil {
		w.presence = true
	}
	return w
}

func (p *Presence) turn(t time.Duration) {
	if p.present {
		p.leave(t)
		if took := t - p.since; p.whole && p.Length > 0 && p.passages.window.stuck == 0 {
			p.passages.Speed(3.6 * p.Length / took.Seconds())
		}
	}
	p.present, p.since, p.early = !p.present, t, false
}

// leave adds what the presence that lasts has of this window until t.
func (p *Presence) leave(t time.Duration) {
	p.passages.window.on += p.passages.within(p.since, t)
	if took := t - p.since; p.StuckAfter > 0 && took >= p.StuckAfter {
		p.passages.window.stuck = took
	}
}
