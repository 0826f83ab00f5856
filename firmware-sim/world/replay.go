package world

import (
	"math"
	"time"
)

// Options says when and how fast a trace is replayed.
type Options struct {
	// KeepTime replays the rows at the times they were recorded. Otherwise the
	// whole trace is shifted so that it ends at EndsAt.
	KeepTime bool
	// EndsAt is until when the last row holds without KeepTime, one step after its
	// time; zero means now.
	EndsAt time.Time
	// Speed is how many seconds of the trace pass in a real one; 0 means 1.
	Speed float64
}

// Replay is a trace being played. Its clock starts at the first row and runs
// through the whole trace: a trace of ten days, replayed at speed 1440, lasts
// ten minutes. Without KeepTime the readings it gives are dated up to the moment
// when the replay began and never later, so they are the recent history of a
// running center, complete when the replay has ended. From then on the chips are
// silent; End says when.
type Replay struct {
	trace *Trace
	shift time.Duration // world time - recorded time
	clock *Clock
}

// Replay starts the trace now. Its only error is a Speed that NewClock refuses.
func (t *Trace) Replay(o Options) (*Replay, error) {
	r := &Replay{trace: t}
	if !o.KeepTime {
		end := o.EndsAt
		if end.IsZero() {
			end = time.Now()
		}
		r.shift = end.UTC().Round(0).Sub(t.until(len(t.times) - 1))
	}
	if o.Speed == 0 {
		o.Speed = 1
	}
	var err error
	r.clock, err = NewClock(t.First().Add(r.shift), o.Speed)
	return r, err
}

// Clock returns the clock that the replay runs by, at which the node must run.
func (r *Replay) Clock() *Clock { return r.clock }

// End returns the world time when the last row stops to hold, one step after
// it: the replay has nothing more to show from then on.
func (r *Replay) End() time.Time {
	return r.trace.until(len(r.trace.times) - 1).Add(r.shift)
}

// Source returns what one unit's chips are to show, see Chips.
//
// What a chip must say and the trace does not is derived: of particulate
// matter, PM1 as 0.7 and PM10 as 1.2 of PM2.5 (and PM2.5 from those two), the
// CF=1 words from the atmospheric ones and the other way round; a climate chip
// without a column for pressure shows 1013.25 hPa, without humidity 50 %,
// without temperature 25 °C. Where a column exists and its cell is empty
// nothing is derived: the chip is silent.
func (r *Replay) Source(unit string) Source { return unitSource{r, unit} }

type unitSource struct {
	*Replay
	unit string
}

var _ Source = unitSource{}

// recorded turns the replay's time into the recording's.
func (u unitSource) recorded(at time.Time) time.Time { return at.Add(-u.shift) }

// get reads a column of this unit. known says whether the trace has the column
// at all; the value is NaN where the cell is empty or in a gap.
func (u unitSource) get(what quantity, at time.Time) (value float64, known bool) {
	c := column{what, u.unit}
	_, known = u.trace.columns[c]
	value, ok := u.trace.value(c, u.recorded(at))
	if !ok {
		value = math.NaN()
	}
	return value, known
}

// Air implements Source.
func (u unitSource) Air(at time.Time) (Air, bool) {
	atmospheric, hasAtmospheric := u.mass(at, pm1, pm2_5, pm10)
	cf1, hasCF1 := u.mass(at, pm1CF1, pm2_5CF1, pm10CF1)
	a := Air{CF1: cf1, Atmospheric: atmospheric}
	switch {
	case !hasAtmospheric && !hasCF1:
		return Air{}, false
	case !hasCF1:
		a = PlantowerAir(atmospheric)
	case !hasAtmospheric:
		a.Atmospheric = cf1
	}
	for _, m := range []Mass{a.CF1, a.Atmospheric} {
		if math.IsNaN(m.PM1 + m.PM2_5 + m.PM10) {
			return Air{}, false
		}
	}
	return a, true
}

// mass reads three columns and derives those that the trace does not have; ok
// is false where it has none of them.
func (u unitSource) mass(at time.Time, q1, q2_5, q10 quantity) (m Mass, ok bool) {
	v1, has1 := u.get(q1, at)
	v2, has2 := u.get(q2_5, at)
	v10, has10 := u.get(q10, at)
	switch {
	case has2:
	case has10:
		v2 = v10 / 1.2
	case has1:
		v2 = v1 / 0.7
	default:
		return Mass{}, false
	}
	if !has1 {
		v1 = 0.7 * v2
	}
	if !has10 {
		v10 = 1.2 * v2
	}
	return Mass{PM1: v1, PM2_5: v2, PM10: v10}, true
}

// Weather implements Source.
func (u unitSource) Weather(at time.Time) (Weather, bool) {
	any := false
	get := func(what quantity, absent float64) float64 {
		v, known := u.get(what, at)
		if !known {
			return absent
		}
		any = true
		return v
	}
	w := Weather{
		Temperature: get(temperature, 25),
		Humidity:    get(humidity, 50),
		Pressure:    get(pressure, 1013.25),
	}
	if !any || math.IsNaN(w.Temperature+w.Humidity+w.Pressure) {
		return Weather{}, false
	}
	return w, true
}

// Level implements Source.
func (u unitSource) Level(at time.Time) (float64, bool) {
	return u.trace.value(column{level, u.unit}, u.recorded(at))
}

// Gases implements Source: no column tells of them.
func (unitSource) Gases(time.Time) (Gases, bool) { return Gases{}, false }

// Rain implements Source: no column tells of it.
func (unitSource) Rain(time.Time) (float64, bool) { return 0, false }

// Battery implements Source: no column tells of it.
func (unitSource) Battery(time.Time) (Battery, bool) { return Battery{}, false }
