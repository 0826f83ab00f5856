package tfluna

import (
	"time"

	"github.com/siaga-id/siaga/edge/driver/traffic"
)

// road makes vehicles of distances. It is not safe for concurrent use.
type road struct {
	nearest uint16 // cm; what seems nearer is none
	near    uint16 // cm; a vehicle is there from here on
	far     uint16 // cm; and gone from here on

	vehicles traffic.Presence
	begun    bool          // it is known whether a vehicle was there at first
	first    time.Duration // the first of the frames in a row that say otherwise
	row      int           // of those
	frames   int           // in this window
	trusted  int           // of those
}

// inARow is how many frames must agree that a vehicle came or left.
const inARow = 2

func (r *road) see(f frame, at time.Duration) {
	r.frames++
	if f.amplitude < weakest || f.amplitude == overload || int16(f.distance) < 0 || f.distance < r.nearest {
		return
	}
	r.trusted++
	if !r.begun {
		r.begun = true
		r.vehicles.Begin(f.distance <= r.near, at)
		return
	}
	there := r.vehicles.Present()
	turned := !there && f.distance <= r.near || there && f.distance >= r.far
	if !turned {
		r.row = 0
		return
	}
	if r.row == 0 {
		r.first = at
	}
	if r.row++; r.row == inARow {
		r.row = 0
		r.vehicles.Turn(r.first)
	}
}

// cut ends the window. Where a turn is about to be confirmed it belongs to the
// next one.
func (r *road) cut(end time.Duration) (w *traffic.Window, frames, trusted int) {
	if r.row > 0 {
		end = r.first
	}
	frames, trusted = r.frames, r.trusted
	r.frames, r.trusted = 0, 0
	return r.vehicles.Cut(end), frames, trusted
}

// forget drops the window and whoever is there.
func (r *road) forget() {
	v := traffic.Presence{Length: r.vehicles.Length, StuckAfter: r.vehicles.StuckAfter}
	*r = road{nearest: r.nearest, near: r.near, far: r.far, vehicles: v}
}
