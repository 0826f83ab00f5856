package world

import (
	"math"
	"time"
)

// rain is the district's spells as one place gets them. Time is cut into blocks
// of six hours, and a block has one spell or none.
type rain struct {
	days  field // shared by the district
	share field // how much of a spell this place gets
}

const block = 6 * time.Hour

// spell is one fall of rain: depth mm between start and start+length.
type spell struct {
	start  time.Time
	length time.Duration
	depth  float64
}

// spell returns what falls in a block, and whether anything does.
func (r rain) spell(i int64) (spell, bool) {
	begin := time.Unix(0, i*int64(block)).UTC()
	chance := 0.22 * wetness(begin)
	if h := hourOfDay(begin); h > 12 && h < 14 { // the block of the afternoon's storms
		chance = 0.75 * wetness(begin)
	}
	draw := func(k int64) float64 { return r.days.unit(i*8 + k) }
	if draw(0) >= chance {
		return spell{}, false
	}
	share := 1.6*r.share.unit(i) - 0.2
	if share <= 0 {
		return spell{}, false
	}
	return spell{
		start:  begin.Add(time.Duration(draw(1) * float64(block))),
		length: time.Duration((20 + 140*draw(2)) * float64(time.Minute)),
		depth:  share * math.Min(120, -16*math.Log(1-draw(3))),
	}, true
}

// wetness is the season: 1 in mid-January, 0.25 in mid-July.
func wetness(at time.Time) float64 {
	day := float64(at.In(wib).YearDay())
	return 0.625 + 0.375*math.Cos(2*math.Pi*(day-15)/365.25)
}

// rate returns the rain at a moment in mm/h. Each spell swells and fades.
func (r rain) rate(at time.Time) float64 {
	i, _ := cell(at, block)
	sum := 0.0
	for k := i - 1; k <= i; k++ {
		s, ok := r.spell(k)
		if !ok {
			continue
		}
		x := float64(at.Sub(s.start)) / float64(s.length)
		if x <= 0 || x >= 1 {
			continue
		}
		sin := math.Sin(math.Pi * x)
		sum += s.depth / s.length.Hours() * 2 * sin * sin
	}
	return sum
}

// Rain implements Source.
func (w *World) Rain(at time.Time) (float64, bool) { return w.rain.rate(at), true }
