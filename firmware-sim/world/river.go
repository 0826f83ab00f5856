package world

import (
	"math"
	"time"
)

// DatumM is the height of every simulated level sensor in m above gauge zero.
// The seeded river stays below it and within an A02YYUW's reach.
const DatumM = 4.4

// maxRiseM is where the rivers leave their banks: rises bend towards it.
const maxRiseM = 2.7

// Stage returns the river's level in m above gauge zero without its waves.
func (w *World) Stage(at time.Time) float64 {
	r := w.village.River
	newest, _ := cell(at, block)
	// After twelve crest times less than a thousandth of a rise is left.
	oldest, _ := cell(at.Add(-r.Lag-12*r.Crest-block), block)
	rise := 0.0
	for i := oldest; i <= newest; i++ {
		s, ok := w.upstream.spell(i)
		if !ok {
			continue
		}
		x := float64(at.Sub(s.start.Add(s.length/2+r.Lag))) / float64(r.Crest)
		if x > 0 {
			rise += r.RiseM * s.depth / 100 * x * math.Exp(1-x)
		}
	}
	return r.BaseM + 0.15*wetness(at) + maxRiseM*(1-math.Exp(-rise/maxRiseM))
}

// Level implements Source: Stage with waves of a few millimetres.
func (w *World) Level(at time.Time) (float64, bool) {
	t := float64(at.UnixMilli()%3_600_000) / 1000
	size := 0.004 * (1.5 + w.wave.smooth(at, time.Hour))
	waves := size * (math.Sin(2*math.Pi*t/1.7) + 0.6*math.Sin(2*math.Pi*t/4.5))
	return w.Stage(at) + waves + 0.001*w.wave.spread(at.UnixMilli()/100), true
}
