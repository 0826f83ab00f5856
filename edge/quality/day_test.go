package quality

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
)

// a healthy channel: what it shows at an hour of the day, in steps of its
// resolution, with noise.
type channel struct {
	q           reading.Quantity
	every       time.Duration
	step, noise float64
	at          func(hour float64) float64
}

// wave swings around mid once a day, highest at the given hour.
func wave(mid, swing, highest float64) func(float64) float64 {
	return func(h float64) float64 { return mid + swing*math.Cos((h-highest)*math.Pi/12) }
}

// burst is at rest but for a steep rise at an hour and a slow return.
func burst(rest, rise, at, riseH, fallH float64) func(float64) float64 {
	return func(h float64) float64 {
		switch x := h - at; {
		case x <= 0:
			return rest
		case x < riseH:
			return rest + rise*x/riseH
		default:
			return rest + rise*math.Exp(-(x-riseH)/fallH)
		}
	}
}

var village = []channel{
	{reading.PM2_5, 5 * time.Second, 1, 1.5, wave(28, 12, 5)},
	{reading.PM10, 10 * time.Minute, 1, 2, wave(40, 15, 6)},
	{reading.PM1, 5 * time.Second, 1, 0.2, wave(1.5, 1.5, 5)},           // clean air, often the same for hours
	{reading.PM2_5, 5 * time.Second, 1, 2, burst(12, 700, 18, 0.02, 1)}, // somebody burns waste
	{reading.CO2, 5 * time.Second, 1, 8, burst(430, 3000, 19, 0.1, 2)},  // a room with people
	{reading.NO2, 10 * time.Second, 0.6, 1, wave(25, 10, 18)},
	{reading.Temperature, 5 * time.Second, 0.01, 0.02, wave(26, 5, 13)},
	{reading.Temperature, 15 * time.Minute, 0.01, 0.02, burst(32, -9, 14, 0.3, 3)}, // a shower
	{reading.Humidity, 5 * time.Second, 0.01, 0.1, wave(85, 20, 4)},                // saturated all night
	{reading.Pressure, 5 * time.Second, 0.01, 0.02, wave(993, 1.5, 10)},
	{reading.Level, 2 * time.Second, 0.001, 0.004, burst(1.2, 2.5, 16, 0.4, 3)}, // a flood after rain
	{reading.Distance, 2 * time.Second, 1, 2, wave(2500, 100, 3)},
	{reading.Voltage, 10 * time.Second, 0.004, 0.004, wave(13, 0.8, 14)},
	{reading.Rain, time.Minute, 0.2, 0, burst(0, 2, 15, 0.1, 0.2)},
	{reading.Count, 20 * time.Second, 1, 0, wave(2, 3, 13)},
	{reading.Occupancy, 20 * time.Second, 0.01, 0, wave(2, 3, 13)},
	{reading.Signal, time.Minute, 1, 0, wave(-71, 0, 0)},
}

// TestAHealthyDayIsNotSuspect tells a day of every kind of channel. Nothing is
// flagged, and Good is what nearly all values are.
func TestAHealthyDayIsNotSuspect(t *testing.T) {
	rng := rand.New(rand.NewPCG(3505, 0))
	for i, ch := range village {
		c, in := New(nil), ch.q.Info()
		count := map[reading.Quality]int{}
		for at := time.Duration(0); at < 24*time.Hour; at += ch.every {
			v := ch.at(at.Hours()) + ch.noise*rng.NormFloat64()
			v = math.Round(v/ch.step) * ch.step
			v = min(max(v, in.Min), in.Max) // as a sensor's own scale ends
			count[tell(c, at, ch.q, v)]++
		}
		total := count[good] + count[unknown] + count[suspect]
		if count[suspect] > 0 {
			t.Errorf("channel %d, %v: %d of %d values are suspect", i, ch.q, count[suspect], total)
		}
		if resting := ch.q == reading.PM1 || ch.q == reading.Humidity; !resting && count[good] < total*9/10 {
			t.Errorf("channel %d, %v: only %d of %d values are good", i, ch.q, count[good], total)
		}
	}
}

// TestALaharIsShown rises by 5 m in 30 s: flagged while it is unheard of, never
// hidden, and good again while the river is still high.
func TestALaharIsShown(t *testing.T) {
	c := New(nil)
	front := burst(1, 5, 12, 30./3600, 2)
	var first, last time.Duration
	for at := time.Duration(0); at < 14*time.Hour; at += 2 * time.Second {
		flag := tell(c, at, reading.Level, front(at.Hours())+0.002*float64(at/(2*time.Second)%3))
		switch {
		case flag > suspect:
			t.Fatalf("at %v it is %v", at, flag)
		case flag == suspect && first == 0:
			first = at
		}
		if flag == suspect {
			last = at
		}
	}
	if first < 12*time.Hour || last-first > 5*time.Minute {
		t.Errorf("suspect from %v to %v", first, last)
	}
}
