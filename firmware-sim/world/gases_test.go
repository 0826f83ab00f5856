package world

import (
	"testing"
	"time"
)

// TestGasesAndBatteryStayOnEarth follows a week in every village.
func TestGasesAndBatteryStayOnEarth(t *testing.T) {
	start := time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC)
	for _, v := range Villages() {
		w := New(3505, v)
		night, noon := 0.0, 0.0
		for at := start; at.Before(start.Add(7 * 24 * time.Hour)); at = at.Add(7 * time.Minute) {
			g, ok := w.Gases(at)
			if !ok || g.CO2 < 400 || g.CO2 > 900 || g.TVOC <= 0 || g.TVOC > 2000 ||
				g.CO <= 0 || g.CO > 8000 || g.NO2 <= 0 || g.NO2 > 200 || g.O3 <= 0 || g.O3 > 235 || g.SO2 <= 0 || g.SO2 > 180 {
				t.Fatalf("%s at %v: %+v, %v", v.Node, at, g, ok)
			}
			b, ok := w.Battery(at)
			if !ok || b.Voltage < 11 || b.Voltage > 15 || b.Current < -5 || b.Current > 2 {
				t.Fatalf("%s at %v: %+v, %v", v.Node, at, b, ok)
			}
			switch h := hourOfDay(at); {
			case h < 4:
				night += g.O3
			case h > 11 && h < 15:
				noon += g.O3
			}
		}
		if noon <= night {
			t.Errorf("%s: ozone at noon %v, at night %v", v.Node, noon, night)
		}
	}
}
