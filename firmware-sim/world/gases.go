package world

import (
	"math"
	"time"
)

// Gases implements Source: engines and fires give CO and NO2, sunshine makes
// ozone of them at noon, plants breathe CO2 out at night under calm air.
func (w *World) Gases(at time.Time) (Gases, bool) {
	hour := hourOfDay(at)
	busy := rush(at)
	smoke := w.burning(at)
	drift := w.gas.smooth(at, 20*time.Minute)
	light := math.Max(0, sunshine(hour))
	clean := 1 - 0.4*math.Min(1, w.rain.rate(at)/12)
	unrest := w.gas.spread(at.Unix())

	return Gases{
		CO2:  421 + 70*math.Max(0, -sunshine(hour)) + 15*busy + 0.3*smoke + 8*drift + 1.5*unrest,
		TVOC: math.Max(1, 60+90*busy+1.8*smoke+20*drift+2*unrest),
		CO:   clean * math.Max(80, 450+900*busy+14*smoke+80*drift+6*unrest),
		NO2:  clean * math.Max(2, 9+26*busy+0.2*smoke+3*drift+0.3*unrest),
		O3:   clean * math.Max(4, 22+70*light-14*busy+5*drift+0.4*unrest),
		SO2:  clean * math.Max(1, 6+5*busy+0.1*smoke+1.5*drift+0.2*unrest),
	}, true
}

// Battery implements Source: a panel fills a 12 V lead battery by day, and the
// node lives on it at night.
func (w *World) Battery(at time.Time) (Battery, bool) {
	hour := hourOfDay(at)
	cloud := 0.35 + 0.25*w.sun.smooth(at, 50*time.Minute) + 0.4*math.Min(1, w.rain.rate(at)/8)
	sun := bump(hour, 12, 2.6) * math.Max(0.05, 1-cloud)
	load := 0.38 + 0.02*w.sun.spread(at.Unix())
	charge := 3.2 * sun
	// Fullest in the late afternoon, emptiest before sunrise.
	rest := 12.45 + 0.35*math.Cos(2*math.Pi*(hour-16.5)/24)
	return Battery{Voltage: rest + 0.42*(charge-load), Current: load - charge}, true
}
