package sds011

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/siaga-id/siaga/edge/driver"
)

func TestSleepingSensorIsWokenAndWarmsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSensor()
		s.asleep, s.answer, s.zeroes = true, golden, 1
		s.settings[cmdMode] = modeQuery
		d := open(t, s, Opts{Query: true, WarmUp: 30 * time.Second})
		if _, err := sense(t, d); !errors.Is(err, driver.ErrWarmingUp) {
			t.Errorf("just woken: %v", err)
		}
		if s.zeroes != 0 {
			t.Error("the first reading of nothing was taken")
		}
		time.Sleep(30 * time.Second)
		got, err := sense(t, d)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(goldenValues, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if s.sets != nil {
			t.Errorf("wrote the settings %v, which were as wanted", s.sets)
		}
	})
}

func TestSilentActiveSensorIsSetUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSensor()
		s.settings[cmdMode], s.settings[cmdPeriod] = modeQuery, 7
		d := open(t, s, Opts{})
		go func() {
			time.Sleep(8 * time.Second)
			s.Send(golden...)
		}()
		if _, err := sense(t, d); err != nil {
			t.Error(err)
		}
		if !slices.Equal(s.sets, []byte{cmdMode, cmdPeriod}) || s.settings[cmdMode] != modeActive || s.settings[cmdPeriod] != 0 {
			t.Errorf("wrote %v, has %v", s.sets, s.settings)
		}
	})
}

// TestZeroIsNoValue: the first reading is passed over, and a second one like it
// says that the fan stands.
// TestSilenceOfAnActiveSensor: where its supply was gone for some seconds, its fan
// has just started again. Nobody may have asked it meanwhile.
func TestSilenceOfAnActiveSensor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSensor()
		d := open(t, s, DefaultOpts)
		talk := func(b []byte, want error) {
			t.Helper()
			s.Send(b...)
			if v, err := sense(t, d); !errors.Is(err, want) {
				t.Errorf("%v, %v, want %v", v, err, want)
			}
			time.Sleep(time.Second)
		}
		talk(golden, nil)
		talk(golden, nil)
		time.Sleep(6 * time.Second)
		s.Send(values(0, 0)...) // its first reading is none
		synctest.Wait()
		for range 30 {
			talk(golden, driver.ErrWarmingUp)
		}
		talk(golden, nil)
	})
}

func TestZeroIsNoValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSensor()
		s.answer = values(0, 0)
		d := open(t, s, Opts{Query: true})
		began := time.Now()
		got, err := sense(t, d)
		if !errors.Is(err, driver.ErrStuck) {
			t.Errorf("%v, %v", got, err)
		}
		if apart := time.Since(began); apart < leastApart {
			t.Errorf("queried twice within %v", apart)
		}
	})
}

func TestSensorThatForgetsIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSensor()
		s.forgets = true
		d := open(t, s, Opts{Query: true})
		if _, err := sense(t, d); !errors.Is(err, driver.ErrRefused) {
			t.Errorf("Sense = %v", err)
		}
	})
}

func TestQueriedSensorThatFallsSilentIsSetUpAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSensor()
		s.answer = golden
		d := open(t, s, Opts{Query: true, WarmUp: 30 * time.Second})
		if _, err := sense(t, d); err != nil {
			t.Fatal(err)
		}
		s.change(func() { s.asleep = true })
		time.Sleep(10 * time.Second)
		if _, err := sense(t, d); !errors.Is(err, driver.ErrNoAnswer) {
			t.Errorf("asleep: %v", err)
		}
		time.Sleep(10 * time.Second)
		if _, err := sense(t, d); !errors.Is(err, driver.ErrWarmingUp) {
			t.Errorf("woken: %v", err)
		}
	})
}

// work is a period of 5 minutes: values for 30 s, the first of them wrong, or
// one at the end.
func work(s *sensor, stop <-chan struct{}, only bool) {
	for {
		for i := range 30 {
			select {
			case <-stop:
				return
			case <-time.After(time.Second):
			}
			switch {
			case i == 29:
				s.Send(golden...)
			case i == 0 && !only:
				s.Send(values(0, 0)...)
			case !only:
				s.Send(values(9000, 9000)...)
			}
		}
		select {
		case <-stop:
			return
		case <-time.After(4*time.Minute + 30*time.Second):
		}
	}
}

func TestPeriodGivesTheLastValueOfEach(t *testing.T) {
	for name, only := range map[string]bool{"a value every second": false, "one value": true} {
		for _, interval := range []time.Duration{5 * time.Second, 13 * time.Second, time.Minute, 5 * time.Minute} {
			t.Run(name+", read every "+interval.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newSensor()
					d := open(t, s, Opts{Period: 5, WarmUp: 30 * time.Second})
					stop := make(chan struct{})
					defer close(stop)
					go work(s, stop, only)
					time.Sleep(3*time.Minute + 137*time.Millisecond) // in no step with the sensor
					good := 0
					for began := time.Now(); time.Since(began) < time.Hour; {
						got, err := sense(t, d)
						switch {
						case err == nil:
							good++
							// Late in a phase a value may be as good as the last.
							if diff := cmp.Diff(goldenValues, got); diff != "" && got[0].Value != 900 {
								t.Fatalf("(-want +got):\n%s", diff)
							}
						case !errors.Is(err, driver.ErrWarmingUp):
							t.Fatal(err)
						}
						time.Sleep(interval - time.Since(began)%interval)
					}
					if good < 11 {
						t.Errorf("%d values in an hour, want one for each period", good)
					}
				})
			})
		}
	}
}

func TestPeriodIsWrittenOnlyWhereItDiffers(t *testing.T) {
	for _, tc := range []struct {
		has  byte
		sets []byte
	}{{5, nil}, {0, []byte{cmdPeriod}}} {
		synctest.Test(t, func(t *testing.T) {
			s := newSensor()
			s.settings[cmdPeriod] = tc.has
			d := open(t, s, Opts{Period: 5})
			for range 2 {
				if _, err := sense(t, d); !errors.Is(err, driver.ErrWarmingUp) {
					t.Errorf("asleep by its period: %v", err)
				}
			}
			if !bytes.Equal(s.sets, tc.sets) || s.settings[cmdPeriod] != 5 {
				t.Errorf("had %d: wrote %v, has %d", tc.has, s.sets, s.settings[cmdPeriod])
			}
		})
	}
}

func TestPeriodThatDoesNotComeIsAFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSensor()
		d := open(t, s, Opts{Period: 5})
		if _, err := sense(t, d); !errors.Is(err, driver.ErrWarmingUp) {
			t.Errorf("at first: %v", err)
		}
		time.Sleep(6 * time.Minute)
		s.change(func() { s.deaf = true })
		for range 2 {
			if _, err := sense(t, d); !errors.Is(err, driver.ErrNoAnswer) {
				t.Errorf("dead: %v", err)
			}
		}
	})
}
