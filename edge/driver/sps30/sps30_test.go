package sps30

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/edge/driver"
	"github.com/siaga-id/siaga/edge/driver/drivertest"
	"github.com/siaga-id/siaga/internal/reading"
)

// both opens a Dev by either way.
var both = map[string]func(t *testing.T, opts Opts) (*Dev, *sensor){
	"UART": func(t *testing.T, opts Opts) (*Dev, *sensor) {
		u := uartSensor{drivertest.NewPort(), newSensor()}
		d, err := New(u, opts)
		if err != nil {
			t.Fatal(err)
		}
		return d, u.sensor
	},
	"I2C": func(t *testing.T, opts Opts) (*Dev, *sensor) {
		i := newI2CSensor()
		d, err := NewI2C(i, opts)
		if err != nil {
			t.Fatal(err)
		}
		return d, i.sensor
	},
}

func TestContract(t *testing.T) {
	for name, open := range both {
		t.Run(name, func(t *testing.T) {
			drivertest.Run(t, func(t *testing.T) drivertest.Rig {
				d, s := open(t, Opts{CleanInterval: DefaultOpts.CleanInterval})
				s.absent = true
				half := driver.ErrChecksum
				if name == "I2C" {
					half = driver.ErrNoAnswer
				}
				return drivertest.Rig{
					Dev: d,
					Good: func() {
						s.change(func() { s.absent, s.garble, s.half, s.measured = false, false, false, golden })
					},
					Want:       goldenValues,
					SilentErr:  driver.ErrNoAnswer,
					Garbage:    func() { s.change(func() { s.absent, s.garble = false, true }) },
					GarbageErr: driver.ErrChecksum,
					Half:       func() { s.change(func() { s.absent, s.half, s.measured = false, true, golden }) },
					HalfErr:    half,
				}
			})
		})
	}
}

// inBoth runs a test by either way, in a bubble.
func inBoth(t *testing.T, opts Opts, test func(t *testing.T, s *sensor, sense func() ([]driver.Value, error))) {
	for name, open := range both {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, s := open(t, opts)
				defer func() {
					if err := d.Close(); err != nil {
						t.Error(err)
					}
				}()
				test(t, s, func() ([]driver.Value, error) {
					ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
					defer cancel()
					return d.Sense(ctx)
				})
			})
		})
	}
}

func TestIdleSensorIsStartedAndWarmsUp(t *testing.T) {
	inBoth(t, DefaultOpts, func(t *testing.T, s *sensor, sense func() ([]driver.Value, error)) {
		s.measuring, s.measured = false, golden
		if _, err := sense(); !errors.Is(err, driver.ErrWarmingUp) {
			t.Errorf("just started: %v", err)
		}
		time.Sleep(30 * time.Second)
		if _, err := sense(); err != nil || s.starts != 1 {
			t.Errorf("warm: %v, started %d times", err, s.starts)
		}
	})
}

// TestLostAnswerToAStart: asked again, the sensor says that it measures already.
func TestLostAnswerToAStart(t *testing.T) {
	inBoth(t, DefaultOpts, func(t *testing.T, s *sensor, sense func() ([]driver.Value, error)) {
		s.measuring, s.measured, s.unheard = false, golden, true
		if _, err := sense(); !errors.Is(err, driver.ErrWarmingUp) && !errors.Is(err, driver.ErrNoAnswer) {
			t.Errorf("just started: %v", err)
		}
		if v, err := sense(); !errors.Is(err, driver.ErrWarmingUp) {
			t.Errorf("measures since a moment: %v, %v", v, err)
		}
		time.Sleep(30 * time.Second)
		if _, err := sense(); err != nil {
			t.Errorf("warm: %v", err)
		}
	})
}

func TestSensorThatAnotherDevMayHaveStarted(t *testing.T) {
	opts := DefaultOpts
	opts.Cold = true
	inBoth(t, opts, func(t *testing.T, s *sensor, sense func() ([]driver.Value, error)) {
		s.measured = golden
		if _, err := sense(); !errors.Is(err, driver.ErrWarmingUp) {
			t.Errorf("at first: %v", err)
		}
		time.Sleep(30 * time.Second)
		if _, err := sense(); err != nil || s.starts != 0 {
			t.Errorf("warm: %v, started %d times", err, s.starts)
		}
	})
}

