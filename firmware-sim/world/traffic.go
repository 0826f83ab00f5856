package world

import (
	"math"
	"math/rand/v2"
	"time"
)

// slot is the piece of road time that is drawn at once. No vehicle crosses from
// one slot into the next, so every slot stands for itself.
const slot = time.Minute

// kind is a class of vehicles.
type kind struct {
	share            float64
	lengthM, spreadM float64
	speedKMH         float64
}

// Mostly motorcycles, as on the roads of Blitar.
var kinds = [...]kind{
	{0.72, 1.95, 0.1, 44},
	{0.22, 4.3, 0.3, 40},
	{0.06, 7.5, 1.0, 34},
}

// Passages implements Source.
func (w *World) Passages(from, to time.Time) []Passage {
	var all []Passage
	first, _ := cell(from, slot)
	for i := first; ; i++ {
		begin := time.Unix(0, i*int64(slot)).UTC()
		if !begin.Before(to) {
			return all
		}
		for _, p := range w.slot(i, begin) {
			if !p.At.Before(from) && p.At.Before(to) {
				all = append(all, p)
			}
		}
	}
}

// slot draws one minute's vehicles.
func (w *World) slot(i int64, begin time.Time) []Passage {
	busy := rush(begin)
	wet := math.Min(1, w.rain.rate(begin)/20)
	perMinute := w.village.PeakFlow * busy * (1 - 0.3*wet) / 60
	if perMinute <= 0 {
		return nil
	}
	rng := rand.New(rand.NewPCG(uint64(w.road), uint64(i)))
	var all []Passage
	free := 0.0 // seconds into the slot from when the beam is free again
	for t := rng.ExpFloat64() * 60 / perMinute; t < 60; t += rng.ExpFloat64() * 60 / perMinute {
		k := pick(rng.Float64())
		speed := k.speedKMH * (1 - 0.2*wet) * (1 - 0.2*busy) * (1 + 0.16*rng.NormFloat64())
		p := Passage{
			SpeedKMH: math.Max(12, math.Min(95, speed)),
			LengthM:  k.lengthM + k.spreadM*(2*rng.Float64()-1),
		}
		at := math.Max(t, free)
		// Half a second behind the one before is as close as people drive.
		free = at + p.Blocks().Seconds() + 0.5
		if free > 60 {
			break
		}
		p.At = begin.Add(time.Duration(at * float64(time.Second)))
		all = append(all, p)
	}
	return all
}

func pick(x float64) kind {
	for _, k := range kinds {
		if x < k.share {
			return k
		}
		x -= k.share
	}
	return kinds[0]
}

// rush is how full the road is: about 1 in the rush hours of a working day,
// never quite 0 at night.
func rush(at time.Time) float64 {
	hour := hourOfDay(at)
	morning, evening := 0.95, 0.9
	switch at.In(wib).Weekday() {
	case time.Sunday:
		morning, evening = 0.35, 0.6
	case time.Saturday:
		morning, evening = 0.6, 0.75
	}
	return 0.15 + morning*bump(hour, 6.6, 0.8) + evening*bump(hour, 16.6, 1.2) +
		0.3*bump(hour, 11, 3) + 0.25*bump(hour, 19.5, 1.5)
}
