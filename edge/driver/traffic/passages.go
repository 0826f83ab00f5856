package traffic

import "time"

// Passages gathers vehicles one by one. Its zero value is ready: no window is
// open, and what comes before the first Cut is in none. Times are of one clock
// that never goes back. It is not safe for concurrent use.
type Passages struct {
	opened bool
	start  time.Duration
	lead   time.Duration // the last arrival
	hasGap bool          // a headway can be reckoned from lead
	window Window
}

// Arrive counts a vehicle that came at t.
func (p *Passages) Arrive(t time.Duration) {
	p.window.count++
	if p.hasGap {
		p.window.gaps++
		p.window.gapSum += t - p.lead
	}
	p.lead, p.hasGap = t, true
}

// Speed adds the spot speed of one vehicle, in km/h. Above 300 km/h it was no
// vehicle's, and is left out.
func (p *Passages) Speed(kmh float64) { p.window.speeds.add(kmh) }

// Cut ends the window at end and begins the next one there. It returns nil
// where there is no window to end: at the first call, and where no time has
// passed since the last.
func (p *Passages) Cut(end time.Duration) *Window {
	length := end - p.start
	if p.opened && length <= 0 {
		return nil
	}
	w := p.window
	w.length = length
	p.window, p.start = Window{}, end
	if !p.opened {
		p.opened = true
		return nil
	}
	return &w
}

// within returns how much of the time from since to t is in this window.
func (p *Passages) within(since, t time.Duration) time.Duration {
	return max(0, t-max(since, p.start))
}
