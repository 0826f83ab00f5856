package world

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/siaga-id/siaga/internal/reading"
	"pgregory.net/rapid"
)

var wet = time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC)

func TestVillages(t *testing.T) {
	seen := map[reading.NodeID]bool{}
	if n := len(Villages()); n != 12 {
		t.Fatalf("%d villages", n)
	}
	for i := range 200 {
		v := VillageAt(i)
		if _, err := reading.ParseNodeID(string(v.Node)); err != nil || seen[v.Node] {
			t.Errorf("node %d: id %q: %v, seen before: %v", i, v.Node, err, seen[v.Node])
		}
		seen[v.Node] = true
		if c, err := reading.ParseSiteCode(string(v.Site)); err != nil || c[:6] != "35.05." {
			t.Errorf("%s: site %q: %v", v.Node, v.Site, err)
		}
		// The box of Kabupaten Blitar.
		if v.Lat < -8.3515 || v.Lat > -7.9265 || v.Lon < 111.9574 || v.Lon > 112.4780 {
			t.Errorf("%s lies at %v, %v", v.Node, v.Lat, v.Lon)
		}
	}
	if a, b := VillageAt(3), VillageAt(15); a.Node != "jegu-01" || b.Node != "jegu-02" || a.Site != b.Site {
		t.Errorf("nodes 3 and 15 are %s and %s", a.Node, b.Node)
	}
}

func TestSameSeedSameWorld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		v := VillageAt(rapid.IntRange(0, 30).Draw(t, "node"))
		at := wet.Add(time.Duration(rapid.Int64Range(0, int64(8760*time.Hour)).Draw(t, "at")))
		a, b := New(seed, v), New(seed, v)
		b.Level(at.Add(-time.Hour)) // what was asked before does not matter
		a1, _ := a.Air(at)
		b1, _ := b.Air(at)
		a2, _ := a.Weather(at)
		b2, _ := b.Weather(at)
		a3, _ := a.Level(at)
		b3, _ := b.Level(at)
		if a1 != b1 || a2 != b2 || a3 != b3 {
			t.Fatalf("two worlds differ: %v %v, %v %v, %v %v", a1, b1, a2, b2, a3, b3)
		}
		if other, _ := New(seed+1, v).Weather(at); other == a2 {
			t.Fatal("another seed gives the same weather")
		}
	})
}

// TestPlausible holds the worlds within what the quantities' limits and the
// chips' ranges allow, over a year in every village.
func TestPlausible(t *testing.T) {
	within := func(v Village, at time.Time, what string, got, low, high float64) {
		if !(got >= low && got <= high) {
			t.Errorf("%s at %v: %s is %.2f, want %v to %v", v.Node, at, what, got, low, high)
		}
	}
	for _, v := range Villages() {
		w := New(1, v)
		for at := wet; at.Before(wet.AddDate(1, 0, 0)); at = at.Add(97 * time.Minute) {
			air, _ := w.Air(at)
			within(v, at, "PM2.5", air.Atmospheric.PM2_5, 0, 300)
			if m := air.Atmospheric; m.PM1 > m.PM2_5 || m.PM2_5 > m.PM10 {
				t.Errorf("%s at %v: %+v is not cumulative", v.Node, at, m)
			}
			weather, _ := w.Weather(at)
			within(v, at, "temperature", weather.Temperature, 12, 38)
			within(v, at, "humidity", weather.Humidity, 30, 99.5)
			within(v, at, "pressure", weather.Pressure, 900, 1020)
			level, _ := w.Level(at)
			within(v, at, "level", level, 0.2, DatumM-0.1)
			rain, _ := w.Rain(at)
			within(v, at, "rain", rain, 0, 300)
		}
	}
}

func TestDayRhythm(t *testing.T) {
	w := New(1, VillageAt(0))
	mean := func(hour int, what func(at time.Time) float64) (m float64) {
		for day := range 60 {
			m += what(time.Date(2026, 7, 1+day, hour, 0, 0, 0, wib)) / 60
		}
		return m
	}
	temperature := func(at time.Time) float64 { v, _ := w.Weather(at); return v.Temperature }
	if night, noon := mean(4, temperature), mean(13, temperature); noon-night < 5 {
		t.Errorf("%.1f °C at 4 h, %.1f °C at 13 h", night, noon)
	}
	dust := func(at time.Time) float64 { v, _ := w.Air(at); return v.Atmospheric.PM2_5 }
	if night, evening := mean(2, dust), mean(18, dust); evening < 1.5*night {
		t.Errorf("PM2.5 %.1f at 2 h, %.1f at 18 h", night, evening)
	}
	cars := func(at time.Time) float64 { return float64(len(w.Passages(at, at.Add(time.Hour)))) }
	if night, morning := mean(2, cars), mean(6, cars); night < 1 || morning < 150 || morning < 5*night {
		t.Errorf("%.1f vehicles at 2 h, %.1f at 6 h", night, morning)
	}
}

func TestRiverAnswersRainLater(t *testing.T) {
	v := VillageAt(0)
	w := New(1, v)
	asked := 0
	for i, _ := cell(wet, block); asked < 20; i++ {
		s, ok := w.upstream.spell(i)
		if !ok || s.depth < 20 {
			continue
		}
		asked++
		before := s.start.Add(s.length / 2).Add(v.River.Lag)
		crest := before.Add(v.River.Crest)
		if rise := w.Stage(crest) - w.Stage(before); rise < 0.05 {
			t.Errorf("%.0f mm upstream at %v raised the river by %.3f m", s.depth, s.start, rise)
		}
	}
	if a, b := w.Stage(wet), w.Stage(wet.Add(time.Second)); math.Abs(a-b) > 0.001 {
		t.Errorf("the river jumps from %v to %v in a second", a, b)
	}
}

func TestPassagesDoNotDependOnTheQuestion(t *testing.T) {
	w := New(1, VillageAt(0))
	rapid.Check(t, func(t *rapid.T) {
		at := wet.Add(time.Duration(rapid.Int64Range(0, int64(48*time.Hour)).Draw(t, "at")))
		cut := at.Add(time.Duration(rapid.Int64Range(0, int64(10*time.Minute)).Draw(t, "cut")))
		end := cut.Add(time.Duration(rapid.Int64Range(0, int64(10*time.Minute)).Draw(t, "end")))
		whole := w.Passages(at, end)
		if parts := append(w.Passages(at, cut), w.Passages(cut, end)...); !slices.Equal(whole, parts) {
			t.Fatalf("%d passages at once, %d in two parts", len(whole), len(parts))
		}
		for i, p := range whole {
			if i > 0 && p.At.Before(whole[i-1].At.Add(whole[i-1].Blocks())) {
				t.Fatalf("vehicle %d drives into the one before", i)
			}
		}
	})
}
