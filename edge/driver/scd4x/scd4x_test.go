package scd4x

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
	"github.com/siaga-id/siaga/internal/reading"
)

func TestContract(t *testing.T) {
	drivertest.Run(t, func(t *testing.T) drivertest.Rig {
		s := newSensor(SCD41)
		d, err := New(s, Opts{Variant: SCD41, SelfCalibrate: true})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(every)
		s.absent = true
		return drivertest.Rig{
			Dev:        d,
			Good:       func() { s.change(func() { s.absent, s.garble, s.halfway = false, false, false }) },
			Want:       goldenValues,
			SilentErr:  driver.ErrNoAnswer,
			Garbage:    func() { s.change(func() { s.absent, s.garble = false, true }) },
			GarbageErr: driver.ErrChecksum,
			Half:       func() { s.change(func() { s.absent, s.halfway = false, true }) },
			HalfErr:    driver.ErrNoAnswer,
		}
	})
}

func sense(t *testing.T, d *Dev) ([]driver.Value, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return d.Sense(ctx)
}

func TestWaitsForAMeasurement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t, newSensor(SCD40), Opts{SelfCalibrate: true})
		began := time.Now()
		for i := range 3 {
			got, err := sense(t, d)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(goldenValues, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if n := time.Duration(i + 1); time.Since(began) < n*every || time.Since(began) > n*(every+time.Second) {
				t.Errorf("measurement %d after %v", i, time.Since(began))
			}
		}
	})
}

func TestImpatienceAfterAStartIsWarmUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t, newSensor(SCD40), Opts{SelfCalibrate: true})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := d.Sense(ctx); !errors.Is(err, driver.ErrWarmingUp) {
			t.Errorf("Sense = %v", err)
		}
	})
}

func TestSenseEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSensor(SCD40)
		d := open(t, s, Opts{SelfCalibrate: true})
		began := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(2*time.Second, cancel)
		if _, err := d.Sense(ctx); !errors.Is(err, context.Canceled) || time.Since(began) > 2*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

func TestResetSensorIsSetUpAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSensor(SCD40)
		d := open(t, s, Opts{})
		if _, err := sense(t, d); err != nil {
			t.Fatal(err)
		}
		s.change(func() { s.measuring, s.settings[cmdGetASC] = false, 1 })
		time.Sleep(20 * time.Second)
		if _, err := sense(t, d); !errors.Is(err, driver.ErrReset) {
			t.Errorf("reset: %v", err)
		}
		if _, err := sense(t, d); err != nil || s.settings[cmdGetASC] != 0 {
			t.Errorf("after that: %v, settings %x", err, s.settings)
		}
	})
}

func TestSensorThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSensor(SCD40)
		s.hangs = true
		d := open(t, s, Opts{SelfCalibrate: true})
		for range 3 {
			if _, err := sense(t, d); !errors.Is(err, driver.ErrNoAnswer) {
				t.Errorf("%v", err)
			}
			time.Sleep(10 * time.Second)
		}
		if s.starts != 1 {
			t.Errorf("started %d times", s.starts)
		}
	})
}

func TestWhatACO2ValueIsWorth(t *testing.T) {
	for _, tc := range []struct {
		name    string
		variant Variant
		ppm     uint16
		after   time.Duration
		want    reading.Quality
		err     error
	}{
		{"below fresh air", SCD40, 399, 0, reading.Suspect, nil},
		{"within", SCD40, 2000, 0, reading.NotEvaluated, nil},
		{"above an SCD40's accuracy", SCD40, 2001, 0, reading.Suspect, nil},
		{"not above an SCD41's", SCD41, 2001, 0, reading.NotEvaluated, nil},
		{"above an SCD41's accuracy", SCD41, 5001, 0, reading.Suspect, nil},
		{"none yet", SCD41, 0, 0, 0, driver.ErrWarmingUp},
		{"none", SCD41, 0, 2 * time.Minute, 0, driver.ErrOutOfRange},
		{"more than there can be", SCD41, 40001, 0, 0, driver.ErrOutOfRange},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSensor(tc.variant)
				s.sample = []uint16{tc.ppm, sample[1], sample[2]}
				d := open(t, s, Opts{Variant: tc.variant, SelfCalibrate: true})
				time.Sleep(tc.after)
				got, err := sense(t, d)
				if !errors.Is(err, tc.err) {
					t.Fatalf("%v, want %v", err, tc.err)
				}
				if tc.err == nil && got[0].Quality != tc.want {
					t.Errorf("%v", got[0])
				}
			})
		})
	}
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	for _, tc := range []struct {
		name string
		spot func(s *sensor)
		err  error
	}{
		{"nothing there", func(s *sensor) { s.absent = true }, driver.ErrNoAnswer},
		{"garbled", func(s *sensor) { s.garble = true }, driver.ErrChecksum},
		{"the other variant", func(s *sensor) { s.variant = []uint16{0x0440} }, driver.ErrWrongDevice},
		{"an early one that does not say which", func(s *sensor) { s.variant = nil }, nil},
		{"left measuring", func(s *sensor) { s.measuring = true }, nil},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newSensor(SCD41)
			tc.spot(s)
			d, err := New(s, Opts{Variant: SCD41, SelfCalibrate: true})
			if !errors.Is(err, tc.err) {
				t.Errorf("%s: %v, want %v", tc.name, err, tc.err)
			}
			if err == nil {
				if _, err := sense(t, d); err != nil {
					t.Errorf("%s: %v", tc.name, err)
				}
				if err := d.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestSettings(t *testing.T) {
	number := func(n int) *int { return &n }
	offset := 5.4
	for _, tc := range []struct {
		name   string
		opts   Opts
		writes []uint16
		want   map[uint16]uint16
	}{
		{"as shipped", Opts{SelfCalibrate: true}, nil, nil},
		{"no self-calibration", Opts{}, []uint16{cmdSetASC}, map[uint16]uint16{cmdGetASC: 0}},
		// 5.4 °C is 07E6 in the datasheet's example.
		{
			"offset",
			Opts{SelfCalibrate: true, TemperatureOffset: &offset},
			[]uint16{cmdSetOffset},
			map[uint16]uint16{cmdGetOffset: 0x07E6},
		},
		{
			"altitude",
			Opts{SelfCalibrate: true, Altitude: number(250)},
			[]uint16{cmdSetAltitude},
			map[uint16]uint16{cmdGetAltitude: 250},
		},
		{
			"pressure",
			Opts{SelfCalibrate: true, Pressure: number(987)},
			[]uint16{cmdPressure},
			map[uint16]uint16{cmdPressure: 987},
		},
		{"as it has them", Opts{SelfCalibrate: true, Altitude: number(0)}, nil, nil},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newSensor(SCD40)
			open(t, s, tc.opts)
			if !slices.Equal(s.writes, tc.writes) {
				t.Errorf("%s: wrote %x", tc.name, s.writes)
			}
			for k, v := range tc.want {
				if s.settings[k] != v {
					t.Errorf("%s: setting %x is %x", tc.name, k, s.settings[k])
				}
			}
		})
	}
}
