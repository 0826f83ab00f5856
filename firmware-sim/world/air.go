package world

import (
	"math"
	"time"
)

// Air implements Source: kitchens and engines in the morning and evening, haze
// over days, somebody's burning field, all washed down by rain.
func (w *World) Air(at time.Time) (Air, bool) {
	hour := hourOfDay(at)
	day := 11 + 14*bump(hour, 6.3, 1.3) + 19*bump(hour, 18.6, 1.8) + 4*bump(hour, 12, 3)
	fine := day * (1 + 0.45*w.haze.smooth(at, 40*time.Hour))
	fine += w.burning(at)
	fine *= 1 - 0.65*math.Min(1, w.rain.rate(at)/12)
	fine *= 1 + 0.08*w.haze.smooth(at, 4*time.Minute) + 0.02*w.grain.spread(at.UnixMilli()/500)

	dust := 3 + 7*bump(hour, 7, 1.5) + 8*bump(hour, 16.5, 2)
	dust *= 1 - 0.5*wetness(at)
	return PlantowerAir(Mass{
		PM1:   0.68 * fine,
		PM2_5: fine,
		PM10:  1.12*fine + dust,
	}), true
}

// burning is smoke from a field or from rubbish: on some afternoons for an hour
// or two.
func (w *World) burning(at time.Time) float64 {
	day, _ := cell(at.Add(7*time.Hour), 24*time.Hour)
	if w.smoke.unit(day*4) > 0.35 {
		return 0
	}
	top := 14 + 5*w.smoke.unit(day*4+1)
	size := 25 + 90*w.smoke.unit(day*4+2)
	gusts := 1 + 0.4*w.smoke.smooth(at, 6*time.Minute)
	return size * gusts * bump(hourOfDay(at), top, 0.45)
}

// PlantowerAir returns what a Plantower chip makes of outdoor air: its CF=1
// words equal the atmospheric ones below 30 µg/m³ and are half as much again
// from 100 µg/m³, as recorded pairs of both show.
func PlantowerAir(m Mass) Air {
	cf1 := func(v float64) float64 {
		return v * (1 + 0.5*math.Max(0, math.Min(1, (v-30)/70)))
	}
	return Air{
		CF1:         Mass{PM1: cf1(m.PM1), PM2_5: cf1(m.PM2_5), PM10: cf1(m.PM10)},
		Atmospheric: m,
	}
}
