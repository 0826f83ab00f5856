package gascell

import (
	"errors"
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

// open opens a cell on a board.
func open(t *testing.T, b *ads1115test.Board, opts Opts) *Dev {
	t.Helper()
	adc, err := ads1115.Open(b, ads1115test.Bus, ads1115test.Address)
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(adc, opts)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestContract(t *testing.T) {
	drivertest.Run(t, func(t *testing.T) drivertest.Rig {
		b := ads1115test.NewBoard()
		d := open(t, b, Opts{Cell: four})
		b.Remove()
		return drivertest.Rig{
			Dev:  d,
			Good: func() { b.PowerUp(); b.Set(0.24, 0.238) },
			// The codes of 240 and 238 mV at 4.096 V are 1920 and 1904, exactly.
			Want: []driver.Value{
				{Quantity: reading.NO2, Value: 75.3, Quality: reading.NotEvaluated},
			},
			SilentErr:  driver.ErrNoAnswer,
			Garbage:    func() { b.PowerUp(); b.Garble() },
			GarbageErr: driver.ErrChecksum,
			Half:       func() { b.PowerUp(); b.Break(0) },
			HalfErr:    driver.ErrNoAnswer,
		}
	})
}

func TestSense(t *testing.T) {
	for _, tc := range []struct {
		name   string
		cell   Cell
		we, ae float64
		want   float64
		err    error
	}{
		{"two electrodes", two, 1.625, 0, 301475, nil},
		{"at the board's end", two, 3, 0, 0, driver.ErrOverRange},
		{"above the converter's span", two, 5, 0, 0, driver.ErrOverRange},
		{"no power", two, 0, 0, 0, driver.ErrOpenLoop},
		{"against ground", two, -0.1, 0, 0, driver.ErrOpenLoop},
		{"the auxiliary wire is broken", four, 0.24, 0, 0, driver.ErrOpenLoop},
		{"algorithm 4 does without it", edited(four, func(c *Cell) { c.Algorithm = 4 }), 0.24, 0, 80, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := ads1115test.NewBoard()
				b.Set(tc.we, tc.ae)
				d := open(t, b, Opts{Cell: tc.cell})
				defer d.Close()
				v, err := d.Sense(t.Context())
				if !errors.Is(err, tc.err) {
					t.Fatalf("error %v, want %v", err, tc.err)
				}
				if tc.err == nil && v[0].Value != tc.want {
					t.Errorf("%v, want %v", v, tc.want)
				}
			})
		})
	}
}

func TestValuesNearZeroAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ads1115test.NewBoard()
		b.Set(0.2195, 0.23)
		d := open(t, b, Opts{Cell: four})
		defer d.Close()
		got, err := d.Sense(t.Context())
		want := []driver.Value{{Quantity: reading.NO2, Value: -4.7, Quality: reading.Suspect}}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
}

func TestWarmUpIsSuspect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ads1115test.NewBoard()
		b.Set(0.24, 0.238)
		d := open(t, b, Opts{Cell: four, WarmUp: time.Hour})
		defer d.Close()
		for _, want := range []reading.Quality{reading.Suspect, reading.NotEvaluated} {
			v, err := d.Sense(t.Context())
			if err != nil || v[0].Quality != want {
				t.Errorf("%v, %v, want %v", v, err, want)
			}
			time.Sleep(time.Hour)
		}
	})
}

func TestCellsShareAConverter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := ads1115test.NewBoard()
		b.Set(0.24, 0.238, 1.625)
		no2 := open(t, b, Opts{Cell: four})
		co := open(t, b, Opts{Cell: edited(two, func(c *Cell) { c.WE = 2 })})
		sensed := make(chan []driver.Value)
		for _, d := range []*Dev{no2, co} {
			go func() {
				v, err := d.Sense(t.Context())
				if err != nil {
					t.Error(err)
				}
				sensed <- v
			}()
		}
		for range 2 {
			if v := <-sensed; len(v) != 1 || v[0].Value != 75.3 && v[0].Value != 301475 {
				t.Errorf("%v", v)
			}
		}
		if err := errors.Join(no2.Close(), co.Close()); err != nil || b.Handles() != 0 {
			t.Errorf("Close: %v, %d handles are open", err, b.Handles())
		}
	})
}

func TestOptions(t *testing.T) {
	o := Chip.Options()
	settings := map[string]any{
		"i2c": "1", "address": 0x49, "gas": "so2", "electrodes": 4, "we": 2, "ae": 3,
		"sensitivity_mv_per_ppb": 0.33, "we_electronic_zero_mv": 341, "ae_electronic_zero_mv": 291,
		"factors": []any{map[string]any{"celsius": 20, "n": 1.2}, map[string]any{"celsius": 30, "n": 1.4}},
		"warm_up": "30m",
	}
	if err := config.Decode(settings, o); err != nil {
		t.Fatal(err)
	}
	if err := o.Validate(); err != nil || !slices.Equal(o.Quantities(), []reading.Quantity{reading.SO2}) {
		t.Errorf("Validate: %v; Quantities: %v", err, o.Quantities())
	}
	err := config.Decode(map[string]any{"warm_up": "-1s", "address": 0x50}, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"address: 0x50", "warm_up: -1s"} {
		if err := o.Validate(); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("Validate: %v, want %s", err, key)
		}
	}
}

func TestOpenClosesTheBusWhenTheCellCannotBeMade(t *testing.T) {
	b := ads1115test.NewBoard()
	o := &options{I2CBus: driver.I2CBus{Bus: ads1115test.Bus}}
	if _, err := o.Open(b, nil); err == nil || b.Handles() != 0 {
		t.Errorf("Open: %v, %d handles are open", err, b.Handles())
	}
}
