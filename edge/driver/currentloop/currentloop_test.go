package currentloop

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/ads1115"
	"github.com/siaga-id/siaga/edge/driver/ads1115/ads1115test"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
	"github.com/siaga-id/siaga/internal/config"
	"github.com/siaga-id/siaga/internal/reading"
)

// loop is that of the tests: 10 m on 150 Ω, 1.5 m at 4 mA.
var loop = Loop{ShuntOhm: 150, SpanM: 10, OffsetM: 1.5, Average: time.Second}

func edited(edit func(*Loop)) Loop {
	l := loop
	edit(&l)
	return l
}

// open opens a loop on a board.
func open(t *testing.T, b *ads1115test.Board, l Loop) *Dev {
	t.Helper()
	adc, err := ads1115.Open(b, ads1115test.Bus, ads1115test.Address)
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(adc, l)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// at is what the tests' loop gives.
func at(level, mA float64, q reading.Quality) []driver.Value {
	return []driver.Value{
		{Quantity: reading.Level, Value: level, Quality: q},
		{Quantity: reading.LoopCurrent, Value: mA, Quality: q},
	}
}

func TestContract(t *testing.T) {
	drivertest.Run(t, func(t *testing.T) drivertest.Rig {
		b := ads1115test.NewBoard()
		d := open(t, b, loop)
		b.Remove()
		return drivertest.Rig{
			Dev:        d,
			Good:       func() { b.PowerUp(); b.Set(1.8) }, // 12 mA; 1.8 V is 14400 at 125 µV
			Want:       at(6.5, 12, reading.NotEvaluated),
			SilentErr:  driver.ErrNoAnswer,
			Garbage:    func() { b.PowerUp(); b.Garble() },
			GarbageErr: driver.ErrChecksum,
			Half:       func() { b.PowerUp(); b.Break(0) },
			HalfErr:    driver.ErrNoAnswer,
		}
	})
}

func TestCurrents(t *testing.T) {
	for _, tc := range []struct {
		mA   float64
		want []driver.Value
		err  error
	}{
		{4, at(1.5, 4, reading.NotEvaluated), nil},
		{20, at(11.5, 20, reading.NotEvaluated), nil},
		{3.81, at(1.381, 3.81, reading.NotEvaluated), nil},
		{20.49, at(11.806, 20.49, reading.NotEvaluated), nil},
		{3.7, at(1.313, 3.7, reading.Suspect), nil},
		{20.75, at(11.969, 20.75, reading.Suspect), nil},
		{3.59, nil, driver.ErrOpenLoop},
		{0, nil, driver.ErrOpenLoop},
		{-1, nil, driver.ErrOpenLoop},
		{21.05, nil, driver.ErrOverRange},
		{40, nil, driver.ErrOverRange}, // beyond the converter's span
	} {
		synctest.Test(t, func(t *testing.T) {
			b := ads1115test.NewBoard()
			b.Set(tc.mA / 1000 * loop.ShuntOhm)
			d := open(t, b, loop)
			defer d.Close()
			got, err := d.Sense(t.Context())
			if !errors.Is(err, tc.err) {
				t.Fatalf("%v mA: error %v, want %v", tc.mA, err, tc.err)
			}
			if len(got) != len(tc.want) {
				t.Fatalf("%v mA: %v, want %v", tc.mA, got, tc.want)
			}
			for i, w := range tc.want { // one step of the converter is 0.83 µA
				if math.Abs(got[i].Value-w.Value) > 0.0021 || got[i].Quality != w.Quality || got[i].Quantity != w.Quantity {
					t.Errorf("%v mA: %v, want %v", tc.mA, got[i], w)
				}
			}
		})
	}
}

func TestWavesCancelOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ads1115test.NewBoard()
		b.Set(1.5)
		d := open(t, b, loop)
		defer d.Close()
		go func() {
			time.Sleep(520 * time.Millisecond) // during the fourth conversion of eight
			b.Set(2.1)
		}()
		got, err := d.Sense(t.Context())
		if err != nil || got[1].Value < 11 || got[1].Value > 13 {
			t.Errorf("%v, %v, want the mean of 10 and 14 mA", got, err)
		}
	})
}

func TestALooseWireIsNoMean(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ads1115test.NewBoard()
		b.Set(1.8)
		d := open(t, b, loop)
		defer d.Close()
		go func() {
			time.Sleep(600 * time.Millisecond)
			b.Set(0)
		}()
		if got, err := d.Sense(t.Context()); !errors.Is(err, driver.ErrOpenLoop) {
			t.Errorf("%v, %v", got, err)
		}
	})
}

func TestOneConversionAgainstAnotherInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ads1115test.NewBoard()
		b.Set(2, 0, 0, 0.2)
		minus := 3
		d := open(t, b, edited(func(l *Loop) { l.Minus, l.Average = &minus, 0 }))
		defer d.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		got, err := d.Sense(ctx)
		if diff := cmp.Diff(at(6.5, 12, reading.NotEvaluated), got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
}

func TestValidateNamesTheKey(t *testing.T) {
	two := 2
	for key, l := range map[string]Loop{
		"input: ":        edited(func(l *Loop) { l.Input = 4 }),
		"input, minus: ": edited(func(l *Loop) { l.Minus = &two }),
		"shunt_ohm: 0":   edited(func(l *Loop) { l.ShuntOhm = 0 }),
		"shunt_ohm: 300": edited(func(l *Loop) { l.ShuntOhm = 300 }),
		"shunt_ohm: NaN": edited(func(l *Loop) { l.ShuntOhm = math.NaN() }),
		"span_m: 0":      edited(func(l *Loop) { l.SpanM = 0 }),
		"offset_m: +Inf": edited(func(l *Loop) { l.OffsetM = math.Inf(1) }),
		"average: -1s":   edited(func(l *Loop) { l.Average = -time.Second }),
		"average: 6s":    edited(func(l *Loop) { l.Average = 6 * time.Second }),
	} {
		if err := l.Validate(); err == nil || !strings.HasPrefix(err.Error(), key) {
			t.Errorf("Validate: %v, want %s…", err, key)
		}
	}
}

func TestOptions(t *testing.T) {
	o := Chip.Options()
	err := config.Decode(map[string]any{"i2c": "1", "input": 2, "shunt_ohm": 149.8, "span_m": 5, "offset_m": -0.5}, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Validate(); err != nil || !slices.Equal(o.Quantities(), []reading.Quantity{reading.Level, reading.LoopCurrent}) {
		t.Errorf("Validate: %v; Quantities: %v", err, o.Quantities())
	}
	if err := Chip.Options().Validate(); err == nil || !strings.HasPrefix(err.Error(), "i2c: ") {
		t.Errorf("without a bus: %v", err)
	}
	b := ads1115test.NewBoard()
	bad := &options{I2CBus: driver.I2CBus{Bus: ads1115test.Bus}}
	if _, err := bad.Open(b, nil); err == nil || b.Handles() != 0 {
		t.Errorf("Open: %v, %d handles are open", err, b.Handles())
	}
}
