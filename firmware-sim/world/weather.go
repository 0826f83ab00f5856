package world

import (
	"math"
	"time"
)

// Weather implements Source.
func (w *World) Weather(at time.Time) (Weather, bool) {
	hour := hourOfDay(at)
	h := w.village.HeightM
	shower := math.Min(1, w.rain.rate(at)/10)

	// 6.5 K less per km.
	mean := 27.2 - 0.0065*h + 1.1*w.warmth.smooth(at, 31*time.Hour)
	temperature := mean + 4.4*sunshine(hour) - 3.2*shower + 0.25*w.warmth.smooth(at, 7*time.Minute)

	// The same water in warmer air is a lower relative humidity.
	humidity := 76 - 3.4*(temperature-mean) + 6*w.damp.smooth(at, 23*time.Hour) +
		9*wetness(at) - 5 + 14*shower + 0.8*w.damp.smooth(at, 5*time.Minute)

	// Twice a day the tropical air rises and falls, with tops at 10 and 22 h.
	sea := 1010.5 + 1.4*math.Cos(2*math.Pi*(hour-10)/12) + 1.8*w.weight.smooth(at, 60*time.Hour)
	pressure := sea * math.Pow(1-2.25577e-5*h, 5.2559) // ICAO standard atmosphere

	// The last few hundredths are the sensor's own unrest.
	s := at.Unix()
	return Weather{
		Temperature: temperature + 0.01*w.warmth.spread(s),
		Humidity:    math.Max(30, math.Min(99, humidity+0.05*w.damp.spread(s))),
		Pressure:    pressure + 0.015*w.grain.spread(s),
	}, true
}

// sunshine is the day's warmth: -1 before sunrise at 5:30, 1 at 13:30.
func sunshine(hour float64) float64 {
	const rise, fall = 8, 16 // hours that it takes
	x := math.Mod(hour-5.5+24, 24)
	if x < rise {
		return -math.Cos(math.Pi * x / rise)
	}
	return math.Cos(math.Pi * (x - rise) / fall)
}
