package ops243

import (
	"time"

	"github.com/siaga-id/siaga/edge/driver/traffic"
)

// vehicles joins reports into passages. Times are of the node's clock. It is not
// safe for concurrent use.
type vehicles struct {
	join     time.Duration
	least    float64 // km/h
	tracks   [Outbound + 1]track
	passages traffic.Passages
}

// track is the vehicle that passes in one direction.
type track struct {
	passing bool
	last    time.Duration // its newest report
	top     float64       // km/h
}

// report takes a speed in km/h, 0 or more.
func (v *vehicles) report(t time.Duration, d Direction, kmh float64) {
	v.settle(t)
	if kmh < v.least {
		return
	}
	tr := &v.tracks[d]
	if !tr.passing {
		*tr = track{passing: true}
		v.passages.Arrive(t)
	}
	tr.last, tr.top = t, max(tr.top, kmh)
}

// settle ends the passages that have had no report for long enough.
func (v *vehicles) settle(now time.Duration) {
	for i := range v.tracks {
		if tr := &v.tracks[i]; tr.passing && now-tr.last > v.join {
			tr.passing = false
			v.passages.Speed(tr.top)
		}
	}
}

// cut ends the window. A vehicle that is passing counts in it, and its speed in
// the next one.
func (v *vehicles) cut(end time.Duration) *traffic.Window {
	v.settle(end)
	return v.passages.Cut(end)
}

// forget drops the window, so that the next cut only opens one.
func (v *vehicles) forget() { *v = vehicles{join: v.join, least: v.least} }
