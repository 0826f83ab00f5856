package ispu

import (
	"math"
	"slices"
	"testing"

	"github.com/siaga-id/siaga/internal/reading"
)

// Every edge of every parameter, as Permen LHK P.14/2020 has them.
func TestKnots(t *testing.T) {
	for _, tc := range []struct {
		q  reading.Quantity
		at [5]float64
	}{
		{reading.PM10, [5]float64{50, 150, 350, 420, 500}},
		{reading.PM2_5, [5]float64{15.5, 55.4, 150.4, 250.4, 500}},
		{reading.SO2, [5]float64{52, 180, 400, 800, 1200}},
		{reading.CO, [5]float64{4000, 8000, 15000, 30000, 45000}},
		{reading.O3, [5]float64{120, 235, 400, 800, 1000}},
		{reading.NO2, [5]float64{80, 200, 1130, 2260, 3000}},
	} {
		for _, top := range []float64{MinTop, MaxTop} {
			for row, want := range []float64{50, 100, 200, 300, top} {
				x := tc.at[row]
				if got, ok := Sub(Mean{tc.q, x}, top); !ok || math.Abs(got-want) > 1e-9 {
					t.Errorf("%v at %v: %v, %v, want %v", tc.q, x, got, ok, want)
				}
				// The categories meet there: a little more is the next one's.
				under, _ := Sub(Mean{tc.q, x * 0.999}, top)
				over, _ := Sub(Mean{tc.q, x * 1.001}, top)
				if !(under < want) || !(over > want) && row < 4 || over != top && row == 4 {
					t.Errorf("%v around %v: %v and %v", tc.q, x, under, over)
				}
			}
			if got, _ := Sub(Mean{tc.q, 1e9}, top); got != top {
				t.Errorf("%v far above: %v, want to stay %v", tc.q, got, top)
			}
		}
		for _, zero := range []float64{0, -3} {
			if got, ok := Sub(Mean{tc.q, zero}, MaxTop); !ok || got != 0 {
				t.Errorf("%v at %v: %v, %v", tc.q, zero, got, ok)
			}
		}
		for _, none := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			if _, ok := Sub(Mean{tc.q, none}, MaxTop); ok {
				t.Errorf("%v at %v has an index", tc.q, none)
			}
		}
	}
	if _, ok := Sub(Mean{reading.CO2, 400}, MaxTop); ok || Is(reading.CO2) || !Is(reading.PM2_5) {
		t.Error("CO2 is no parameter, PM2.5 is one")
	}
}

func TestSub(t *testing.T) {
	for _, tc := range []struct {
		q    reading.Quantity
		x    float64
		want float64
	}{
		{reading.PM2_5, 40, 80.7},
		{reading.PM10, 120, 85},
		{reading.NO2, 100, 58.3},
		{reading.CO, 10000, 128.6},
		{reading.PM2_5, 7.75, 25},
		{reading.NO2, 1130, 200}, // not what a table with NO2 2000 for 200 gives
	} {
		if got, ok := Sub(Mean{tc.q, tc.x}, MaxTop); !ok || math.Abs(got-tc.want) > 0.05 {
			t.Errorf("%v %v: %v, want %v", tc.q, tc.x, got, tc.want)
		}
	}
}

func TestOf(t *testing.T) {
	for _, tc := range []struct {
		name    string
		means   []Mean
		index   float64
		decides reading.Quantity
		ok      bool
	}{
		{"nothing", nil, 0, 0, false},
		{"none that has an index", []Mean{{reading.CO2, 900}, {reading.PM1, 80}}, 0, 0, false},
		{"none that is a number", []Mean{{reading.PM10, math.NaN()}}, 0, 0, false},
		{"one", []Mean{{reading.PM2_5, 40}}, 81, reading.PM2_5, true},
		{"the highest decides", []Mean{{reading.PM2_5, 40}, {reading.PM10, 120}, {reading.NO2, 100}}, 85, reading.PM10, true},
		{"in any order", []Mean{{reading.CO, 10000}, {reading.PM2_5, 40}}, 129, reading.CO, true},
		{"what is no number is missing", []Mean{{reading.PM10, math.Inf(1)}, {reading.PM2_5, 15.5}}, 50, reading.PM2_5, true},
		{"of equal ones the regulation's first", []Mean{{reading.PM2_5, 55.4}, {reading.PM10, 150}}, 100, reading.PM10, true},
		{"clean air", []Mean{{reading.PM2_5, 0}}, 0, reading.PM2_5, true},
		{"beyond the table", []Mean{{reading.PM2_5, 900}}, 500, reading.PM2_5, true},
	} {
		index, decides, ok := Of(tc.means, MaxTop)
		if index != tc.index || decides != tc.decides || ok != tc.ok {
			t.Errorf("%s: %v, %v, %v, want %v, %v, %v", tc.name, index, decides, ok, tc.index, tc.decides, tc.ok)
		}
	}
}

// A number has the category in whose range people see it.
func TestCategoryOf(t *testing.T) {
	for _, tc := range []struct {
		index float64
		want  string
	}{
		{0, "Baik"},
		{50, "Baik"},
		{50.4, "Baik"},
		{50.5, "Sedang"},
		{51, "Sedang"},
		{100.49, "Sedang"},
		{100.5, "Tidak Sehat"},
		{200, "Tidak Sehat"},
		{201, "Sangat Tidak Sehat"},
		{300, "Sangat Tidak Sehat"},
		{300.5, "Berbahaya"},
		{500, "Berbahaya"},
	} {
		if got := CategoryOf(tc.index).Name; got != tc.want {
			t.Errorf("%v: %s, want %s", tc.index, got, tc.want)
		}
	}
	var colours []string
	for _, c := range Categories() {
		colours = append(colours, c.Colour)
	}
	if want := []string{"#34cc33", "#0070c0", "#ffc100", "#ff0000", "#000000"}; !slices.Equal(colours, want) {
		t.Errorf("colours %v, want the regulation's %v", colours, want)
	}
	if want := []reading.Quantity{reading.PM10, reading.PM2_5, reading.SO2, reading.CO, reading.O3, reading.NO2}; !slices.Equal(Parameters(), want) {
		t.Errorf("parameters %v", Parameters())
	}
}
