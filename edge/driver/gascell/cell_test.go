package gascell

import (
	"math"
	"strings"
	"testing"
)

// n of the tests: made up, with corners.
var factors = []Factor{{-10, 0.5}, {0, 1}, {20, 2}, {30, 1}}

// two is a SPEC module's cell, four an Alphasense's.
var (
	two = Cell{
		Gas: "co", Electrodes: 2, WE: 0, FullScaleV: 3, ZeroMV: 1500,
		NAPerPPM: 4.75, GainKVPerA: 100, Algorithm: 1,
	}
	four = Cell{
		Gas: "no2", Electrodes: 4, WE: 0, AE: 1, FullScaleV: 3, MVPerPPB: 0.2,
		Algorithm: 1, WEElectronic: 220, AEElectronic: 230, WESensor: 10, AESensor: 5,
		Factors: factors, TemperatureC: 10,
	}
)

func edited(c Cell, edit func(*Cell)) Cell {
	edit(&c)
	return c
}

func TestMicrogrammes(t *testing.T) {
	for _, tc := range []struct {
		name   string
		cell   Cell
		we, ae float64
		want   float64
	}{
		{"CO, clean air", two, 1500, 0, 0},
		{"CO, 1 ppm is 0.475 mV", two, 1500.475, 0, 1145.6},
		{"CO, below zero", two, 1499.525, 0, -1145.6},
		{"the same in mV/ppm", edited(two, func(c *Cell) { c.NAPerPPM, c.GainKVPerA, c.MVPerPPM = 0, 0, 0.475 }), 1500.475, 0, 1145.6},
		{"NO2 lowers the voltage", edited(two, func(c *Cell) { c.Gas, c.NAPerPPM = "no2", -10 }), 1499, 0, 1881.6},
		{"O3, 1 ppm", edited(two, func(c *Cell) { c.Gas, c.NAPerPPM = "o3", -10 }), 1499, 0, 1963.1},
		{"SO2, 1 ppm", edited(two, func(c *Cell) { c.Gas, c.NAPerPPM = "so2", 10 }), 1501, 0, 2620.3},
		// WE 240 - 220 = 20, AE 238 - 230 = 8, n = 1.5 at 10 °C.
		{"algorithm 1", four, 240, 238, 1.8816 * (20 - 1.5*8) / 0.2},
		{"algorithm 2", edited(four, func(c *Cell) { c.Algorithm = 2 }), 240, 238, 1.8816 * (20 - 1.5*2*8) / 0.2},
		{"algorithm 3", edited(four, func(c *Cell) { c.Algorithm = 3 }), 240, 238, 1.8816 * (20 - (10 - 5) - 1.5*8) / 0.2},
		{"algorithm 4", edited(four, func(c *Cell) { c.Algorithm = 4 }), 240, 238, 1.8816 * (20 - 10 - 1.5) / 0.2},
	} {
		if err := tc.cell.Validate(); err != nil {
			t.Errorf("%s: %v", tc.name, err)
		}
		if got := tc.cell.microgrammes(tc.we, tc.ae); math.Abs(got-tc.want) > 0.05 {
			t.Errorf("%s: %v µg/m³, want %v", tc.name, got, tc.want)
		}
	}
}

func TestInterpolate(t *testing.T) {
	for celsius, want := range map[float64]float64{-10: 0.5, -5: 0.75, 0: 1, 5: 1.25, 20: 2, 25: 1.5, 30: 1} {
		if got := interpolate(factors, celsius); got != want {
			t.Errorf("n at %v °C = %v, want %v", celsius, got, want)
		}
	}
	if got := interpolate([]Factor{{20, 1.2}}, 30); got != 1.2 {
		t.Errorf("the only n = %v", got)
	}
}

func TestValidateNamesTheKey(t *testing.T) {
	for _, tc := range []struct {
		cell Cell
		edit func(*Cell)
		key  string
	}{
		{two, func(c *Cell) { c.Gas = "h2s" }, "gas"},
		{two, func(c *Cell) { c.Electrodes = 3 }, "electrodes"},
		{two, func(c *Cell) { c.WE = 4 }, "we"},
		{two, func(c *Cell) { c.FullScaleV = 0 }, "full_scale_v"},
		{two, func(c *Cell) { c.FullScaleV = math.NaN() }, "full_scale_v"},
		{two, func(c *Cell) { c.ZeroMV = 0 }, "zero_mv"},
		{two, func(c *Cell) { c.Factors = factors }, "we_electronic_zero_mv"},
		{two, func(c *Cell) { c.GainKVPerA = 0 }, "gain_kv_per_a"},
		{two, func(c *Cell) { c.MVPerPPB = 1 }, "sensitivity_mv_per_ppb"},
		{two, func(c *Cell) { c.NAPerPPM, c.GainKVPerA = 0, 0 }, "sensitivity_mv_per_ppb"},
		{two, func(c *Cell) { c.NAPerPPM = math.Inf(1) }, "sensitivity_mv_per_ppb"},
		{four, func(c *Cell) { c.GainKVPerA = 100 }, "gain_kv_per_a"},
		{four, func(c *Cell) { c.ZeroMV = 1500 }, "zero_mv"},
		{four, func(c *Cell) { c.AE = -1 }, "ae"},
		{four, func(c *Cell) { c.AE = 0 }, "ae"},
		{four, func(c *Cell) { c.Algorithm = 5 }, "algorithm"},
		{four, func(c *Cell) { c.WEElectronic = 0 }, "we_electronic_zero_mv"},
		{four, func(c *Cell) { c.AEElectronic = 0 }, "ae_electronic_zero_mv"},
		{four, func(c *Cell) { c.Algorithm, c.WESensor = 4, 0 }, "we_sensor_zero_mv"},
		{four, func(c *Cell) { c.Algorithm, c.AESensor = 2, 0 }, "ae_sensor_zero_mv"},
		{four, func(c *Cell) { c.Factors = nil }, "factors"},
		{four, func(c *Cell) { c.Factors = []Factor{{0, 1}, {0, 2}} }, "factors[1]"},
		{four, func(c *Cell) { c.TemperatureC = 31 }, "temperature_c"},
		{four, func(c *Cell) { c.TemperatureC = math.NaN() }, "temperature_c"},
	} {
		c := edited(tc.cell, tc.edit)
		if err := c.Validate(); err == nil || !strings.HasPrefix(err.Error(), tc.key) {
			t.Errorf("Validate: %v, want %s: …", err, tc.key)
		}
	}
}
