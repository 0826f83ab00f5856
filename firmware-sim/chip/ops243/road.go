package ops243

import (
	"math"
	"time"
)

// Passage is a vehicle that passes the radar.
type Passage struct {
	// At is when the vehicle is level with the radar.
	At time.Time
	// SpeedKMH is its speed in km/h, above 0.
	SpeedKMH float64
	// Inbound is a vehicle that drives towards the radar until At; another one
	// drives away from At on.
	Inbound bool
	// LengthM is the vehicle's length in metres: a long one is seen from
	// farther away.
	LengthM float64
}

// How far the radar sees, in metres: at most 50 (manual: vehicles at 50 to
// 100 m), a small vehicle less far; and not what is beside it already.
const (
	farthest = 50
	nearest  = 6
	// beside is how far from the vehicles' path the radar stands: what it
	// measures is the part of the speed that comes towards it.
	beside = 1.5
)

// longest is the longest that a vehicle is in view.
const longest = 30 * time.Second

// reach is how far away the radar still sees a vehicle.
func (p Passage) reach() float64 { return math.Min(farthest, 15+5*math.Max(0, p.LengthM)) }

// seen returns the speed towards the radar in m/s, and how strong the echo is,
// where the radar sees the vehicle at a moment.
func (p Passage) seen(at time.Time) (mps, magnitude float64, ok bool) {
	speed, sign := p.SpeedKMH/3.6, -1.0
	away := at.Sub(p.At)
	if p.Inbound {
		away, sign = -away, 1
	}
	metres := away.Seconds() * speed
	if !(speed > 0 && metres >= nearest && metres <= p.reach()) || away > longest {
		return 0, 0, false
	}
	mps = sign * speed * metres / math.Hypot(metres, beside)
	return mps, 4e4 * (1 + p.LengthM) / (metres * metres), true
}

// road remembers the passages around a moment.
type road struct {
	vehicles func(from, to time.Time) []Passage
	known    []Passage
	from, to time.Time
}

// window is how much of the road is asked for at once.
const window = time.Minute

// strongest returns the speed of the strongest echo at a moment.
func (r *road) strongest(at time.Time) (mps, magnitude float64, ok bool) {
	if r.from.IsZero() || at.Add(-longest).Before(r.from) || at.Sub(r.to) > window {
		r.known, r.from = nil, at.Add(-longest)
		r.to = r.from
	}
	for !r.to.After(at.Add(longest)) {
		end := r.to.Add(window)
		r.known = append(r.known, r.vehicles(r.to, end)...)
		r.to = end
	}
	kept := r.known[:0]
	for _, p := range r.known {
		if at.Sub(p.At) <= 2*longest {
			kept = append(kept, p)
		} else if p.At.After(r.from) {
			r.from = p.At
		}
		if v, m, seen := p.seen(at); seen && m > magnitude {
			mps, magnitude, ok = v, m, true
		}
	}
	r.known = kept
	return mps, magnitude, ok
}