func TestRunningSensorIsLeftAlone(t *testing.T) {
	inBoth(t, DefaultOpts, func(t *testing.T, s *sensor, sense func() ([]driver.Value, error)) {
		s.measured = golden
		got, err := sense()
		if err != nil || s.starts != 0 || s.written != nil {
			t.Errorf("%v, started %d times, wrote %v", err, s.starts, s.written)
		}
		if diff := cmp.Diff(goldenValues, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestSleepingSensorIsWoken(t *testing.T) {
	inBoth(t, DefaultOpts, func(t *testing.T, s *sensor, sense func() ([]driver.Value, error)) {
		s.asleep, s.measuring, s.measured = true, false, golden
		if _, err := sense(); !errors.Is(err, driver.ErrWarmingUp) {
			t.Errorf("%v", err)
		}
	})
}

func TestResetIsToldAndTheSensorStartedAgain(t *testing.T) {
	inBoth(t, DefaultOpts, func(t *testing.T, s *sensor, sense func() ([]driver.Value, error)) {
		s.measured = golden
		if _, err := sense(); err != nil {
			t.Fatal(err)
		}
		s.change(func() { s.measuring = false })
		if _, err := sense(); !errors.Is(err, driver.ErrNoAnswer) {
			t.Errorf("at first: %v", err)
		}
		time.Sleep(10 * time.Second)
		if _, err := sense(); !errors.Is(err, driver.ErrReset) {
			t.Errorf("then: %v", err)
		}
		if _, err := sense(); !errors.Is(err, driver.ErrWarmingUp) {
			t.Errorf("started again: %v", err)
		}
	})
}

func TestCleaningFanIsNoReset(t *testing.T) {
	inBoth(t, DefaultOpts, func(t *testing.T, s *sensor, sense func() ([]driver.Value, error)) {
		s.measured = golden
		if _, err := sense(); err != nil {
			t.Fatal(err)
		}
		s.change(func() { s.measured = nil })
		if _, err := sense(); !errors.Is(err, driver.ErrNoAnswer) {
			t.Errorf("cleaning: %v", err)
		}
		s.change(func() { s.measured = golden })
		if _, err := sense(); err != nil || s.starts != 0 {
			t.Errorf("cleaned: %v, started %d times", err, s.starts)
		}
	})
}

func TestCleaningIntervalIsWrittenWhereItDiffers(t *testing.T) {
	inBoth(t, Opts{CleanInterval: 24 * time.Hour}, func(t *testing.T, s *sensor, sense func() ([]driver.Value, error)) {
		s.measured = golden
		for range 2 {
			if _, err := sense(); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(s.written, []uint32{86400}) {
			t.Errorf("wrote %v", s.written)
		}
	})
}

func TestWhatTheStatusRegisterTells(t *testing.T) {
	for _, tc := range []struct {
		name    string
		status  uint32
		old     bool
		quality reading.Quality
		err     error
	}{
		{"the fan stands", statusFan, false, 0, driver.ErrFan},
		{"the laser is out of range", statusLaser, false, 0, driver.ErrFan},
		{"the fan is too fast", statusSpeed, false, reading.Suspect, nil},
		{"firmware without it", 0, true, reading.NotEvaluated, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inBoth(t, DefaultOpts, func(t *testing.T, s *sensor, sense func() ([]driver.Value, error)) {
				s.measured, s.status, s.old = golden, tc.status, tc.old
				got, err := sense()
				if !errors.Is(err, tc.err) {
					t.Fatalf("%v, want %v", err, tc.err)
				}
				for _, v := range got {
					if v.Quality != tc.quality {
						t.Errorf("%v", v)
					}
				}
			})
		})
	}
}

func TestFanThatWasHeldForAMoment(t *testing.T) {
	inBoth(t, DefaultOpts, func(t *testing.T, s *sensor, sense func() ([]driver.Value, error)) {
		s.measured, s.status = golden, statusFan
		for range 2 { // the register is clear the second time, but too early to believe it
			if _, err := sense(); !errors.Is(err, driver.ErrFan) {
				t.Errorf("%v", err)
			}
		}
		time.Sleep(faultShows)
		if _, err := sense(); err != nil || s.cleared != 1 {
			t.Errorf("%v, cleared %d times", err, s.cleared)
		}
	})
}

func TestFanThatStartsIsNotBroken(t *testing.T) {
	inBoth(t, DefaultOpts, func(t *testing.T, s *sensor, sense func() ([]driver.Value, error)) {
		s.measuring, s.measured, s.status = false, golden, statusFan
		if _, err := sense(); !errors.Is(err, driver.ErrWarmingUp) {
			t.Errorf("starting: %v", err)
		}
		time.Sleep(30 * time.Second)
		if _, err := sense(); err != nil {
			t.Errorf("running: %v", err)
		}
	})
}

func TestWhatIsNoMeasurement(t *testing.T) {
	nan := float32(math.NaN())
	for name, data := range map[string][]byte{
		"NaN":      floats(1, nan, 3, 4),
		"infinite": floats(1, 2, 3, float32(math.Inf(1))),
		"negative": floats(-1, 2, 3, 4),
	} {
		if v, err := values(data, false); !errors.Is(err, driver.ErrOutOfRange) || v != nil {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
	v, err := values(floats(1, 2, 3, 1500), false)
	if err != nil || v[3].Quality != reading.Suspect || v[0].Quality != reading.NotEvaluated {
		t.Errorf("above 1000: %v, %v", v, err)
	}
}

func TestNewRefusesWhatCannotBe(t *testing.T) {
	for _, opts := range []Opts{{}, {WarmUp: -1, CleanInterval: time.Hour}, {CleanInterval: time.Hour + 1}} {
		if _, err := New(drivertest.NewPort(), opts); err == nil {
			t.Errorf("accepted %+v", opts)
		}
		if _, err := NewI2C(newI2CSensor(), opts); err == nil {
			t.Errorf("I2C accepted %+v", opts)
		}
	}
}
