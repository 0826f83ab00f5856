package calibration

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/siaga-id/siaga/internal/reading"
)

func TestCompute(t *testing.T) {
	table := [][2]float64{{0, 1}, {10, 21}, {20, 23}}
	for _, tc := range []struct {
		name  string
		c     Correction
		raw   float64
		want  float64
		holds bool
	}{
		{"offset", Correction{Kind: Offset, Offset: -2.5}, 10, 7.5, true},
		{"linear", Correction{Kind: Linear, Gain: 2, Offset: 1}, 10, 21, true},
		{"polynomial", Correction{Kind: Polynomial, Coefficients: []float64{1, 2, 3}}, 2, 17, true},
		{"constant", Correction{Kind: Polynomial, Coefficients: []float64{4}}, 2, 4, true},
		{"within its range", Correction{Kind: Offset, Offset: 1, Valid: &[2]float64{0, 10}}, 10, 11, true},
		{"above its range", Correction{Kind: Linear, Gain: 1, Valid: &[2]float64{0, 10}}, 10.1, 10.1, false},
		{"below its range", Correction{Kind: Polynomial, Coefficients: []float64{0, 1}, Valid: &[2]float64{0, 10}}, -0.1, -0.1, false},
		{"table, first pair", Correction{Kind: Table, Table: table}, 0, 1, true},
		{"table, between", Correction{Kind: Table, Table: table}, 5, 11, true},
		{"table, on a pair", Correction{Kind: Table, Table: table}, 10, 21, true},
		{"table, second line", Correction{Kind: Table, Table: table}, 15, 22, true},
		{"table, last pair", Correction{Kind: Table, Table: table}, 20, 23, true},
		{"table, below", Correction{Kind: Table, Table: table}, -1, 1, false},
		{"table, above", Correction{Kind: Table, Table: table}, 21, 23, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, holds := tc.c.compute(tc.raw)
			if got != tc.want || holds != tc.holds {
				t.Errorf("compute(%v) = %v, %v, want %v, %v", tc.raw, got, holds, tc.want, tc.holds)
			}
		})
	}
}

func TestTableStaysBetweenItsPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := correctionOf(Table).Draw(t, "c")
		raw := rapid.Float64Range(-1e6, 1e6).Draw(t, "raw")
		low, high := math.Inf(1), math.Inf(-1)
		for _, p := range c.Table {
			low, high = min(low, p[1]), max(high, p[1])
		}
		slack := 1e-9 * (1 + math.Abs(low) + math.Abs(high))
		if got, _ := c.compute(raw); got < low-slack || got > high+slack {
			t.Fatalf("%v is outside %v to %v", got, low, high)
		}
		for _, p := range c.Table {
			if got, within := c.compute(p[0]); got != p[1] || !within {
				t.Fatalf("pair %v gives %v, %v", p, got, within)
			}
		}
	})
}

func TestFit(t *testing.T) {
	for _, tc := range []struct {
		name   string
		points [][2]float64
		want   Correction
	}{
		{"one point", [][2]float64{{20, 21.5}}, Correction{Kind: Offset, Offset: 1.5}},
		{"rounded", [][2]float64{{0.1, 0.3}}, Correction{Kind: Offset, Offset: 0.2}},
		{"two", [][2]float64{{10, 12}, {30, 52}}, Correction{Kind: Linear, Gain: 2, Offset: -8}},
		{"three on no line", [][2]float64{{0, 0}, {10, 11}, {20, 19}}, Correction{Kind: Linear, Gain: 0.95, Offset: 0.5}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := Fit(reading.Temperature, tc.points)
			if err != nil {
				t.Fatal(err)
			}
			tc.want.Quantity, tc.want.Points = reading.Temperature, tc.points
			near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-12 })
			if diff := cmp.Diff(tc.want, got, near); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFitRefusesPointsThatMakeNoSense(t *testing.T) {
	for name, points := range map[string][][2]float64{
		"none":          nil,
		"no number":     {{math.NaN(), 1}},
		"too near":      {{20, 20}, {20.49, 25}},
		"too many":      make([][2]float64, maxPoints+1),
		"falls":         {{10, 20}, {20, 10}},
		"mistyped":      {{20, 20}, {30, 300}},
		"shown nothing": {{20, 20}, {30, 20}},
	} {
		if c, err := Fit(reading.Temperature, points); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %+v, error %v", name, c, err)
		}
	}
}

func TestModels(t *testing.T) {
	for _, tc := range []struct {
		model   string
		cf1, rh float64
		want    float64
		valid   bool
	}{
		{"epa-2021", 20, 50, 11.92, true},
		{"epa-2021", 0, 100, -2.87, true},
		{"epa-2021", 569.9, 50, 300.0676, true},
		{"epa-2021", 570, 50, 300.12, false},
		{"epa-2021", 20, 101, 7.5238, false},
		{"epa-2020", 20, 50, 11.85, true},
		{"epa-2020", 343, 50, 179.81, true},
		{"epa-2020", 344, 50, 207.716048, true},
		{"epa-2020", 500, 10, 331.22, true},
		{"epa-2020", 500, 90, 331.22, true},
		{"epa-2020", -1, 90, -2.51, false},
	} {
		m, ok := ModelNamed(tc.model)
		if !ok {
			t.Fatalf("no model %s", tc.model)
		}
		got, valid := m.Correct(tc.cf1, tc.rh)
		if math.Abs(got-tc.want) > 1e-9 || valid != tc.valid {
			t.Errorf("%s(%v, %v) = %v, %v, want %v, %v", tc.model, tc.cf1, tc.rh, got, valid, tc.want, tc.valid)
		}
	}
	if _, ok := ModelNamed("epa"); ok {
		t.Error("a model that nobody knows")
	}
}

func TestEveryModelSaysWhereItWasValidated(t *testing.T) {
	for _, m := range Models() {
		if m.Validated == "" || m.Below <= 0 || !m.Quantity.Valid() || !m.Input.Valid() {
			t.Errorf("%+v", m)
		}
	}
}
